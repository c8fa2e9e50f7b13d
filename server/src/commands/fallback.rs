//! A message that its customer's phone surely never got goes another way: by SMS, where the inbox has it.
//!
//! The rules are those that cannot bring it twice ("Send messages", RCS for Business): at once where the
//! provider refuses the phone, when its time is over and it was taken back, or, where there is no word
//! at all, when we have taken it back ourselves. That it has arrived wins over everything.

use chrono::TimeDelta;
use protocol::{
    ids::MessageId,
    views::{ChannelKind, DeliveryState},
};

use super::{
    context::Ctx,
    error::CommandError,
    report::{Report, stage},
};
use crate::{
    domain::{
        media,
        timer::{Timer, TimerKind},
    },
    store::{
        deliveries::{self, Delivery},
        reach, timers, uploads,
    },
    telemetry::metrics::all::metrics,
};

/// Sends a message another way; `false` where there is none.
pub(super) async fn reroute(
    ctx: &mut Ctx<'_>,
    found: &Delivery,
    it: &Report,
) -> Result<bool, CommandError> {
    let Some(channel) = reach::instead(ctx.tx, found.message_id).await? else { return Ok(false) };
    // An SMS takes less than RCS does; what does not fit stays where it failed.
    let files = uploads::pieces_of(ctx.tx, found.message_id).await?;
    if !files.is_empty() && media::check(ChannelKind::Sms, &files, true).is_err() {
        return Ok(false);
    }
    deliveries::reroute(ctx.tx, found.message_id, channel, it.error.as_deref()).await?;
    stage(ctx, found, (DeliveryState::Queued, it.error.clone()), Some(channel));
    ctx.news.wake_deliveries = true;
    metrics().deliveries_rerouted.inc();
    Ok(true)
}

/// Sets the time in which there has to be word of a message.
pub(super) async fn expect_word(
    ctx: &mut Ctx<'_>,
    message: MessageId,
    within: TimeDelta,
) -> Result<(), CommandError> {
    let due = ctx.tx.now() + within;
    timers::set(ctx.tx, TimerKind::RecallMessage, message.uuid(), due).await?;
    ctx.news.wake_timers = true;
    Ok(())
}

/// Has a message called back of which there was no word in its time. The worker does that, and decides.
pub(super) async fn recall(ctx: &mut Ctx<'_>, timer: &Timer) -> Result<Option<()>, CommandError> {
    let message = timer.subject.into();
    let found = ctx.delivery(message);
    if !timers::take(ctx.tx, timer).await? {
        return Ok(None);
    }
    let waits = |it: &Delivery| it.state == DeliveryState::Sent && it.error.is_none();
    if found.as_ref().is_some_and(waits) {
        deliveries::recall(ctx.tx, message).await?;
        ctx.news.wake_deliveries = true;
    }
    Ok(Some(()))
}
