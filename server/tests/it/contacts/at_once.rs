//! Agents merge and part while customers write, on two nodes: nothing is lost, nothing stands twice.

use super::{check, merge, second_inbox, text_second, unmerge};
use crate::harness::server::{TestServer, Wanted};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merges_while_customers_write_lose_and_double_nothing() {
    const ROUNDS: usize = 15;
    let server = TestServer::start().await;
    let other = TestServer::join(&server.database, Wanted::default()).await;
    second_inbox(&server).await;
    let ann = server.api("ann").await;
    let ben = ann.at(&other.url());
    for round in 0..ROUNDS {
        // New customers each time: half of the races are about who makes a thread.
        let [ada, bob] = ["1", "2"].map(|one| format!("+14045550{one}{round:02}"));
        let (one, two) = (ann.new_thread(&ada).await.id, ann.new_thread(&bob).await);
        let writing = async {
            for text in ["0", "1", "2"] {
                tokio::join!(
                    text_second(&ann, &ada, "a"),
                    text_second(&ben, &bob, "b"),
                    ann.text(&bob, text),
                );
            }
        };
        let key = format!("m{round}");
        let (merged, ()) = tokio::join!(ben.command(&key, merge(two.id, one)), writing);
        merged.unwrap();
        let contact = two.contact.id;
        let key = format!("u{round}");
        if round % 3 == 0 {
            let writing = async {
                tokio::join!(text_second(&ann, &ada, "a"), ben.text(&bob, "later"));
            };
            let (parted, ()) = tokio::join!(ben.command(&key, unmerge(one, contact)), writing);
            parted.unwrap();
        }
        check(&server).await;
    }
    let messages = "select count(*) from messages where direction = 'in'";
    let wanted = ROUNDS * (2 + 9) + 2 * ROUNDS.div_ceil(3);
    assert_eq!(server.database.count(messages).await, i64::try_from(wanted).unwrap());
    other.stop().await;
    server.stop().await;
}
