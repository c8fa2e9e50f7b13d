//! Signing in and out, on record in the organisation's stream.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::ids::{AgentId, SessionId, StreamId};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, fact::Fact},
    store::{sessions, transaction::NewEvent},
};

/// How long a session lasts.
const LIFETIME: TimeDelta = TimeDelta::days(14);

struct SignIn {
    agent_id: AgentId,
    token_hash: [u8; 32],
}

impl OwnCommand for SignIn {
    type Done = DateTime<Utc>;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<DateTime<Utc>>, CommandError> {
        let agent_id = self.agent_id;
        let (session_id, expires_at) =
            sessions::create(ctx.tx, agent_id, &self.token_hash, LIFETIME).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionCreated { session_id, agent_id }));
        Ok(Some(expires_at))
    }
}

struct SignOut {
    agent_id: AgentId,
    session_id: SessionId,
}

impl OwnCommand for SignOut {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self { agent_id, session_id } = *self;
        if !sessions::revoke(ctx.tx, session_id).await? {
            return Ok(None);
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionRevoked { session_id, agent_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Begins a session of an agent whose password was checked.
    pub async fn sign_in(
        &self,
        agent_id: AgentId,
        token_hash: [u8; 32],
    ) -> Result<DateTime<Utc>, CommandError> {
        let made = self.run_own(Actor::Agent(agent_id), SignIn { agent_id, token_hash }).await?;
        Ok(made.expect("a session is always made"))
    }

    /// Ends a session; its live connections are closed by every node.
    pub async fn sign_out(
        &self,
        agent_id: AgentId,
        session_id: SessionId,
    ) -> Result<(), CommandError> {
        self.run_own(Actor::Agent(agent_id), SignOut { agent_id, session_id }).await?;
        Ok(())
    }
}

/// Ends all sessions of an agent.
pub(super) async fn end_all(ctx: &mut Ctx<'_>, agent_id: AgentId) -> Result<(), CommandError> {
    for session_id in sessions::revoke_all(ctx.tx, agent_id).await? {
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionRevoked { session_id, agent_id }));
    }
    Ok(())
}

/// Makes an event of the organisation.
pub(super) fn of_org(actor: Actor, fact: Fact) -> NewEvent {
    NewEvent { stream: StreamId::ORG, actor, thread: None, fact, content: None }
}
