//! Samples that are cut, torn, doubled, blown up and twisted, through the real doors: each is answered,
//! none with an error of ours, and nothing is stored by halves.

use serde_json::{Value, json};

use super::{
    sample::{self, Provider, Sample, Way},
    world::World,
};
use crate::harness::dice::Dice;

/// A body that Meta states as its largest.
const LARGE: usize = 3 * 1024 * 1024;
/// Random ones of each provider.
const RANDOM: usize = 300;

/// What a webhook may be answered: taken, or refused for a reason that has a name.
const ANSWERS: [u16; 5] = [200, 403, 404, 413, 422];

/// Rows that would be half of something.
const HALVES: &str = "
    select
        (select count(*) from messages m where not exists (
            select from events e where e.thread_id = m.thread_id
                and e.kind in ('message.received', 'message.sent')
                and replace(m.id::text, '-', '') = right(e.data->>'message_id', 32)))
        + (select count(*) from events e where e.kind in ('message.received', 'message.sent')
            and not exists (select from messages m
                where replace(m.id::text, '-', '') = right(e.data->>'message_id', 32)))
        + (select count(*) from messages m where m.direction = 'out'
            and not exists (select from deliveries d where d.message_id = m.id))
        + (select count(*) from contacts c where not exists (
            select from contact_addresses a where a.contact_id = c.id))
        + (select count(*) from threads t where not exists (
            select from messages m where m.thread_id = t.id))
        + (select count(*) from contents n where n.bytes is null)
";

async fn is_whole(world: &World) {
    assert_eq!(world.server.database.count(HALVES).await, 0, "nothing is stored by halves");
}

async fn is_answered(world: &World, sample: &Sample, what: &str) -> u16 {
    let status = world.play(sample).await.status;
    assert!(ANSWERS.contains(&status), "{} {what}: {status}", sample.name);
    status
}

