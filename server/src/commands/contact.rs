//! Customers: what they are called, and who is the same one. A merge makes a contact a part of
//! another one, and in each inbox where both have a thread, the one thread a part of the other.

use protocol::{
    contacts::{MergeContact, RenameContact, UnmergeContact},
    ids::{ContactId, ThreadId},
    views::Status,
};

use super::{
    context::{Ctx, Pending, Wish, may_use},
    error::CommandError,
    lock::announce,
    status::{self, To},
};
use crate::{
    domain::{fact::Fact, thread::Thread, timer::TimerKind, visibility::Audience},
    store::{
        contacts, content, locks,
        merging::{self, Customers},
        timers,
        transaction::Staged,
    },
};

const THREAD: &str = "command.thread_id";

pub(super) async fn rename(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &RenameContact,
) -> Result<Pending, CommandError> {
    let customers = merging::hold(ctx.tx, &[it.thread_id]).await?;
    let thread = &may_use(wish, customers.thread(it.thread_id), THREAD)?.thread;
    let root = root_of(&customers, thread)?;
    let name = it.name.as_ref().map(|name| name.as_str().trim());
    if contacts::written_name(ctx.tx, root).await?.as_deref() == name {
        return Ok(Pending::Done(None));
    }
    let content = match name {
        Some(name) => Some(content::put(ctx.tx, root, name).await?),
        None => None,
    };
    contacts::set_name(ctx.tx, root, content).await?;
    Ok(tell(ctx, &customers, &[root], it.thread_id, &Fact::ContactChanged { contact_id: root }))
}

pub(super) async fn merge(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &MergeContact,
) -> Result<Pending, CommandError> {
    let invalid = |message| Err(CommandError::Invalid { field: "command.into", message });
    if it.thread_id == it.into {
        return invalid("must be another thread");
    }
    let customers = merging::hold(ctx.tx, &[it.thread_id, it.into]).await?;
    let from = &may_use(wish, customers.thread(it.thread_id), THREAD)?.thread;
    let into = &may_use(wish, customers.thread(it.into), "command.into")?.thread;
    if from.inbox_id != into.inbox_id {
        return invalid("must be a thread of the same inbox");
    }
    let (from, into) = (root_of(&customers, from)?, root_of(&customers, into)?);
    merging::merge_contacts(ctx.tx, from, into).await?;
    for inbox in customers.inboxes() {
        let part = customers.whole_in(from, inbox);
        if let (Some(part), Some(whole)) = (part, customers.whole_in(into, inbox)) {
            let parts = customers.threads_in(from, inbox);
            join(ctx, &parts, part, whole).await?;
        }
    }
    Ok(tell(ctx, &customers, &[into, from], it.into, &Fact::ContactMerged { contact_id: from }))
}

/// Makes a thread, with the parts that it has, a part of another one.
async fn join(
    ctx: &mut Ctx<'_>,
    parts: &[&Thread],
    part: &Thread,
    whole: &Thread,
) -> Result<(), CommandError> {
    become_parts(ctx, parts, part, whole).await?;
    merging::absorb(ctx.tx, whole.id, part.id).await?;
    if locks::end(ctx.tx, part.id).await? {
        announce(ctx, part, None);
    }
    if part.until.is_some() {
        timers::cancel(ctx.tx, TimerKind::ReopenThread, part.id.uuid()).await?;
    }
    if whole.status == Status::Closed && part.status != Status::Closed {
        // What was not done there is not done here.
        status::change(ctx, whole, To::now(Status::Open)).await?;
    }
    Ok(())
}

/// Makes threads that were told of as `until_now` parts of another one.
async fn become_parts(
    ctx: &mut Ctx<'_>,
    parts: &[&Thread],
    until_now: &Thread,
    whole: &Thread,
) -> Result<(), CommandError> {
    let ids: Vec<ThreadId> = parts.iter().map(|thread| thread.id).collect();
    merging::set_merged(ctx.tx, &ids, Some(whole.id)).await?;
    let audience = Audience { before: until_now.owner, after: whole.owner };
    for thread in parts {
        ctx.stage_for(thread, audience, Fact::ThreadMerged { into: whole.id }, None);
    }
    Ok(())
}

