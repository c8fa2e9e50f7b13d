//! The reply lock: who may send while somebody holds it.

use chrono::{DateTime, Utc};
use protocol::{ids::AgentId, signals::LockView};

/// The lease to reply, as it stands beside a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Who has it, or had it last.
    pub agent_id: AgentId,
    /// Grows with each holder, never repeats.
    pub token: u64,
    /// When the lease ends, by the database's clock.
    pub expires_at: DateTime<Utc>,
}

/// Why a reply has to wait for the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else holds it.
    Locked,
    /// The sender's token was taken over, or expired and taken since.
    Stale,
}

impl Lock {
    /// Says whether the lease still runs.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    /// Returns what clients are shown, while the lease runs.
    pub fn view(&self, now: DateTime<Utc>) -> Option<LockView> {
        self.is_live(now)
            .then_some(LockView { agent_id: self.agent_id, expires_at: self.expires_at })
    }
}

/// Says whether `sender` may reply. A token is needed only against another holder, and one that
/// expired and was not taken since still sends.
pub fn may_send(
    lock: Option<&Lock>,
    sender: AgentId,
    token: Option<u64>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let Some(lock) = lock else { return if token.is_some() { Err(Refusal::Stale) } else { Ok(()) } };
    match token {
        Some(token) if token == lock.token && lock.agent_id == sender => Ok(()),
        Some(_) => Err(Refusal::Stale),
        None if lock.is_live(now) && lock.agent_id != sender => Err(Refusal::Locked),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_lock_keeps_others_out_and_its_holder_in() {
        let agent = |n| AgentId::from(Uuid::from_u128(n));
        let (ann, ben) = (agent(1), agent(2));
        let end = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(15);
        let (live, over) = (DateTime::UNIX_EPOCH, end);
        let lock = Lock { agent_id: ann, token: 7, expires_at: end };
        let check = |sender, token, now| may_send(Some(&lock), sender, token, now);
        assert_eq!(check(ann, Some(7), live), Ok(()));
        assert_eq!(check(ann, None, live), Ok(()), "another tab of the holder");
        assert_eq!(check(ben, None, live), Err(Refusal::Locked));
        assert_eq!(check(ben, Some(6), live), Err(Refusal::Stale), "taken over");
        assert_eq!(check(ben, Some(7), live), Err(Refusal::Stale), "somebody else's token");
        assert_eq!(check(ann, Some(7), over), Ok(()), "expired and untaken");
        assert_eq!(check(ben, None, over), Ok(()));
        assert_eq!(check(ann, Some(6), over), Err(Refusal::Stale), "expired and taken since");
        assert_eq!(may_send(None, ann, None, live), Ok(()));
        assert_eq!(may_send(None, ann, Some(1), live), Err(Refusal::Stale));
    }
}
