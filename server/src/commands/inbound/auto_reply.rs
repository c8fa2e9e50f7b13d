//! The answer that an inbox gives by itself, once an episode. It takes no turn: the customer still waits
//! for a person.

use protocol::{
    contacts::ConsentAbout,
    views::{DeliveryState, Direction, MessageForm},
};

use crate::{
    commands::{context::Ctx, error::CommandError},
    domain::{actor::Actor, fact::Fact, thread::Thread},
    store::{
        content, deliveries, inboxes,
        messages::{self, NewMessage},
        reach,
    },
};

/// Sends it over the channel that the customer has just used, if there is one and it may go there.
pub(super) async fn send(ctx: &mut Ctx<'_>, thread: &Thread) -> Result<(), CommandError> {
    let Some(text) = inboxes::auto_reply(ctx.tx, thread.inbox_id).await? else { return Ok(()) };
    let Some(way) = reach::over(ctx.tx, thread.id, thread.channel_id).await? else {
        return Ok(());
    };
    let refused = way.refused.iter().any(|about| *about != ConsentAbout::Marketing);
    let closed = way.window_until.is_some_and(|until| until <= ctx.tx.now());
    if refused || closed {
        return Ok(());
    }
    let content = content::put(ctx.tx, thread.contact_id, &text).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: thread.channel_id,
        address: way.address_id,
        direction: Direction::Out,
        content,
        form: MessageForm::Text,
        answers: None,
        written_at: None,
        reply_no: None,
        provider_id: None,
    };
    let Some((message_id, _early)) = messages::create(ctx.tx, message).await? else {
        return Ok(());
    };
    // Before every reply that comes after it, and at the place of the one before.
    let place = (message_id, thread.channel_id, thread.reply_no);
    deliveries::create(ctx.tx, thread, place, DeliveryState::Queued).await?;
    ctx.news.wake_deliveries = true;
    let (channel_id, attachments) = (thread.channel_id, Vec::new());
    let fact = Fact::MessageSent {
        message_id,
        channel_id,
        reply_no: None,
        key: None,
        attachments,
        terms: None,
    };
    let customer = std::mem::replace(&mut ctx.actor, Actor::System);
    ctx.stage(thread, fact, Some(content));
    ctx.actor = customer;
    Ok(())
}
