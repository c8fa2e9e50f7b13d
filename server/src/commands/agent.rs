//! People: added, changed, disabled, given new passwords. Somebody always stays an administrator.

use protocol::{ids::AgentId, permissions::Permission, rights::WantedAgent, views::Role};

use super::{
    admin::SETTINGS,
    context::{Ctx, OwnCommand},
    error::CommandError,
    member::rights_changed,
    road::Road,
    session::{self, of_org},
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::agents::{self, NewAgent},
};

/// A person to be, with the hash of a password.
pub struct AddAgent {
    /// In lower case.
    pub email: String,
    /// The name that colleagues see.
    pub name: String,
    /// The role.
    pub role: Role,
    /// As argon2 writes it.
    pub password_hash: String,
}

struct ChangeAgent {
    id: AgentId,
    wanted: WantedAgent,
}

struct ResetPassword {
    id: AgentId,
    password_hash: String,
}

impl OwnCommand for AddAgent {
    type Done = AgentId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<AgentId>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let Self { email, name, role, password_hash } = self;
        if agents::email_taken(ctx.tx, None, email).await? {
            return Err(email_taken());
        }
        let agent = NewAgent { email, name, role: *role, password_hash };
        let agent_id = agents::create(ctx.tx, agent).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::AgentCreated { agent_id }));
        Ok(Some(agent_id))
    }
}

fn email_taken() -> CommandError {
    let message = "somebody has this address already";
    CommandError::Conflict { field: Some("email"), message }
}

impl OwnCommand for ChangeAgent {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let (agent_id, name) = (self.id, self.wanted.name.as_str().trim());
        let email = self.wanted.email.as_ref().map(|it| it.as_str().trim().to_lowercase());
        let WantedAgent { role, disabled, .. } = self.wanted;
        if (role != Role::Admin || disabled) && agents::is_last_admin(ctx.tx, agent_id).await? {
            let message = "the last administrator has to stay one";
            let field = Some(if disabled { "disabled" } else { "role" });
            return Err(CommandError::Conflict { field, message });
        }
        if let Some(email) = &email
            && agents::email_taken(ctx.tx, Some(agent_id), email).await?
        {
            return Err(email_taken());
        }
        let change = agents::Change { name, email: email.as_deref(), role, disabled };
        if !agents::change(ctx.tx, agent_id, change).await? {
            return Err(CommandError::NotFound { what: "agent" });
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::AgentChanged { agent_id, role, disabled }));
        if disabled {
            session::end_all(ctx, agent_id).await?;
            session::revoke_tokens(ctx, agent_id).await?;
        }
        rights_changed(ctx, &[agent_id]).await?;
        Ok(Some(()))
    }
}

impl OwnCommand for ResetPassword {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        if !agents::set_password(ctx.tx, self.id, &self.password_hash).await? {
            return Err(CommandError::NotFound { what: "agent" });
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::PasswordReset { agent_id: self.id }));
        session::end_all(ctx, self.id).await?;
        Ok(Some(()))
    }
}

impl Road {
    /// Adds a person.
    pub async fn add_agent(&self, who: &Visibility, it: AddAgent) -> Result<AgentId, CommandError> {
        let made = self.run_own(who.needs(Permission::ManageAgents)?, it).await?;
        Ok(made.expect("it always makes one"))
    }

    /// Changes a person.
    pub async fn change_agent(
        &self,
        who: &Visibility,
        id: AgentId,
        wanted: WantedAgent,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageAgents)?;
        self.run_own(actor, ChangeAgent { id, wanted }).await.map(drop)
    }

    /// Gives a person a new password, and ends all of its sessions.
    pub async fn reset_password(
        &self,
        who: &Visibility,
        id: AgentId,
        password_hash: String,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ResetPasswords)?;
        self.run_own(actor, ResetPassword { id, password_hash }).await.map(drop)
    }
}