/// Changes what is signed: the data inside of Google's wrapper, the body of others.
fn with(sample: &Sample, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Sample {
    match sample.data() {
        Some(data) if sample.provider == Provider::Rcs => sample.with_data(&change(data)),
        _ => Sample { body: change(sample.body.clone()), ..sample.clone() },
    }
}

/// Changes a form's fields, or the JSON at every place in turn. `None` is left out.
fn at_each_place(sample: &Sample, change: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Sample> {
    if sample.way != Way::Json {
        let fields = sample.fields();
        return (0..fields.len())
            .map(|at| {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (n, (name, value)) in fields.iter().enumerate() {
                    let values = if n == at { change(&json!(value)) } else { vec![json!(value)] };
                    for value in values {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        form.append_pair(name, &text);
                    }
                }
                Sample { body: form.finish().into_bytes(), ..sample.clone() }
            })
            .collect();
    }
    let body = sample.data().filter(|_| sample.provider == Provider::Rcs);
    let body = body.unwrap_or_else(|| sample.body.clone());
    let Ok(json) = serde_json::from_slice::<Value>(&body) else { return Vec::new() };
    places(&json)
        .into_iter()
        .map(|place| {
            let mut json = json.clone();
            let (above, last) = place.rsplit_once('/').unwrap();
            match json.pointer_mut(above).unwrap() {
                Value::Object(fields) => {
                    let old = fields.remove(last).unwrap();
                    fields.extend(change(&old).pop().map(|new| (last.to_owned(), new)));
                }
                Value::Array(items) => {
                    let at: usize = last.parse().unwrap();
                    let old = items.remove(at);
                    items.splice(at..at, change(&old));
                }
                _ => {}
            }
            with(sample, |_| json.to_string().into_bytes())
        })
        .collect()
}

/// Returns the place of every value, but for the whole.
fn places(it: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match it {
        Value::Object(fields) => fields.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, it)| (n.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    below
        .into_iter()
        .flat_map(|(name, it)| {
            let own = format!("/{name}");
            let more: Vec<_> = places(it).into_iter().map(|more| format!("{own}{more}")).collect();
            std::iter::once(own).chain(more)
        })
        .collect()
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("deep"), |inner, _| json!([inner]))
}

/// Says how to twist a value, and what that is called.
type Twist = (&'static str, fn(&Value) -> Vec<Value>);

const TWISTS: [Twist; 6] = [
    ("missing", |_| vec![]),
    ("doubled", |it| vec![it.clone(), it.clone()]),
    ("of another type", |it| vec![if it.is_string() { json!(7) } else { json!("x") }]),
    ("null", |_| vec![json!(null)]),
    ("with signs", |it| {
        vec![json!(format!("\u{202e}{}\0\u{2066}", it.as_str().unwrap_or_default()))]
    }),
    ("nested", |_| vec![deep(100)]),
];

/// Each sample once for each twist, at a place that the seed picks: a test of all places takes minutes.
#[tokio::test]
async fn what_is_twisted_is_taken_or_refused() {
    let samples = sample::read(sample::own());
    let world = World::start(&samples).await;
    let mut dice = Dice::new(5);
    let mut answered = std::collections::BTreeMap::<u16, usize>::new();
    for sample in &samples {
        for (what, twist) in TWISTS {
            let mut all = at_each_place(sample, &twist);
            if !all.is_empty() {
                let one = all.swap_remove(dice.below(all.len()));
                *answered.entry(is_answered(&world, &one, what).await).or_default() += 1;
            }
        }
        for part in 1..4 {
            let cut = with(sample, |mut body| {
                body.truncate(body.len() * part / 4);
                body
            });
            *answered.entry(is_answered(&world, &cut, "cut").await).or_default() += 1;
        }
        let twice = with(sample, |body| body.repeat(2));
        *answered.entry(is_answered(&world, &twice, "twice").await).or_default() += 1;
    }
    is_whole(&world).await;
    println!("{answered:?}");
    assert!(answered[&200] > 500 && answered[&422] > 100, "{answered:?}");
    world.server.stop().await;
}

#[tokio::test]
async fn what_is_huge_is_taken_in_part_or_refused() {
    let samples = sample::read(sample::own());
    let world = World::start(&samples).await;
    let texts = ["sms_text", "sms_as_json", "text", "data_text"];
    for sample in samples.iter().filter(|it| texts.contains(&it.name.as_str())) {
        for text in ["x".repeat(LARGE), "👩🏽‍🚒".repeat(LARGE / 20), "\u{202e}".repeat(LARGE / 3)]
        {
            for large in at_each_place(sample, &|_| vec![json!(text)]).into_iter().step_by(6) {
                is_answered(&world, &large, "large").await;
            }
        }
        for levels in [127, 1_000, 100_000] {
            let open = "[".repeat(levels);
            for (tail, what) in [("]".repeat(levels), "deep"), (String::new(), "open")] {
                let nested = with(sample, |_| format!("{{\"entry\":{open}{tail}}}").into_bytes());
                is_answered(&world, &nested, what).await;
            }
        }
        // As many things as fit in.
        let many = with(sample, |body| {
            let mut json: Value = serde_json::from_slice(&body).unwrap_or_default();
            let Some(all) = json.pointer_mut("/entry/0/changes/0/value/messages") else {
                return body;
            };
            let one = all[0].clone();
            *all = (0..200)
                .map(|n| {
                    let mut one = one.clone();
                    one["id"] = json!(format!("wamid.many{n}"));
                    one
                })
                .collect();
            json.to_string().into_bytes()
        });
        is_answered(&world, &many, "many").await;
    }
    is_whole(&world).await;
    world.server.stop().await;
}

#[tokio::test]
async fn bytes_by_chance_are_taken_or_refused() {
    let samples = sample::read(sample::own());
    let world = World::start(&samples).await;
    let mut dice = Dice::new(6);
    for provider in [Provider::Twilio, Provider::Whatsapp, Provider::Rcs] {
        let of_this: Vec<_> =
            samples.iter().filter(|it| it.provider == provider && it.way != Way::Query).collect();
        for _ in 0..RANDOM {
            let sample = of_this[dice.below(of_this.len())];
            let broken = with(sample, |mut body| {
                for _ in 0..=dice.below(4) {
                    let at = dice.below(body.len().max(1)).min(body.len());
                    match dice.below(5) {
                        0 => body.truncate(at),
                        1 => body.insert(
                            at,
                            [0, b'"', b'}', 0xff, b'[', b'&', b'%', b'\\'][dice.below(8)],
                        ),
                        2 => body.extend_from_within(at..),
                        3 if at < body.len() => body[at] ^= 1 << dice.below(8),
                        _ => drop(body.splice(at..at, "\u{202e}\0".bytes())),
                    }
                }
                body
            });
            is_answered(&world, &broken, "by chance").await;
        }
    }
    is_whole(&world).await;
    world.server.stop().await;
}
