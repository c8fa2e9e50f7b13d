//! Answering the customer: the collision guard, the lock, the owner, then the message.

use chrono::{DateTime, Utc};
use protocol::{
    commands::SendReply, ids::AgentId, owners::Assignment, text::Key, views::InboxMode,
};

use super::{
    assign,
    context::{Ctx, Pending, Wish},
    error::CommandError,
    lock::announce,
    review, status, upload,
    way::{self, Way},
};
use crate::{
    domain::{
        fact::{Fact, SentDraft, SentUnder},
        lock::{self, Lock, Refusal},
        statuses,
        thread::Thread,
    },
    store::{
        canned_use::Use,
        locks,
        messages::{self, NewReply},
        templates,
        threads::Held,
    },
    telemetry::metrics::all::metrics,
};

pub(super) async fn send(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
) -> Result<Pending, CommandError> {
    send_from(ctx, wish, it, None).await
}

/// What a reply that was a draft comes from.
pub(super) struct FromDraft {
    /// What is on record of it.
    pub(super) sent: SentDraft,
    /// Who has written it: their files may go with it.
    pub(super) authors: Vec<AgentId>,
}

/// Sends a reply that may have been a draft.
pub(super) async fn send_from(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
    from: Option<FromDraft>,
) -> Result<Pending, CommandError> {
    if it.text.as_str().is_empty() && it.attachments.is_empty() {
        let (field, message) = ("command.text", "must not be empty where no files go with it");
        return Err(CommandError::Invalid { field, message });
    }
    let Held { mut thread, lock, now, .. } = ctx.held_thread(wish, it.thread_id)?;
    claim_turn(ctx, wish, it.seen_reply, it.after.as_ref(), &thread).await?;
    check_lock(wish, it, lock, now)?;
    claim_thread(ctx, wish, &mut thread).await?;
    let Way { channel_id, address_id, terms } = {
        let mut authors = vec![wish.visibility.agent_id];
        authors.extend(from.iter().flat_map(|from| &from.authors));
        way::find(ctx, &authors, it, &thread, now).await?
    };
    if from.as_ref().is_none_or(|from| from.sent.approved_by.is_none()) {
        review::check(ctx, wish, &thread, (channel_id, it.text.as_str())).await?;
    }
    let reply = NewReply::next(&thread, (channel_id, address_id), it.text.as_str());
    let (message_id, reply_no, content) = (reply.message_id(), reply.reply_no(), reply.content());
    if let Some(terms) = &terms {
        templates::keep_terms(ctx.tx, message_id, thread.contact_id, terms).await?;
    }
    let attachments = upload::attach(ctx, it, message_id, thread.contact_id).await?;
    ctx.tx.stage_reply(reply);

    ctx.news.wake_deliveries = true;
    let key = Some(wish.key.as_str().to_owned());
    let mut terms = terms.map(|it| SentUnder {
        essential: it.essential,
        template: it.template.map(|template| template.name),
        draft: None,
        canned: None,
    });
    if let Some(from) = from {
        terms.get_or_insert_default().draft = Some(from.sent);
    }
    if let Some(canned) = it.canned {
        let (inbox, agent) = (thread.inbox_id, wish.visibility.agent_id);
        ctx.tx.stage_use(Use { canned, inbox, agent });
        terms.get_or_insert_default().canned = Some(canned);
    }
    let fact = Fact::MessageSent {
        message_id,
        channel_id,
        reply_no: Some(reply_no),
        key,
        attachments,
        terms,
    };
    let event = ctx.stage(&thread, fact, Some(content));
    status::move_on(ctx, &thread, statuses::after_reply(&thread.rules, thread.status)).await?;

    let agent = wish.visibility.agent_id;
    let holds = lock.is_some_and(|lock| lock.agent_id == agent && lock.is_live(now));
    if holds && locks::release(ctx.tx, thread.id, agent, None).await? {
        metrics().lock_outcomes.inc(["released"]);
        announce(ctx, &thread, None);
    }
    let arrived = match it.seen_seq {
        Some(seen_seq) => messages::arrived_after(ctx.tx, &thread, seen_seq).await?,
        None => Vec::new(),
    };
    Ok(Pending::Reply { message_id, event, reply_no, arrived })
}

/// One turn, one reply: `reply_no` still has to be what was on screen. The thread is locked, so of two
/// senders that saw the same, on whatever nodes, the second one finds it moved on.
pub(super) async fn claim_turn(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    seen_reply: u32,
    after: Option<&Key>,
    thread: &Thread,
) -> Result<(), CommandError> {
    let seen = match after {
        None => seen_reply,
        Some(after) => {
            let agent = wish.visibility.agent_id;
            // Without the send before it, this one would say half of what was meant.
            messages::own_reply_no(ctx.tx, thread, agent, after.as_str()).await?.ok_or(
                CommandError::Invalid {
                    field: "command.after",
                    message: "names no accepted reply of your own in this thread",
                },
            )?
        }
    };
    if seen == thread.reply_no {
        return Ok(());
    }
    let replies = messages::replies_after(ctx.tx, thread, seen).await?;
    Err(CommandError::Collision { reply_no: thread.reply_no, replies })
}

fn check_lock(
    wish: &Wish,
    it: &SendReply,
    lock: Option<Lock>,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    lock::may_send(lock.as_ref(), wish.visibility.agent_id, it.lock_token, now).map_err(|refusal| {
        let view = lock.and_then(|lock| lock.view(now));
        match (refusal, view) {
            (Refusal::Locked, Some(view)) => CommandError::Locked(view),
            (_, view) => CommandError::StaleLock(view),
        }
    })
}

/// Exclusive mode: only the owner replies, and a reply to an unassigned thread claims it.
async fn claim_thread(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &mut Thread,
) -> Result<(), CommandError> {
    let me = wish.visibility.agent_id;
    match (thread.mode, thread.owner.agent) {
        (InboxMode::Team, _) => Ok(()),
        (InboxMode::Exclusive, Some(owner)) if owner == me => Ok(()),
        (InboxMode::Exclusive, Some(owner)) => Err(CommandError::NotOwner(owner)),
        (InboxMode::Exclusive, None) => {
            let to = Assignment { agent: Some(me), ..thread.owner };
            assign::give(ctx, thread, to).await?;
            thread.owner = to;
            Ok(())
        }
    }
}
