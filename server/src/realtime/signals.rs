//! Who does what around the threads of one inbox: state, not a queue. A reader that is behind gets
//! what is true now, however much has happened in between.

use std::collections::HashMap;

use protocol::{
    ids::{AgentId, ThreadId},
    owners::Assignment,
    signals::{LockView, ThreadSignals},
};

use crate::domain::visibility::Sight;

/// Above this many quiet threads, they are forgotten; readers that are further behind than that get
/// the full state.
const QUIET_MAX: usize = 256;

/// The state around one thread.
#[derive(Debug, Clone)]
struct Picture {
    version: u64,
    owner: Assignment,
    around: Around,
    lock: Option<LockView>,
}

/// Who is in a thread, and what they do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// Agents who have it open.
    pub viewing: Vec<AgentId>,
    /// Those of them who type.
    pub typing: Vec<AgentId>,
    /// Those of them who may be gone.
    pub stale: Vec<AgentId>,
    /// Whether the customer types.
    pub contact_typing: bool,
}

impl Picture {
    fn is_quiet(&self) -> bool {
        self.around == Around::default() && self.lock.is_none()
    }
}

/// The state around all threads of one inbox.
#[derive(Debug, Default)]
pub struct Signals {
    version: u64,
    forgotten: u64,
    threads: HashMap<ThreadId, Picture>,
}

/// What a reader is told.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether threads that are not listed are quiet.
    pub full: bool,
    /// The threads.
    pub threads: Vec<ThreadSignals>,
}

impl Signals {
    /// Returns the version of the state: it grows with each change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sets who is in a thread. Where its owner is not known just now, it is the one of before, and for
    /// a thread that is new here, `otherwise`.
    pub fn set_around(
        &mut self,
        thread: ThreadId,
        owner: Option<Assignment>,
        otherwise: Assignment,
        around: Around,
    ) -> bool {
        self.change(thread, |picture| {
            let before = if picture.version == 0 { otherwise } else { picture.owner };
            picture.owner = owner.unwrap_or(before);
            picture.around = around;
        })
    }

    /// Sets who holds the reply lock.
    pub fn set_lock(
        &mut self,
        thread: ThreadId,
        owner: Assignment,
        lock: Option<LockView>,
    ) -> bool {
        self.change(thread, |picture| {
            picture.owner = owner;
            picture.lock = lock;
        })
    }

    /// Sets who owns a thread, so that its signals follow the visibility rule.
    pub fn set_owner(&mut self, thread: ThreadId, owner: Assignment) -> bool {
        if !self.threads.contains_key(&thread) {
            return false;
        }
        self.change(thread, |picture| picture.owner = owner)
    }

    /// Takes over which locks there are, as read from the database when the state was at `seen`.
    /// What has changed since then is newer than what was read.
    pub fn sync_locks(
        &mut self,
        seen: u64,
        held: impl Iterator<Item = (ThreadId, Assignment, LockView)>,
    ) -> bool {
        let mut over: Vec<ThreadId> = self
            .threads
            .iter()
            .filter(|(_id, picture)| picture.lock.is_some() && picture.version <= seen)
            .map(|(id, _picture)| *id)
            .collect();
        let mut changed = false;
        for (thread, owner, lock) in held {
            over.retain(|id| *id != thread);
            if self.threads.get(&thread).is_none_or(|picture| picture.version <= seen) {
                changed |= self.set_lock(thread, owner, Some(lock));
            }
        }
        for thread in over {
            changed |= self.change(thread, |picture| picture.lock = None);
        }
        changed
    }

    fn change(&mut self, thread: ThreadId, change: impl FnOnce(&mut Picture)) -> bool {
        let picture = self.threads.entry(thread).or_insert_with(|| Picture {
            version: 0,
            owner: Assignment::default(),
            around: Around::default(),
            lock: None,
        });
        let before = picture.clone();
        change(picture);
        let same = before.version != 0
            && before.owner == picture.owner
            && before.around == picture.around
            && before.lock == picture.lock;
        if same || (before.version == 0 && picture.is_quiet()) {
            if before.version == 0 {
                self.threads.remove(&thread);
            }
            return false;
        }
        self.version += 1;
        picture.version = self.version;
        self.forget_quiet();
        true
    }

