//! What customers want to get from us. Only they decide; no agent lifts it.

use protocol::contacts::ConsentAbout;
use uuid::Uuid;

use crate::{
    commands::{context::Ctx, error::CommandError},
    domain::{actor::Actor, fact::Fact, inbound::Consent, thread::Thread},
    store::{
        channels::{self, Channel},
        consents, contacts, threads,
    },
};

/// Records what a provider says that a customer wants.
pub(super) async fn changed(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Consent,
) -> Result<bool, CommandError> {
    if let Some(id) = &it.provider_id
        && !channels::first_time(ctx.tx, channel.id, id).await?
    {
        return Ok(false);
    }
    let reached = contacts::find_or_create(ctx.tx, &it.who).await?;
    ctx.actor = Actor::Contact(reached.contact_id);
    let thread = threads::lock_of(ctx.tx, channel.inbox_id, reached.contact_id).await?;
    let Some(thread) = thread else {
        // Who never wrote may refuse all the same; there is nobody to tell yet.
        consents::set(ctx.tx, channel.id, reached.address_id, it.about, it.wanted).await?;
        return Ok(true);
    };
    let news = set(ctx, channel, &thread, reached.address_id, (it.about, it.wanted)).await?;
    // Its id is kept even where it said what was known.
    Ok(news || it.provider_id.is_some())
}

/// Records it, and tells it where it is news.
pub(super) async fn set(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    thread: &Thread,
    address: Uuid,
    (about, wanted): (ConsentAbout, bool),
) -> Result<bool, CommandError> {
    let news = consents::set(ctx.tx, channel.id, address, about, wanted).await?;
    if news {
        let fact = Fact::ConsentChanged { channel_id: channel.id, about, wanted };
        ctx.stage(thread, fact, None);
    }
    Ok(news)
}
