//! Channels, as administrators add them, pause them and let them go on.

use protocol::{
    ids::{AccountId, ChannelId, InboxId},
    pauses::PauseReason,
    permissions::Permission,
    views::ChannelKind,
};

use super::{
    admin::SETTINGS,
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::{
        accounts,
        channels::{self, NewChannel},
        inboxes,
        transaction::NewEvent,
    },
};

/// A channel for an inbox.
pub struct AddChannel {
    /// The inbox.
    pub inbox_id: InboxId,
    /// The account; none for a provider that needs none.
    pub account_id: Option<AccountId>,
    /// Its provider.
    pub provider: String,
    /// Its kind.
    pub kind: ChannelKind,
    /// The business's address.
    pub address: String,
    /// What the provider calls it.
    pub external_id: Option<String>,
}

impl OwnCommand for AddChannel {
    type Done = ChannelId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<ChannelId>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let inbox_id = self.inbox_id;
        if !inboxes::exists(ctx.tx, inbox_id).await? {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        if self.kind == ChannelKind::Whatsapp && inboxes::has_health_data(ctx.tx, inbox_id).await? {
            let message = "this inbox is for health data, which may not go over WhatsApp";
            return Err(CommandError::Conflict { field: Some("kind"), message });
        }
        if let Some(id) = self.account_id
            && accounts::lock(ctx.tx, id).await?.is_none_or(|it| it.provider != self.provider)
        {
            return Err(CommandError::NotFound { what: "account" });
        }
        let channel = NewChannel {
            inbox: inbox_id,
            kind: self.kind,
            provider: &self.provider,
            address: &self.address,
            external_id: self.external_id.as_deref(),
            account: self.account_id,
        };
        let Some(channel_id) = channels::create(ctx.tx, channel).await? else {
            let message = "there is a channel with this address, or this id, already";
            return Err(CommandError::Conflict { field: Some("address"), message });
        };
        ctx.tx.stage(of_org(ctx.actor, Fact::ChannelCreated { channel_id, inbox_id }));
        // Those who look at the inbox are told by its own stream.
        let (stream, actor, fact) = (inbox_id.into(), ctx.actor, Fact::ChannelAdded { channel_id });
        ctx.tx.stage(NewEvent { stream, actor, thread: None, fact, content: None });
        Ok(Some(channel_id))
    }
}

impl Road {
    /// Adds a channel.
    pub async fn add_channel(
        &self,
        who: &Visibility,
        it: AddChannel,
    ) -> Result<ChannelId, CommandError> {
        let made = self.run_own(who.needs(Permission::ManageChannels)?, it).await?;
        Ok(made.expect("it always makes one"))
    }

    /// Pauses a channel by hand; `false` if it is paused already.
    pub async fn pause_by_hand(
        &self,
        who: &Visibility,
        id: ChannelId,
    ) -> Result<bool, CommandError> {
        self.pause_channel(who.needs(Permission::PauseChannels)?, id, PauseReason::ByHand, None)
            .await
    }

    /// Lets a channel send again; `false` if it does.
    pub async fn resume_by_hand(
        &self,
        who: &Visibility,
        id: ChannelId,
    ) -> Result<bool, CommandError> {
        self.resume_channel(who.needs(Permission::PauseChannels)?, id).await
    }
}
