//! What a server begins with: an inbox, its people, its channels.

use protocol::{
    ids::InboxId,
    views::{ChannelKind, InboxMode, Role},
};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    member,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{actor::Actor, fact::Fact},
    store::{
        agents::{self, NewAgent},
        channels::{self, NewChannel},
        idempotency, inboxes, notifications,
    },
};

/// The name of the first inbox.
const FIRST_INBOX: &str = "Front desk";

/// Nodes that start together set up one after the other.
pub(super) const SETUP: &str = "setup";

/// A person of the demo, with the hash of a password that is shown once.
pub struct DemoAgent {
    /// In lower case.
    pub email: String,
    /// The name that colleagues see.
    pub name: String,
    /// The role.
    pub role: Role,
    /// As argon2 writes it.
    pub password_hash: String,
}

/// A channel that the settings ask for.
pub struct WantedChannel {
    /// Its kind.
    pub kind: ChannelKind,
    /// Which provider carries it.
    pub provider: &'static str,
    /// The business's address.
    pub address: String,
    /// What the provider calls it in webhooks, where that is not the address.
    pub external_id: Option<String>,
}

/// The demo's people and inbox.
struct Demo(Vec<DemoAgent>);

impl OwnCommand for Demo {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETUP).await?;
        if agents::any(ctx.tx).await? {
            return Ok(None);
        }
        let inbox_id = first_inbox(ctx).await?;
        for person in &self.0 {
            let agent = NewAgent {
                email: &person.email,
                name: &person.name,
                role: person.role,
                password_hash: &person.password_hash,
            };
            let agent_id = agents::create(ctx.tx, agent).await?;
            ctx.tx.stage(of_org(ctx.actor, Fact::AgentCreated { agent_id }));
            member::add(ctx, inbox_id, agent_id).await?;
        }
        Ok(Some(()))
    }
}

impl OwnCommand for WantedChannel {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETUP).await?;
        let inbox_id = first_inbox(ctx).await?;
        if self.kind == ChannelKind::Whatsapp && inboxes::has_health_data(ctx.tx, inbox_id).await? {
            tracing::warn!("the inbox of the settings is for health data: it has no WhatsApp");
            return Ok(None);
        }
        let channel = NewChannel {
            inbox: inbox_id,
            kind: self.kind,
            provider: self.provider,
            address: &self.address,
            external_id: self.external_id.as_deref(),
            account: None,
        };
        let made = channels::create(ctx.tx, channel).await?;
        if let Some(channel_id) = made {
            ctx.tx.stage(of_org(ctx.actor, Fact::ChannelCreated { channel_id, inbox_id }));
        }
        Ok(Some(()))
    }
}

/// Old keys, and notifications that nobody looks for any more.
struct OldKeys;

impl OwnCommand for OldKeys {
    type Done = u64;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<u64>, CommandError> {
        notifications::forget_old(ctx.tx).await?;
        Ok(Some(idempotency::forget_old(ctx.tx).await?))
    }
}

impl Road {
    /// Forgets idempotency keys that are older than 24 hours, and notifications that are older than 90 days;
    /// returns how many keys went.
    pub async fn forget_old_keys(&self) -> Result<u64, CommandError> {
        Ok(self.run_own(Actor::System, OldKeys).await?.unwrap_or_default())
    }

    /// Makes the demo's people and inbox, unless there is anybody already; says whether it did.
    pub async fn set_up_demo(&self, people: Vec<DemoAgent>) -> Result<bool, CommandError> {
        Ok(self.run_own(Actor::System, Demo(people)).await?.is_some())
    }

    /// Makes a channel in the first inbox, unless it is there already.
    pub async fn set_up_channel(&self, wanted: WantedChannel) -> Result<(), CommandError> {
        self.run_own(Actor::System, wanted).await?;
        Ok(())
    }
}

async fn first_inbox(ctx: &mut Ctx<'_>) -> Result<InboxId, CommandError> {
    if let Some(inbox) = inboxes::first(ctx.tx).await? {
        return Ok(inbox);
    }
    let inbox_id = inboxes::create(ctx.tx, FIRST_INBOX, InboxMode::Team).await?;
    ctx.tx.stage(of_org(ctx.actor, Fact::InboxCreated { inbox_id }));
    Ok(inbox_id)
}
