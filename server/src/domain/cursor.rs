//! A reader's cursor: opaque to clients, exact to us.
//!
//! It names the epoch of the stream, the place, the first bytes of that event's hash (so that another
//! past is noticed), and the version of the reader's rights.

use std::fmt::Write as _;

use protocol::frames::{Cursor, ResetReason};
use uuid::Uuid;

/// The bytes of an event's hash that a cursor carries: enough to tell two pasts apart.
pub type HashPrefix = [u8; 8];

/// A place in a stream, with what proves that it is the same stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The stream's epoch.
    pub epoch: Uuid,
    /// The place.
    pub seq: u64,
    /// The hash at the place.
    pub hash: HashPrefix,
    /// The version of the reader's rights.
    pub rights_version: i64,
}

/// Where a stream is now.
#[derive(Debug, Clone, Copy)]
pub struct StreamState {
    /// The epoch.
    pub epoch: Uuid,
    /// The last place.
    pub head: u64,
    /// Events at or below are no longer kept.
    pub floor: u64,
}

impl Position {
    /// Writes the cursor.
    pub fn encode(&self) -> Cursor {
        let mut text = String::with_capacity(72);
        let _infallible = write!(
            text,
            "{}.{}.{}.{}",
            self.epoch.simple(),
            self.seq,
            hex::encode(self.hash),
            self.rights_version
        );
        Cursor(text)
    }

    /// Reads a cursor.
    pub fn decode(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.0.split('.');
        let position = Self {
            epoch: Uuid::try_parse(parts.next()?).ok()?,
            seq: parts.next()?.parse().ok()?,
            hash: hex::decode(parts.next()?).ok()?.try_into().ok()?,
            rights_version: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(position)
    }

    /// Says whether reading can go on from here, apart from the hash, which the caller compares.
    pub fn check(
        &self,
        stream: StreamState,
        rights_version: i64,
        events_max: u64,
    ) -> Result<(), ResetReason> {
        if self.epoch != stream.epoch {
            return Err(ResetReason::Epoch);
        }
        if self.rights_version != rights_version {
            return Err(ResetReason::Rights);
        }
        if self.seq > stream.head {
            return Err(ResetReason::Diverged);
        }
        if self.seq < stream.floor {
            return Err(ResetReason::BelowFloor);
        }
        if stream.head - self.seq > events_max {
            return Err(ResetReason::TooFar);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        Position { epoch: Uuid::from_u128(7), seq: 41, hash: [1; 8], rights_version: 3 }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        assert_eq!(Position::decode(&position().encode()), Some(position()));
        for wrong in ["", "x", "1.2.3.4", "a.b.c.d.e", &format!("{}.1", position().encode().0)] {
            assert_eq!(Position::decode(&Cursor(wrong.to_owned())), None, "{wrong}");
        }
    }

    #[test]
    fn a_cursor_that_cannot_go_on_says_why() {
        let stream = StreamState { epoch: Uuid::from_u128(7), head: 50, floor: 41 };
        let check = |stream, rights, max| position().check(stream, rights, max);
        assert_eq!(check(stream, 3, 9), Ok(()));
        assert_eq!(check(stream, 3, 8), Err(ResetReason::TooFar));
        assert_eq!(check(stream, 4, 9), Err(ResetReason::Rights));
        let other = StreamState { epoch: Uuid::from_u128(8), ..stream };
        assert_eq!(check(other, 3, 9), Err(ResetReason::Epoch));
        let shorter = StreamState { head: 40, floor: 0, ..stream };
        assert_eq!(check(shorter, 3, 9), Err(ResetReason::Diverged));
        let pruned = StreamState { floor: 42, ..stream };
        assert_eq!(check(pruned, 3, 9), Err(ResetReason::BelowFloor));
    }
}
