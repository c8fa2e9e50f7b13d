//! Answering the customer: the collision guard, the lock, the owner, then the message.

use chrono::{DateTime, Utc};
use protocol::{
    commands::SendReply,
    contacts::ConsentAbout,
    ids::ChannelId,
    views::{ChannelKind, InboxMode},
};
use uuid::Uuid;

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    lock::announce,
    status,
};
use crate::{
    domain::{
        channel,
        fact::Fact,
        lock::{self, Lock, Refusal},
        thread::{self, Thread},
        visibility::Audience,
    },
    store::{
        locks,
        messages::{self, NewReply},
        reach,
        threads::{self, Held},
    },
    telemetry::metrics::all::metrics,
};

pub(super) async fn send(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
) -> Result<Pending, CommandError> {
    let Held { mut thread, lock, now } = ctx.held_thread(wish, it.thread_id)?;
    claim_turn(ctx, wish, it, &thread).await?;
    check_lock(wish, it, lock, now)?;
    claim_thread(ctx, wish, &mut thread).await?;
    let way = find_way(ctx, it, &thread, now).await?;
    let reply = NewReply::next(&thread, way, it.text.as_str());
    let (message_id, reply_no, content) = (reply.message_id(), reply.reply_no(), reply.content());
    ctx.tx.stage_reply(reply);

    ctx.news.wake_deliveries = true;
    let key = Some(wish.key.as_str().to_owned());
    let fact = Fact::MessageSent {
        message_id,
        channel_id: way.0,
        reply_no: Some(reply_no),
        key,
        attachments: vec![],
    };
    let event = ctx.stage(&thread, fact, Some(content));
    status::move_on(ctx, &thread, thread::after_reply(thread.status)).await?;

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
async fn claim_turn(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
    thread: &Thread,
) -> Result<(), CommandError> {
    let seen = match &it.after {
        None => it.seen_reply,
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

/// Finds the channel and the address that the reply goes to, if anything may be sent there.
async fn find_way(
    ctx: &mut Ctx<'_>,
    it: &SendReply,
    thread: &Thread,
    now: DateTime<Utc>,
) -> Result<(ChannelId, Uuid), CommandError> {
    let channel_id = it.channel_id.unwrap_or(thread.channel_id);
    // Nearly always what came with the thread's row says everything.
    if channel_id == thread.channel_id && channel::window(thread.channel_kind).is_none() {
        check_length(it, thread.channel_kind)?;
        return if thread.refused {
            Err(CommandError::OptedOut)
        } else {
            Ok((channel_id, thread.address_id))
        };
    }
    let way = reach::over(ctx.tx, thread.id, channel_id).await?.ok_or(CommandError::Unreachable)?;
    check_length(it, way.kind)?;
    if way.refused.iter().any(|about| *about != ConsentAbout::Marketing) {
        return Err(CommandError::OptedOut);
    }
    match way.window_until {
        Some(until) if until <= now => Err(CommandError::WindowClosed(until)),
        _ => Ok((channel_id, way.address_id)),
    }
}

fn check_length(it: &SendReply, kind: ChannelKind) -> Result<(), CommandError> {
    let max = channel::text_max(kind);
    if it.text.as_str().encode_utf16().count() > max {
        return Err(CommandError::TooLong { max });
    }
    Ok(())
}

/// Exclusive mode: only the owner replies, and a reply to an unassigned thread claims it.
async fn claim_thread(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &mut Thread,
) -> Result<(), CommandError> {
    let me = wish.visibility.agent_id;
    match (thread.mode, thread.assignee_id) {
        (InboxMode::Team, _) => Ok(()),
        (InboxMode::Exclusive, Some(owner)) if owner == me => Ok(()),
        (InboxMode::Exclusive, Some(owner)) => Err(CommandError::NotOwner(owner)),
        (InboxMode::Exclusive, None) => {
            if !threads::set_assignee(ctx.tx, thread.id, None, Some(me)).await? {
                return Err(CommandError::OwnerChanged(thread.assignee_id));
            }
            let fact = Fact::ThreadAssigned { from: None, to: Some(me) };
            ctx.stage_for(thread, Audience { before: None, after: Some(me) }, fact, None);
            thread.assignee_id = Some(me);
            Ok(())
        }
    }
}
