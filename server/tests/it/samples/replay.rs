//! All samples twice, in any order, leave what they leave once, in order.

use super::{
    consistent,
    sample::{self, Sample},
    state,
    world::{World, elsewhere},
};
use crate::harness::dice::Dice;

const SEEDS: [u64; 3] = [1, 2, 3];

#[tokio::test]
async fn told_twice_and_in_any_order_it_is_the_same() {
    let other = elsewhere();
    let samples = sample::read(other.as_deref().unwrap_or_else(|| sample::own()));
    let count = samples.len();
    let worlds = consistent::worlds(samples);
    println!("{count} samples, which agree in {} worlds", worlds.len());
    assert!(other.is_some() || worlds.len() == 1, "ours agree");
    for samples in worlds {
        any_order(&samples).await;
    }
}

async fn any_order(samples: &[Sample]) {
    let once = World::start(samples).await;
    for sample in samples {
        assert!(once.play(sample).await.status < 500, "{}", sample.name);
    }
    let expected = state::of(&once.server.database).await;
    once.server.stop().await;
    for seed in SEEDS {
        let mut dice = Dice::new(seed);
        let mut shuffled: Vec<_> = samples.iter().chain(samples).collect();
        for end in (1..shuffled.len()).rev() {
            shuffled.swap(end, dice.below(end + 1));
        }
        let world = World::start(samples).await;
        for sample in shuffled {
            assert!(world.play(sample).await.status < 500, "{}", sample.name);
        }
        let found = state::of(&world.server.database).await;
        world.server.stop().await;
        let (missing, more) = (state::news(&found, &expected), state::news(&expected, &found));
        assert!(missing.is_empty() && more.is_empty(), "seed {seed}: - {missing:#?} + {more:#?}");
    }
}
