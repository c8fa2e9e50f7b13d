//! Many change one draft by chance, over two nodes, with connections that break: all end with the same
//! text, and so does the server.

use super::{peer::Peer, stored};
use crate::harness::{
    api::CUSTOMER,
    dice::Dice,
    server::{TestServer, Wanted, redis},
};

const WORDS: [&str; 8] = ["😀", "👩‍👩‍👧", "é", "Zürich ", "x", "مرحبا", "\n", "🇨🇭"];

/// Makes a change by chance: in the middle of pairs of surrogates, too.
async fn change(peer: &mut Peer, dice: &mut Dice) {
    let units = peer.units();
    let at = u32::try_from(dice.below(units as usize + 1)).unwrap();
    // It stays of a length that people write.
    if units > 0 && (units > 300 || dice.below(3) == 0) {
        let at = at.min(units - 1);
        let count = u32::try_from(1 + dice.below(4)).unwrap().min(units - at);
        peer.delete(at, count).await;
    } else {
        peer.type_at(at, WORDS[dice.below(WORDS.len())]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_the_same_time_end_in_one_text() {
    let changes = if std::env::var("TANDEM_PROVE").is_ok() { 3_000 } else { 600 };
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let one = TestServer::start_with(wanted.clone()).await;
    let two = TestServer::join(&one.database, wanted).await;
    let ann = one.api("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let urls = [one.url(), two.url()];
    let mut apis = Vec::new();
    for name in ["ann", "ben", "cleo", "sam"] {
        apis.push(one.api(name).await);
    }
    let mut tasks = Vec::new();
    for (n, api) in apis.into_iter().enumerate() {
        let urls = urls.clone();
        tasks.push(tokio::spawn(async move {
            let mut dice = Dice::new(100 + n as u64);
            let api = api.at(&urls[n % 2]);
            let mut peer = Peer::open(&api, id, 20 + u32::try_from(n).unwrap()).await;
            let mut reconnects = 0;
            for round in 0..changes / 4 {
                change(&mut peer, &mut dice).await;
                match dice.below(40) {
                    // Away: it goes on typing, and comes back to the other node.
                    0 => {
                        let units = peer.units();
                        peer.type_offline(
                            u32::try_from(dice.below(units as usize + 1)).unwrap(),
                            "👋",
                        );
                        reconnects += 1;
                        peer.reconnect(&urls[(n + reconnects) % 2], &api.token).await;
                    }
                    1..20 => drop(peer.step().await),
                    20..24 => peer.saved().await,
                    _ => {}
                }
                // As fast as it may be.
                if round % 8 == 7 {
                    peer.saved().await;
                    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                }
            }
            peer.saved().await;
            assert_eq!(peer.refused, [], "client {n}");
            (peer, reconnects)
        }));
    }
    let mut peers = Vec::new();
    let mut reconnects = 0;
    for task in tasks {
        let (peer, count) = task.await.unwrap();
        peers.push(peer);
        reconnects += count;
    }
    let content = stored(&ann, id).await;
    assert!(reconnects > 2, "{reconnects} reconnects");
    assert!(content.text.chars().any(|c| c > '\u{ffff}'), "emoji are left: {:?}", content.text);
    for peer in &mut peers {
        let n = content.draft.n;
        peer.until("all has come", |peer| peer.view.n >= n).await;
        assert_eq!(peer.shown(), content.text);
    }
    two.stop().await;
    one.stop().await;
}
