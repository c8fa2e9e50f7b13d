//! Lists and timelines, each with the place of the stream that it was read at: snapshot, then the
//! events after it, is exact.

use protocol::{
    frames::Cursor,
    http::{ThreadPage, ThreadSnapshot, Timeline},
    ids::{InboxId, StreamId, ThreadId},
    limits::PAGE_ITEMS_MAX,
};

use super::error::QueryError;
use crate::{
    domain::{
        cursor::Position,
        masked,
        visibility::{Sight, Visibility},
    },
    store::{
        episodes, events,
        pool::{Snapshot, Store},
        reach, threads, timeline,
        views::{self, Filter},
    },
};

/// Lists an inbox's threads.
pub async fn list(
    store: &Store,
    visibility: &Visibility,
    inbox: InboxId,
    filter: Filter,
    limit: u32,
) -> Result<ThreadPage, QueryError> {
    let sight = visibility.of(inbox).ok_or(QueryError::NotFound { what: "inbox" })?;
    let limit = limit.clamp(1, PAGE_ITEMS_MAX);
    let mut snapshot = store.snapshot().await?;
    let (seq, cursor) = place(&mut snapshot, visibility, inbox).await?;
    let found = views::list(&mut snapshot, inbox, &sight, filter, limit).await?;
    let full = u32::try_from(found.len()).is_ok_and(|count| count == limit);
    let last = found.last().and_then(|thread| thread.preview.as_ref()).map(|it| it.seq);
    let next = last.filter(|_seq| full);
    Ok(ThreadPage { stream: inbox.into(), seq, cursor, threads: found, next })
}

/// Returns one thread with the newest part of its timeline.
pub async fn one(
    store: &Store,
    visibility: &Visibility,
    thread: ThreadId,
    limit: u32,
) -> Result<ThreadSnapshot, QueryError> {
    let (inbox, sight) = seen(store, visibility, thread).await?;
    let mut snapshot = store.snapshot().await?;
    let (seq, cursor) = place(&mut snapshot, visibility, inbox).await?;
    let view = views::one(&mut snapshot, thread, &sight).await?;
    let view = view.ok_or(QueryError::NotFound { what: "thread" })?;
    let mut reach = reach::views(&mut snapshot, thread).await?;
    if sight.is_masked() {
        reach.iter_mut().for_each(masked::reach);
    }
    let episodes = episodes::of(&mut snapshot, thread).await?;
    let limit = limit.clamp(1, PAGE_ITEMS_MAX);
    let (events, next) = timeline::page(&mut snapshot, inbox, thread, None, limit).await?;
    let timeline = Timeline { thread_id: thread, events, next };
    let stream = inbox.into();
    Ok(ThreadSnapshot { stream, seq, cursor, thread: view, reach, episodes, timeline })
}

/// Returns a page of a thread's timeline.
pub async fn page(
    store: &Store,
    visibility: &Visibility,
    thread: ThreadId,
    before: Option<u64>,
    limit: u32,
) -> Result<Timeline, QueryError> {
    let (inbox, sight) = seen(store, visibility, thread).await?;
    let mut snapshot = store.snapshot().await?;
    let view = views::one(&mut snapshot, thread, &sight).await?;
    view.ok_or(QueryError::NotFound { what: "thread" })?;
    let limit = limit.clamp(1, PAGE_ITEMS_MAX);
    let (events, next) = timeline::page(&mut snapshot, inbox, thread, before, limit).await?;
    Ok(Timeline { thread_id: thread, events, next })
}

/// Finds a thread's inbox, and what of it the asker sees.
pub(super) async fn seen(
    store: &Store,
    visibility: &Visibility,
    thread: ThreadId,
) -> Result<(InboxId, Sight), QueryError> {
    let found = threads::place(store, thread).await?;
    let (place, sight) = found
        .and_then(|place| Some((place, visibility.of(place.inbox_id)?)))
        .ok_or(QueryError::NotFound { what: "thread" })?;
    match place.merged_into {
        Some(into) if sight.sees(place.owner) => Err(QueryError::Merged { into }),
        _ => Ok((place.inbox_id, sight)),
    }
}

/// Returns where an inbox's stream is, and the cursor to go on from there.
pub(super) async fn place(
    snapshot: &mut Snapshot,
    visibility: &Visibility,
    inbox: InboxId,
) -> Result<(u64, Cursor), QueryError> {
    let found = events::state_in(snapshot, StreamId::from(inbox)).await?;
    let (state, hash) = found.ok_or(QueryError::NotFound { what: "inbox" })?;
    let rights_version = visibility.rights_version;
    let position = Position { epoch: state.epoch, seq: state.head, hash, rights_version };
    Ok((state.head, position.encode()))
}
