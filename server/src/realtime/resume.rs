//! Where a subscription begins: at the cursor, or with a reset that says why not.

use std::sync::Arc;

use protocol::{
    frames::{Cursor, ResetReason},
    ids::StreamId,
};
use tokio::sync::Notify;

use super::{feed::Feed, feeds::Feeds, line::Line, pages::Pages, reader::Reader};
use crate::{
    domain::{
        cursor::{HashPrefix, Position},
        visibility::Visibility,
    },
    store::{error::StoreError, events, pool::Store},
};

/// What came of wanting to follow a stream.
pub enum Resumed {
    /// It goes on.
    Reader(Box<Reader>),
    /// It cannot go on from there.
    Reset(ResetReason),
    /// There is no such stream, or the agent may not see it.
    NotFound,
    /// Too many others catch up.
    Overloaded {
        /// How long to stay away.
        retry_after_ms: u32,
    },
}

/// What a connection follows streams with.
pub struct Follower {
    /// Told when there is more.
    pub wake: Arc<Notify>,
    /// What feeds may write to while it waits.
    pub line: Arc<Line>,
    /// Most events that it may have missed.
    pub events_max: u64,
}

/// Begins following a stream.
pub async fn resume(
    pages: &Pages,
    feeds: &Feeds,
    visibility: &Visibility,
    stream: StreamId,
    cursor: Option<&Cursor>,
    Follower { wake, line, events_max }: Follower,
) -> Result<Resumed, StoreError> {
    let store = &pages.store;
    let Some(sight) = visibility.of(stream.into()) else { return Ok(Resumed::NotFound) };
    let Some(feed) = feeds.follow(stream).await? else { return Ok(Resumed::NotFound) };
    // Woken from before the place is looked up, so that nothing falls in between.
    let waiting = feed.wait(wake);
    let from = match cursor {
        None => feed.head_and_hash(),
        Some(cursor) => {
            let rights = visibility.rights_version;
            match place(store, &feed, cursor, (rights, events_max)).await? {
                Ok(from) => from,
                Err(reason) => return Ok(Resumed::Reset(reason)),
            }
        }
    };
    if feed.recent(from.0, 1).is_none()
        && let Some(retry_after_ms) = pages.retry_after_ms()
    {
        return Ok(Resumed::Overloaded { retry_after_ms });
    }
    let rights = visibility.rights_version;
    let reader = Reader::new(feed, sight, rights, from, events_max, (waiting, line));
    Ok(Resumed::Reader(Box::new(reader)))
}

async fn place(
    store: &Store,
    feed: &Feed,
    cursor: &Cursor,
    (rights_version, events_max): (i64, u64),
) -> Result<Result<(u64, HashPrefix), ResetReason>, StoreError> {
    let Some(position) = Position::decode(cursor) else { return Ok(Err(ResetReason::BadCursor)) };
    // From the primary, not from the feed: another node may have told the client more already.
    let Some(state) = events::state(store, feed.stream).await? else {
        return Ok(Err(ResetReason::BadCursor));
    };
    feed.hint(state.head);
    if let Err(reason) = position.check(state, rights_version, events_max) {
        return Ok(Err(reason));
    }
    if events::hash_at(store, feed.stream, position.seq).await? != Some(position.hash) {
        return Ok(Err(ResetReason::Diverged));
    }
    Ok(Ok((position.seq, position.hash)))
}
