//! The hash chain: each event's hash covers the one before, its facts, and the digest of its content.
//!
//! `hash = sha256(previous ‖ seq ‖ header ‖ digest)`, `digest = sha256(salt ‖ content)`. The database
//! chains (`append_events`), the verifier here does it again. Erasing content keeps its digest.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The facts of one event that its hash covers, beside its place and its content.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The stream.
    pub stream: Uuid,
    /// The kind.
    pub kind: &'a str,
    /// The kind's version.
    pub v: i16,
    /// When, in microseconds since 1970: what Postgres keeps.
    pub at_us: i64,
    /// The kind of the actor.
    pub actor_kind: &'a str,
    /// The actor.
    pub actor_id: Option<Uuid>,
    /// The thread.
    pub thread_id: Option<Uuid>,
    /// The thread's assignee before and after.
    pub assignees: [Option<Uuid>; 2],
    /// The thread's team before and after.
    pub teams: [Option<Uuid>; 2],
    /// The data, letter by letter.
    pub data: &'a str,
}

impl Header<'_> {
    /// Writes the header so that no two different ones look the same: every part has its length.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160 + self.data.len());
        part(&mut out, self.stream.as_bytes());
        part(&mut out, self.kind.as_bytes());
        part(&mut out, &self.v.to_be_bytes());
        part(&mut out, &self.at_us.to_be_bytes());
        part(&mut out, self.actor_kind.as_bytes());
        for id in [self.actor_id, self.thread_id].iter().chain(&self.assignees) {
            part(&mut out, bytes(id.as_ref()));
        }
        part(&mut out, self.data.as_bytes());
        // Events from before there were teams have no such parts.
        if self.teams != [None, None] {
            for id in &self.teams {
                part(&mut out, bytes(id.as_ref()));
            }
        }
        out
    }
}

fn bytes(id: Option<&Uuid>) -> &[u8] {
    id.map_or(&[], |id| id.as_bytes().as_slice())
}

fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a part of an event is far below 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Returns what a stream's first event follows on.
pub fn genesis(stream: Uuid, epoch: Uuid) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(stream.as_bytes());
    hash.update(epoch.as_bytes());
    hash.finalize().into()
}

/// Returns the hash of an event.
pub fn link(previous: &[u8], seq: i64, header: &[u8], digest: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(header);
    hash.update(digest);
    hash.finalize().into()
}

/// Returns the digest of a content. The salt keeps short contents from being guessed after erasure.
pub fn digest(salt: &[u8], content: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(content);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_letter_between_fields_changes_the_header() {
        let header = |kind, actor_kind| {
            let id = None;
            Header {
                stream: Uuid::nil(),
                kind,
                v: 1,
                at_us: 5,
                actor_kind,
                actor_id: id,
                thread_id: id,
                assignees: [id, id],
                teams: [None, None],
                data: "{}",
            }
            .bytes()
        };
        assert_ne!(header("ab", "c"), header("a", "bc"));
    }
}
