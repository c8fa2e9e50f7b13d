//! Signing in and out, on record in the organisation's stream.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::ids::{AgentId, SessionId, StreamId};

use super::{error::CommandError, road::Road};
use crate::{
    domain::{actor::Actor, fact::Fact},
    store::{sessions, transaction::NewEvent},
};

/// How long a session lasts.
const LIFETIME: TimeDelta = TimeDelta::days(14);

impl Road {
    /// Begins a session of an agent whose password was checked.
    pub async fn sign_in(
        &self,
        agent_id: AgentId,
        token_hash: &[u8; 32],
    ) -> Result<DateTime<Utc>, CommandError> {
        let actor = Actor::Agent(agent_id);
        let made = self
            .run_own(actor, async |ctx| {
                let (session_id, expires_at) =
                    sessions::create(ctx.tx, agent_id, token_hash, LIFETIME).await?;
                let fact = Fact::SessionCreated { session_id, agent_id };
                ctx.tx.stage(of_org(actor, fact));
                Ok(Some(expires_at))
            })
            .await?;
        Ok(made.expect("a session is always made"))
    }

    /// Ends a session; its live connections are closed by every node.
    pub async fn sign_out(
        &self,
        agent_id: AgentId,
        session_id: SessionId,
    ) -> Result<(), CommandError> {
        let actor = Actor::Agent(agent_id);
        self.run_own(actor, async |ctx| {
            if !sessions::revoke(ctx.tx, session_id).await? {
                return Ok(None);
            }
            ctx.tx.stage(of_org(actor, Fact::SessionRevoked { session_id, agent_id }));
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}

/// Makes an event of the organisation.
pub(super) fn of_org(actor: Actor, fact: Fact) -> NewEvent {
    NewEvent { stream: StreamId::ORG, actor, thread: None, fact, content: None }
}
