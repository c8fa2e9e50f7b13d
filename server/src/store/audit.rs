//! Verifying the hash chain: every event again, from the first, as the database holds it now.

use protocol::ids::StreamId;
use uuid::Uuid;

use super::{error::StoreError, pool::Store};
use crate::domain::chain::{self, Header};

/// How many events are read at a time.
const PAGE: i64 = 1000;

/// What came of verifying one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The stream.
    pub stream: StreamId,
    /// How many events were right, from the first kept one on.
    pub verified: u64,
    /// The first thing that is wrong.
    pub fault: Option<String>,
}

/// Verifies every stream.
pub async fn verify_all(store: &Store) -> Result<Vec<Verdict>, StoreError> {
    let streams = sqlx::query!(
        "select id, epoch, head, floor, floor_hash, last_hash from streams order by id"
    )
    .fetch_all(&store.pool)
    .await?;
    let mut verdicts = Vec::new();
    for stream in streams {
        let end = End { id: stream.id, head: stream.head, last_hash: stream.last_hash };
        let start = if stream.floor == 0 {
            chain::genesis(stream.id, stream.epoch).to_vec()
        } else {
            stream.floor_hash
        };
        verdicts.push(verify(store, end, stream.floor, start).await?);
    }
    Ok(verdicts)
}

/// Where a chain has to end.
struct End {
    id: Uuid,
    head: i64,
    last_hash: Vec<u8>,
}

async fn verify(
    store: &Store,
    end: End,
    floor: i64,
    mut previous: Vec<u8>,
) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict { stream: end.id.into(), verified: 0, fault: None };
    let mut at = floor;
    loop {
        let rows = sqlx::query!(
            r#"
            select e.seq, e.kind, e.v, e.at, e.actor_kind, e.actor_id, e.thread_id,
                e.assignee_before, e.assignee_after, e.team_before, e.team_after, e.data::text as "data!", e.hash,
                e.content_id, c.digest as "digest?", c.salt as "salt?", c.bytes as "bytes?"
            from events e
            left join contents c on c.id = e.content_id
            -- What was added since the heads were read is for the next time.
            where e.stream_id = $1 and e.seq > $2 and e.seq <= $4
            order by e.seq
            limit $3
            "#,
            end.id,
            at,
            PAGE,
            end.head,
        )
        .fetch_all(&store.pool)
        .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != at + 1 {
                verdict.fault = Some(format!("event {} is missing", at + 1));
                return Ok(verdict);
            }
            let header = Header {
                stream: end.id,
                kind: &row.kind,
                v: row.v,
                at_us: row.at.timestamp_micros(),
                actor_kind: &row.actor_kind,
                actor_id: row.actor_id,
                thread_id: row.thread_id,
                assignees: [row.assignee_before, row.assignee_after],
                teams: [row.team_before, row.team_after],
                data: &row.data,
            };
            let digest = row.digest.unwrap_or_default();
            let hash = chain::link(&previous, row.seq, &header.bytes(), &digest);
            let content_holds = row
                .salt
                .zip(row.bytes)
                .is_none_or(|(salt, bytes)| chain::digest(&salt, &bytes).as_slice() == digest);
            if hash.as_slice() != row.hash || !content_holds {
                let what = if content_holds { "" } else { "the content of " };
                verdict.fault = Some(format!("{what}event {} was changed", row.seq));
                return Ok(verdict);
            }
            previous = row.hash;
            at = row.seq;
            verdict.verified += 1;
        }
    }
    if at != end.head || previous != end.last_hash {
        verdict.fault = Some(format!("the log ends at {at}, the stream at {}", end.head));
    }
    Ok(verdict)
}
