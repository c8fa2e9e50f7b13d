//! What an agent was told of, as far as it may still see it.

use protocol::{
    limits::PAGE_ITEMS_MAX,
    notifications::{NotificationPage, StreamPlace},
};

use super::{error::QueryError, threads::place};
use crate::{
    domain::{masked, visibility::Visibility},
    store::{
        notifications::{self, Listed},
        pool::Store,
    },
};

/// How many are read at a time, seen or not.
const AT_A_TIME: i64 = 200;

/// Lists the agent's notifications, newest first, with the places that the streams go on from.
pub async fn list(
    store: &Store,
    visibility: &Visibility,
    before: Option<u64>,
    limit: u32,
) -> Result<NotificationPage, QueryError> {
    let limit = usize::try_from(limit.clamp(1, PAGE_ITEMS_MAX)).unwrap_or(usize::MAX);
    let mut snapshot = store.snapshot().await?;
    let mut streams = Vec::with_capacity(visibility.inboxes.len());
    for inbox in visibility.inboxes.keys() {
        let (seq, cursor) = place(&mut snapshot, visibility, *inbox).await?;
        streams.push(StreamPlace { stream: (*inbox).into(), seq, cursor });
    }
    let me = visibility.agent_id;
    let mut unread = 0_u32;
    for (inbox, owner, count) in notifications::unread(&mut snapshot, me).await? {
        if visibility.sees(inbox, owner) {
            unread = unread.saturating_add(count);
        }
    }
    let (mut found, mut from) = (Vec::<Listed>::new(), before);
    while found.len() <= limit {
        let some = notifications::list(&mut snapshot, me, from, AT_A_TIME).await?;
        let Some(last) = some.last() else { break };
        from = Some(last.n);
        found.extend(some.into_iter().filter(|it| visibility.sees(it.view.inbox_id, it.owner)));
    }
    let more = found.len() > limit;
    found.truncate(limit);
    notifications::fill_in_contacts(&mut snapshot, &mut found).await?;
    for it in &mut found {
        let masked = visibility.of(it.view.inbox_id).is_none_or(|sight| sight.is_masked());
        if let Some(contact) = it.view.contact.as_mut().filter(|_contact| masked) {
            masked::contact(contact);
        }
    }
    let next = found.last().map(|it| it.n).filter(|_n| more);
    let notifications = found.into_iter().map(|it| it.view).collect();
    Ok(NotificationPage { notifications, unread, next, streams })
}
