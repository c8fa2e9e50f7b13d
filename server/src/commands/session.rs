//! Signing in and out, on record in the organisation's stream.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::{AgentId, SessionId, StreamId, TokenId},
    permissions::Permission,
};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, fact::Fact, visibility::Visibility},
    store::{
        sessions::{self, NewSession},
        transaction::NewEvent,
    },
};

/// How long a session lasts.
const LIFETIME: TimeDelta = TimeDelta::days(14);
/// What a client calls itself is kept up to here, in characters.
const CLIENT_CHARS_MAX: usize = 200;

struct SignIn {
    agent_id: AgentId,
    token_hash: [u8; 32],
    client: Option<String>,
}

impl OwnCommand for SignIn {
    type Done = DateTime<Utc>;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<DateTime<Utc>>, CommandError> {
        let agent_id = self.agent_id;
        let (token_hash, client) = (&self.token_hash, self.client.as_deref());
        let session = NewSession { agent_id, token_hash, client, lifetime: LIFETIME };
        let (session_id, expires_at) = sessions::create(ctx.tx, session).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionCreated { session_id, agent_id }));
        Ok(Some(expires_at))
    }
}

/// Ends a session.
struct EndSession {
    id: SessionId,
    /// Only this agent's, where one is named.
    of: Option<AgentId>,
}

impl OwnCommand for EndSession {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let session_id = self.id;
        let agent_id = sessions::revoke(ctx.tx, session_id, self.of, false).await?;
        let agent_id = agent_id.ok_or(CommandError::NotFound { what: "session" })?;
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionRevoked { session_id, agent_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Begins a session of an agent who has proven who it is.
    pub async fn sign_in(
        &self,
        agent_id: AgentId,
        token_hash: [u8; 32],
        client: Option<&str>,
    ) -> Result<DateTime<Utc>, CommandError> {
        let kept = |text: &str| text.chars().take(CLIENT_CHARS_MAX).collect();
        let command = SignIn { agent_id, token_hash, client: client.map(kept) };
        let made = self.run_own(Actor::Agent(agent_id), command).await?;
        Ok(made.expect("a session is always made"))
    }

    /// Ends a session of one's own; its live connections are closed by every node.
    pub async fn end_own_session(
        &self,
        who: &Visibility,
        id: SessionId,
    ) -> Result<(), CommandError> {
        let of = Some(who.agent_id);
        self.run_own(Actor::Agent(who.agent_id), EndSession { id, of }).await.map(drop)
    }

    /// Ends a session of anybody.
    pub async fn end_session(&self, who: &Visibility, id: SessionId) -> Result<(), CommandError> {
        let actor = who.needs(Permission::RevokeSessions)?;
        self.run_own(actor, EndSession { id, of: None }).await.map(drop)
    }
}

/// Ends all sessions of an agent.
pub(super) async fn end_all(ctx: &mut Ctx<'_>, agent_id: AgentId) -> Result<(), CommandError> {
    for id in sessions::revoke_all(ctx.tx, agent_id, false).await? {
        let session_id = SessionId::from(id);
        ctx.tx.stage(of_org(ctx.actor, Fact::SessionRevoked { session_id, agent_id }));
    }
    Ok(())
}

/// Revokes all API tokens of an agent.
pub(super) async fn revoke_tokens(
    ctx: &mut Ctx<'_>,
    agent_id: AgentId,
) -> Result<(), CommandError> {
    for id in sessions::revoke_all(ctx.tx, agent_id, true).await? {
        let token_id = TokenId::from(id);
        ctx.tx.stage(of_org(ctx.actor, Fact::TokenRevoked { token_id, agent_id }));
    }
    Ok(())
}

/// Makes an event of the organisation.
pub(super) fn of_org(actor: Actor, fact: Fact) -> NewEvent {
    NewEvent { stream: StreamId::ORG, actor, thread: None, fact, content: None }
}
