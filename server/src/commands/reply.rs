//! Answering the customer: the collision guard, the lock, the owner, then the message.

use protocol::{
    commands::SendReply,
    views::{Direction, InboxMode},
};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    status,
};
use crate::{
    bus::hint::Hint,
    domain::{
        fact::Fact,
        lock::{self, Refusal},
        thread::{self, Thread},
        visibility::Audience,
    },
    store::{
        content, deliveries, locks,
        messages::{self, NewMessage},
        threads,
    },
};

pub(super) async fn send(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
) -> Result<Pending, CommandError> {
    let mut thread = ctx.thread(wish, it.thread_id).await?;
    let reply_no = claim_turn(ctx, wish, it, &thread).await?;
    check_lock(ctx, wish, it).await?;
    claim_thread(ctx, wish, &mut thread).await?;

    let content = content::put(ctx.tx, thread.contact_id, it.text.as_str()).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: thread.channel_id,
        address: thread.address_id,
        direction: Direction::Out,
        content,
        reply_no: Some(reply_no),
        provider_id: None,
    };
    let message_id = messages::create(ctx.tx, message)
        .await?
        .expect("a message without a provider id meets no other");
    deliveries::enqueue(ctx.tx, message_id, &thread, reply_no).await?;
    ctx.news.wake_deliveries = true;
    let key = wish.key.as_str().to_owned();
    let fact = Fact::MessageSent { message_id, channel_id: thread.channel_id, reply_no, key };
    let event = ctx.stage(&thread, fact, Some(content));
    status::move_on(ctx, &thread, thread::after_reply(thread.status)).await?;

    if locks::release(ctx.tx, thread.id, wish.visibility.agent_id, None).await? {
        ctx.news.hints.push(Hint::Lock {
            inbox: thread.inbox_id,
            thread: thread.id,
            assignee: thread.assignee_id,
            lock: None,
        });
    }
    let arrived = match it.seen_seq {
        Some(seen_seq) => messages::arrived_after(ctx.tx, &thread, seen_seq).await?,
        None => Vec::new(),
    };
    Ok(Pending::Reply { message_id, event, reply_no, arrived })
}

/// One turn, one reply: whoever moves `reply_no` on from what was on screen is the one.
async fn claim_turn(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendReply,
    thread: &Thread,
) -> Result<u32, CommandError> {
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
    if let Some(reply_no) = threads::claim_turn(ctx.tx, thread.id, seen).await? {
        return Ok(reply_no);
    }
    let replies = messages::replies_after(ctx.tx, thread, seen).await?;
    Err(CommandError::Collision { reply_no: thread.reply_no, replies })
}

async fn check_lock(ctx: &mut Ctx<'_>, wish: &Wish, it: &SendReply) -> Result<(), CommandError> {
    let found = locks::find(ctx.tx, it.thread_id).await?;
    let now = found.map_or_else(|| ctx.tx.now(), |(_lock, now)| now);
    let lock = found.map(|(lock, _now)| lock);
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
