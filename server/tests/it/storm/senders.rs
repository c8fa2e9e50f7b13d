//! Agents who answer everybody, over whatever node lives.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use protocol::{
    commands::Outcome,
    ids::{MessageId, ThreadId},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::providers::By;
use crate::{
    harness::{api::Api, roamer::Addresses, wait::PATIENCE},
    main_job::reply,
};

/// How many write at a time.
const AT_A_TIME: usize = 16;

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: MessageId,
    pub(super) by: By,
    pub(super) to: String,
    /// Its place among those to this customer.
    pub(super) place: u32,
}

/// The agents at work.
pub(super) struct Senders {
    writing: JoinSet<Vec<(String, Sent)>>,
    accepted: Arc<AtomicUsize>,
}

impl Senders {
    /// Begins to write so many messages to each customer, one after the other.
    pub(super) fn start(
        api: &Api,
        nodes: &Addresses,
        threads: Vec<(By, String, ThreadId)>,
        messages: u32,
    ) -> Self {
        let accepted = Arc::<AtomicUsize>::default();
        let free = Arc::new(Semaphore::new(AT_A_TIME));
        let mut writing = JoinSet::new();
        for (by, to, thread) in threads {
            let (api, nodes) = (api.clone(), nodes.clone());
            let (accepted, free) = (Arc::clone(&accepted), Arc::clone(&free));
            writing.spawn(async move {
                let mut sent = Vec::new();
                for place in 0..messages {
                    let _one = free.acquire().await.unwrap();
                    let text = format!("{}-{place}", to.trim_start_matches('+'));
                    let id = insist(&api, &nodes, thread, place, &text).await;
                    accepted.fetch_add(1, Ordering::Relaxed);
                    sent.push((text, Sent { id, by, to: to.clone(), place }));
                }
                sent
            });
        }
        Self { writing, accepted }
    }

    /// Waits until so many were accepted.
    pub(super) async fn until_accepted(&self, count: usize) {
        let deadline = Instant::now() + 10 * PATIENCE;
        while self.accepted.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < deadline, "no {count} are accepted");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until all were; returns them by their texts.
    pub(super) async fn all(mut self) -> BTreeMap<String, Sent> {
        let mut all = BTreeMap::new();
        while let Some(sent) = self.writing.join_next().await {
            all.extend(sent.unwrap());
        }
        all
    }
}

/// Sends a reply until it is accepted, over one node after the other.
async fn insist(
    api: &Api,
    nodes: &Addresses,
    thread: ThreadId,
    place: u32,
    text: &str,
) -> MessageId {
    let deadline = Instant::now() + PATIENCE;
    for turn in usize::try_from(place).unwrap().. {
        assert!(Instant::now() < deadline, "`{text}` is not accepted");
        let Some(url) = nodes.get(turn % 2) else { continue };
        match api.try_command(&url, text, reply(thread, place, text)).await {
            Some(Outcome::ReplySent(sent)) => return sent.message_id,
            Some(other) => panic!("{other:?}"),
            None => sleep(Duration::from_millis(20)).await,
        }
    }
    unreachable!("there are turns enough");
}
