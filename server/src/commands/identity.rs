//! Who somebody is at a provider of OpenID Connect: noted once, on record.

use protocol::ids::AgentId;

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{actor::Actor, fact::Fact},
    store::identities,
};

struct Link {
    issuer: String,
    subject: String,
    agent_id: AgentId,
}

impl OwnCommand for Link {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let agent_id = self.agent_id;
        if !identities::link(ctx.tx, &self.issuer, &self.subject, agent_id).await? {
            return Ok(None);
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::IdentityLinked { agent_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Notes that an agent is this person at a provider.
    pub async fn link_identity(
        &self,
        agent_id: AgentId,
        issuer: String,
        subject: String,
    ) -> Result<(), CommandError> {
        let link = Link { issuer, subject, agent_id };
        self.run_own(Actor::Agent(agent_id), link).await.map(drop)
    }
}