pub(super) async fn unmerge(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &UnmergeContact,
) -> Result<Pending, CommandError> {
    let customers = merging::hold(ctx.tx, &[it.thread_id]).await?;
    let thread = &may_use(wish, customers.thread(it.thread_id), THREAD)?.thread;
    let (root, leaves) = (root_of(&customers, thread)?, it.contact_id);
    if leaves == root || customers.root(leaves) != Some(root) {
        return Err(CommandError::Invalid {
            field: "command.contact_id",
            message: "must be one of the customer's `merged` contacts",
        });
    }
    merging::unmerge_contact(ctx.tx, leaves).await?;
    let mut whole = Vec::new();
    for inbox in customers.inboxes() {
        let threads = customers.threads_in(root, inbox);
        let (own, others): (Vec<_>, Vec<_>) =
            threads.into_iter().partition(|thread| thread.contact_id == leaves);
        whole.extend(own.iter().map(|thread| (*thread).clone()));
        whole.extend(part(ctx, root, &own, &others).await?);
    }
    let ids: Vec<ThreadId> = whole.iter().map(|thread| thread.id).collect();
    merging::mend(ctx.tx, &ids).await?;
    let fact = Fact::ContactUnmerged { contact_id: leaves };
    let mut told = None;
    for thread in whole {
        let event = ctx.stage(&thread, fact.clone(), None);
        told = if thread.id == it.thread_id { Some(event) } else { told.or(Some(event)) };
    }
    Ok(Pending::Done(told))
}

/// Parts the thread of a contact that leaves from the others that its customer has in the inbox;
/// returns the one of those that stands for itself.
async fn part(
    ctx: &mut Ctx<'_>,
    root: ContactId,
    own: &[&Thread],
    others: &[&Thread],
) -> Result<Option<Thread>, CommandError> {
    let whole = others.iter().find(|thread| thread.merged_into.is_none());
    let Some(own) = own.first() else { return Ok(whole.map(|thread| (*thread).clone())) };
    if let Some(whole) = whole {
        stand_alone(ctx, own).await?;
        return Ok(Some((*whole).clone()));
    }
    // The others were parts of it: one of them takes its place, and keeps its own owner.
    let heir = others.iter().find(|thread| thread.contact_id == root).or(others.first());
    let Some(heir) = heir else { return Ok(None) };
    stand_alone(ctx, heir).await?;
    let rest: Vec<_> = others.iter().filter(|thread| thread.id != heir.id).copied().collect();
    become_parts(ctx, &rest, own, heir).await?;
    Ok(Some((*heir).clone()))
}

async fn stand_alone(ctx: &mut Ctx<'_>, thread: &Thread) -> Result<(), CommandError> {
    merging::set_merged(ctx.tx, &[thread.id], None).await?;
    if let Some(until) = thread.until {
        timers::set(ctx.tx, TimerKind::ReopenThread, thread.id.uuid(), until).await?;
        ctx.news.wake_timers = true;
    }
    Ok(())
}

/// Tells a fact of customers in every inbox: of the thread of the first of them that has one there.
fn tell(
    ctx: &mut Ctx<'_>,
    customers: &Customers,
    roots: &[ContactId],
    wished: ThreadId,
    fact: &Fact,
) -> Pending {
    let mut told: Option<Staged> = None;
    for inbox in customers.inboxes() {
        let thread = roots.iter().find_map(|root| customers.whole_in(*root, inbox));
        let Some(thread) = thread else { continue };
        let event = ctx.stage(thread, fact.clone(), None);
        told = if thread.id == wished { Some(event) } else { told };
    }
    Pending::Done(told)
}

fn root_of(customers: &Customers, thread: &Thread) -> Result<ContactId, CommandError> {
    let root = customers.root(thread.contact_id);
    root.ok_or(CommandError::NoThread { field: THREAD })
}
