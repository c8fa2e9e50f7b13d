//! How the server stops: first it drains, then every task ends; and a list of those that still run.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns tasks, tells them to end, and waits for them. Clones are the same shutdown.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    token: CancellationToken,
    tracker: TaskTracker,
    /// How many tasks run under each name, to say who holds up a stop.
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Shutdown {
    /// Returns a shutdown that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task that [`wait`](Self::wait) waits for. It must end when the token is cancelled.
    ///
    /// A panic ends the task alone and is logged with the task's name.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let entry = Entry::new(name, &self.running);
        // An async block around the task would keep room for it twice.
        self.tracker.spawn(AssertUnwindSafe(task).catch_unwind().map(move |done| {
            if done.is_err() {
                tracing::error!(task.name = name, "task `{name}` panicked and is gone");
            }
            drop(entry);
        }))
    }

    /// Begins to drain: what runs goes on, but nothing new is taken.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Completes when draining begins, at once if it has.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Returns whether draining has begun.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Returns a token that is cancelled when the shutdown begins.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Completes when the shutdown begins, at once if it has.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Returns whether the shutdown has begun.
    pub fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Tells every task to end.
    pub fn begin(&self) {
        self.draining.cancel();
        self.token.cancel();
    }

    /// Waits until no task is left; `false` when some are after `limit`, which are logged.
    pub async fn wait(&self, limit: Duration) -> bool {
        self.tracker.close();
        let done = tokio::time::timeout(limit, self.tracker.wait()).await.is_ok();
        if !done {
            tracing::warn!(tasks = ?self.running(), "tasks still run after {limit:?}");
        }
        done
    }

    /// Returns the names of the tasks that run, each with how many there are.
    pub fn running(&self) -> BTreeMap<&'static str, usize> {
        self.running.lock().clone()
    }
}

/// One running task in the list; leaves it when dropped, so also when the task is aborted.
struct Entry {
    name: &'static str,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Entry {
    fn new(name: &'static str, running: &Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        *running.lock().entry(name).or_default() += 1;
        Self { name, running: Arc::clone(running) }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut running = self.running.lock();
        let left = running.get(self.name).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            running.remove(self.name);
        } else {
            running.insert(self.name, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_end_when_the_shutdown_begins() {
        let shutdown = Shutdown::new();
        for _ in 0..2 {
            let token = shutdown.token();
            shutdown.spawn("sleeper", async move { token.cancelled().await });
        }
        assert_eq!(shutdown.running(), BTreeMap::from([("sleeper", 2)]));
        assert!(!shutdown.wait(Duration::from_millis(10)).await);
        shutdown.begin();
        assert!(shutdown.wait(Duration::from_secs(10)).await);
        assert!(shutdown.running().is_empty());
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_task_only() {
        let shutdown = Shutdown::new();
        shutdown.spawn("clumsy", async { panic!("on purpose") });
        let done = shutdown.spawn("steady", async {});
        assert!(done.await.is_ok());
        assert!(shutdown.wait(Duration::from_secs(10)).await);
    }
}
