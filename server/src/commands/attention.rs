//! Which threads have an agent's attention: what their customers may be told.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use protocol::ids::ThreadId;
use tokio::sync::Notify;

/// More are forgotten: this is a courtesy.
const THREADS_MAX: usize = 1_000;

/// What an agent does in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// Has read it.
    Read,
    /// Types an answer, and so has read it.
    Typing,
}

/// What happened since somebody looked; of one thread the most.
#[derive(Clone, Default)]
pub struct Attentions {
    threads: Arc<Mutex<HashMap<ThreadId, Attention>>>,
    news: Arc<Notify>,
}

impl Attentions {
    /// Notes what an agent does.
    pub fn note(&self, thread: ThreadId, what: Attention) {
        let mut threads = self.threads.lock();
        if threads.len() >= THREADS_MAX && !threads.contains_key(&thread) {
            return;
        }
        let noted = threads.entry(thread).or_insert(what);
        *noted = what.max(*noted);
        drop(threads);
        self.news.notify_one();
    }

    /// Takes what there is.
    pub fn take(&self) -> HashMap<ThreadId, Attention> {
        std::mem::take(&mut *self.threads.lock())
    }

    /// Waits until there is something.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}
