//! The one road: command, one transaction, commit, news. There is no other way to change anything.

use std::sync::Arc;

use dashmap::DashMap;
use protocol::{
    commands::Outcome,
    ids::{InboxId, StreamId, ThreadId},
};
use tokio::sync::{Notify, oneshot};

use super::{
    attention::{Attention, Attentions},
    context::{OwnCommand, Wish},
    error::CommandError,
    job::{End, Job, OwnJob, WishJob},
    lanes::{LaneId, Lanes},
    together::{self, Told},
};
use crate::{
    bus::{handle::Bus, hint::Hint},
    domain::actor::Actor,
    shutdown::Shutdown,
    store::{error::StoreError, pool::Store, threads},
};

/// Threads whose inbox is remembered: it never changes, and is looked up again if forgotten.
const KNOWN_MAX: usize = 100_000;

/// What is woken after a commit.
#[derive(Clone, Default)]
pub struct Wakers {
    /// There is something to send.
    pub deliveries: Arc<Notify>,
    /// A timer was set.
    pub timers: Arc<Notify>,
    /// There is a file to fetch.
    pub media: Arc<Notify>,
    /// Customers may be told of something.
    pub attentions: Attentions,
}

/// Runs commands.
#[derive(Clone)]
pub struct Road {
    pub(super) store: Store,
    bus: Bus,
    wakers: Wakers,
    shutdown: Shutdown,
    lanes: Lanes,
    inboxes: Arc<DashMap<ThreadId, InboxId>>,
}

impl Road {
    /// Makes the road.
    pub fn new(store: Store, bus: Bus, wakers: Wakers, shutdown: Shutdown) -> Self {
        let (lanes, inboxes) = (Lanes::default(), Arc::default());
        Self { store, bus, wakers, shutdown, lanes, inboxes }
    }

    /// Runs a wish. Its transaction goes on if the caller stops waiting.
    pub async fn run(&self, wish: &Arc<Wish>) -> Result<Outcome, CommandError> {
        let stream = self.stream(wish).await?;
        let (answer, answered) = oneshot::channel();
        let job = Box::new(WishJob::new(Arc::clone(wish), answer));
        self.join(LaneId::Agents(stream), job);
        answered.await.map_err(|_gone| CommandError::Interrupted)?
    }

    /// Runs a command of the server itself.
    pub(super) async fn run_own<C: OwnCommand + Send + 'static>(
        &self,
        actor: Actor,
        command: C,
    ) -> Result<Option<C::Done>, CommandError> {
        let (answer, answered) = oneshot::channel();
        let stream = command.stream();
        let job = Box::new(OwnJob::new(actor, command, answer));
        match stream {
            Some(stream) => self.join(LaneId::Own(stream), job),
            None => self.commit(vec![job]).await,
        }
        answered.await.map_err(|_gone| CommandError::Interrupted)?
    }

    fn join(&self, lane: LaneId, job: Box<dyn Job>) {
        let Some(mut lead) = self.lanes.join(lane, job) else { return };
        let road = self.clone();
        self.shutdown.spawn("commands", async move {
            while let Some(jobs) = lead.take() {
                road.commit(jobs).await;
            }
        });
    }

    /// Runs jobs in one transaction, tells the news, and answers.
    async fn commit(&self, mut jobs: Vec<Box<dyn Job>>) {
        match together::run(&self.store, &mut jobs).await {
            Ok((ends, told)) => {
                self.tell(told);
                for (job, end) in jobs.into_iter().zip(ends) {
                    job.end(end);
                }
            }
            // One of them is at fault: the others need not suffer for it.
            Err(error) if jobs.len() > 1 && !error.passes() => {
                tracing::warn!(error = %error, "commands that share a transaction run alone");
                for job in jobs {
                    Box::pin(self.commit(vec![job])).await;
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for job in jobs {
                    job.end(End::Refused(CommandError::Store(Arc::clone(&error))));
                }
            }
        }
    }

    fn tell(&self, told: Told) {
        let Told { places, news } = told;
        for (stream, head) in places.heads {
            self.bus.publish(Hint::Head { stream, head });
        }
        for hint in news.hints {
            self.bus.publish(hint);
        }
        if news.wake_deliveries {
            self.wakers.deliveries.notify_one();
        }
        if news.wake_timers {
            self.wakers.timers.notify_one();
        }
        if news.wake_media {
            self.wakers.media.notify_one();
        }
        for thread in news.read {
            self.wakers.attentions.note(thread, Attention::Read);
        }
    }

    /// Tells what is no event.
    pub(super) fn publish(&self, hint: Hint) {
        self.bus.publish(hint);
    }

    /// Wakes the worker that sends.
    pub(super) fn wake_deliveries(&self) {
        self.wakers.deliveries.notify_one();
    }

    /// Hears that an agent types in a thread.
    pub fn agent_types(&self, thread: ThreadId) {
        self.wakers.attentions.note(thread, Attention::Typing);
    }

    /// Returns how many commands wait for their transaction.
    pub fn waiting(&self) -> usize {
        self.lanes.waiting()
    }

    /// Finds the lane of a wish. A thread that does not exist is refused under any.
    async fn stream(&self, wish: &Wish) -> Result<StreamId, StoreError> {
        let Some(thread) = wish.thread() else { return Ok(StreamId::ORG) };
        if let Some(inbox) = self.inboxes.get(&thread) {
            return Ok((*inbox).into());
        }
        let Some(place) = threads::place(&self.store, thread).await? else {
            return Ok(StreamId::ORG);
        };
        if self.inboxes.len() >= KNOWN_MAX {
            self.inboxes.clear();
        }
        self.inboxes.insert(thread, place.inbox_id);
        Ok(place.inbox_id.into())
    }
}
