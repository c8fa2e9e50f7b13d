//! API tokens: made by an agent, and revoked by it or by an administrator.

use chrono::TimeDelta;
use protocol::{
    ids::{AgentId, SessionId, TokenId},
    permissions::Permission,
    sessions::{NewToken, TokenView},
};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{
        actor::Actor,
        fact::Fact,
        visibility::{Missing, Visibility},
    },
    store::{sessions, tokens},
};

/// Most tokens of one agent: more are made by mistake.
const TOKENS_MAX: i64 = 100;
/// How long a token lasts where nothing is said, and at most.
const DAYS: u32 = 90;
const DAYS_MAX: u32 = 366;

struct CreateToken {
    agent_id: AgentId,
    hash: [u8; 32],
    wanted: NewToken,
    lifetime: TimeDelta,
}

/// Whose tokens may be revoked.
pub(super) struct RevokeToken {
    id: TokenId,
    /// Only this agent's, where one is named.
    of: Option<AgentId>,
}

impl OwnCommand for CreateToken {
    type Done = TokenView;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<TokenView>, CommandError> {
        let agent_id = self.agent_id;
        ctx.tx.alone(&format!("tokens of {agent_id}")).await?;
        if tokens::count(ctx.tx, agent_id).await? >= TOKENS_MAX {
            let message = "an agent has 100 tokens at most; revoke some";
            return Err(CommandError::Conflict { field: None, message });
        }
        let name = self.wanted.name.as_str().trim();
        let (hash, lifetime) = (&self.hash, self.lifetime);
        let scopes = self.wanted.scopes.as_slice();
        let token = tokens::NewToken { agent_id, hash, name, scopes, lifetime };
        let made = tokens::create(ctx.tx, token).await?;
        let scopes = self.wanted.scopes.clone();
        ctx.tx.stage(of_org(ctx.actor, Fact::TokenCreated { token_id: made.id, agent_id, scopes }));
        Ok(Some(made))
    }
}

impl OwnCommand for RevokeToken {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let id = SessionId::from(self.id.uuid());
        let agent_id = sessions::revoke(ctx.tx, id, self.of, true).await?;
        let agent_id = agent_id.ok_or(CommandError::NotFound { what: "token" })?;
        ctx.tx.stage(of_org(ctx.actor, Fact::TokenRevoked { token_id: self.id, agent_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Makes a token of which `hash` is kept. It may do nothing that its maker may not.
    pub async fn create_token(
        &self,
        who: &Visibility,
        wanted: NewToken,
        hash: [u8; 32],
    ) -> Result<TokenView, CommandError> {
        let actor = who.needs(Permission::CreateTokens)?;
        if wanted.scopes.is_empty() {
            let message = "names at least one permission";
            return Err(CommandError::Invalid { field: "scopes", message });
        }
        let may = who.anywhere();
        if let Some(missing) = wanted.scopes.iter().find(|it| !may.has(**it)) {
            return Err(Missing(*missing).into());
        }
        let days = wanted.expires_in_days.unwrap_or(DAYS);
        if !(1..=DAYS_MAX).contains(&days) {
            let message = "must be a whole number from 1 to 366";
            return Err(CommandError::Invalid { field: "expires_in_days", message });
        }
        let (agent_id, lifetime) = (who.agent_id, TimeDelta::days(i64::from(days)));
        let made = self.run_own(actor, CreateToken { agent_id, hash, wanted, lifetime }).await?;
        Ok(made.expect("it always makes one"))
    }

    /// Revokes a token of one's own; its connections are closed by every node.
    pub async fn revoke_own_token(
        &self,
        who: &Visibility,
        id: TokenId,
    ) -> Result<(), CommandError> {
        let of = Some(who.agent_id);
        self.run_own(Actor::Agent(who.agent_id), RevokeToken { id, of }).await.map(drop)
    }

    /// Revokes a token of anybody.
    pub async fn revoke_token(&self, who: &Visibility, id: TokenId) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageTokens)?;
        self.run_own(actor, RevokeToken { id, of: None }).await.map(drop)
    }
}