    fn forget_quiet(&mut self) {
        if self.threads.values().filter(|picture| picture.is_quiet()).count() <= QUIET_MAX {
            return;
        }
        let mut newest = 0;
        self.threads.retain(|_id, picture| {
            if picture.is_quiet() {
                newest = newest.max(picture.version);
            }
            !picture.is_quiet()
        });
        self.forgotten = self.forgotten.max(newest);
    }

    /// Returns what has changed since a version for a reader; `None` if nothing that it may see.
    pub fn since(&self, seen: Option<u64>, sight: &Sight) -> Option<Told> {
        let full = seen.is_none_or(|seen| seen < self.forgotten);
        let seen = if full { 0 } else { seen.unwrap_or_default() };
        let threads: Vec<ThreadSignals> = self
            .threads
            .iter()
            .filter(|(_id, picture)| picture.version > seen && sight.sees(picture.owner))
            .filter(|(_id, picture)| !full || !picture.is_quiet())
            .map(|(id, picture)| ThreadSignals {
                thread_id: *id,
                viewing: picture.around.viewing.clone(),
                typing: picture.around.typing.clone(),
                stale: picture.around.stale.clone(),
                contact_typing: picture.around.contact_typing,
                lock: picture.lock.clone(),
            })
            .collect();
        (full || !threads.is_empty()).then_some(Told { full, threads })
    }
}

#[cfg(test)]
mod tests {
    use protocol::views::Scope;
    use uuid::Uuid;

    use super::*;
    use crate::domain::rights::Permissions;

    fn thread(n: u128) -> ThreadId {
        Uuid::from_u128(n).into()
    }

    fn agent(n: u128) -> AgentId {
        Uuid::from_u128(n).into()
    }

    fn around(viewing: &[u128], typing: &[u128]) -> Around {
        let agents = |ids: &[u128]| ids.iter().map(|id| agent(*id)).collect();
        Around { viewing: agents(viewing), typing: agents(typing), ..Around::default() }
    }

    fn sight(scope: Scope) -> Sight {
        let (teams, permissions) = ([].into(), Permissions::ALL);
        Sight { agent_id: agent(1), scope, teams, permissions }
    }

    fn owned(by: u128) -> Assignment {
        Assignment { agent: Some(agent(by)), team: None }
    }

    fn nobody() -> Assignment {
        Assignment::default()
    }

    #[test]
    fn a_reader_is_told_what_is_true_now() {
        let mut signals = Signals::default();
        assert!(signals.set_around(thread(1), None, nobody(), around(&[2], &[])));
        assert!(!signals.set_around(thread(1), None, nobody(), around(&[2], &[])), "no change");
        let seen = signals.version();
        assert!(signals.set_around(thread(1), None, nobody(), around(&[2], &[2])));
        assert!(signals.set_around(thread(1), None, nobody(), around(&[], &[])));
        let told = signals.since(Some(seen), &sight(Scope::All)).unwrap();
        assert_eq!((told.full, told.threads.len()), (false, 1));
        assert!(told.threads[0].viewing.is_empty(), "only the newest state");
        assert_eq!(signals.since(Some(signals.version()), &sight(Scope::All)), None);
        let first = signals.since(None, &sight(Scope::All)).unwrap();
        assert_eq!(first, Told { full: true, threads: vec![] });
    }

    #[test]
    fn signals_follow_the_visibility_rule() {
        let mut signals = Signals::default();
        signals.set_around(thread(1), Some(owned(2)), nobody(), around(&[2], &[]));
        assert_eq!(signals.since(Some(0), &sight(Scope::Assigned)), None);
        signals.set_owner(thread(1), owned(1));
        assert!(signals.since(Some(0), &sight(Scope::Assigned)).is_some());
        signals.set_around(thread(1), None, nobody(), around(&[], &[]));
        assert!(signals.since(Some(0), &sight(Scope::Assigned)).is_some(), "the owner stays");
    }

    #[test]
    fn who_is_further_behind_than_is_kept_gets_the_full_state() {
        let mut signals = Signals::default();
        let busy = thread(1_000_000);
        signals.set_around(busy, None, nobody(), around(&[3], &[]));
        let seen = signals.version();
        for n in 0..300 {
            signals.set_around(thread(n), None, nobody(), around(&[2], &[]));
            signals.set_around(thread(n), None, nobody(), around(&[], &[]));
        }
        let told = signals.since(Some(seen), &sight(Scope::All)).unwrap();
        assert!(told.full);
        assert!(told.threads.iter().any(|t| t.thread_id == busy));
        assert!(signals.threads.len() <= QUIET_MAX + 1, "memory stays bounded");
    }
}
