//! Taking over which templates a provider has.

use protocol::ids::ChannelId;

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::actor::Actor,
    store::templates::{self, Listed},
};

struct Keep {
    channel_id: ChannelId,
    listed: Vec<Listed>,
}

impl OwnCommand for Keep {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        templates::replace(ctx.tx, self.channel_id, &self.listed).await?;
        Ok(Some(()))
    }
}

impl Road {
    /// Takes over what a provider lists for a channel.
    pub async fn keep_templates(
        &self,
        channel_id: ChannelId,
        listed: Vec<Listed>,
    ) -> Result<(), CommandError> {
        self.run_own(Actor::System, Keep { channel_id, listed }).await?;
        Ok(())
    }
}
