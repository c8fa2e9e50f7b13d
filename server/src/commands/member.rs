//! Who works in which inbox, in which role, and which threads it sees.

use protocol::{
    ids::{AgentId, InboxId},
    permissions::Permission,
    rights::{MemberRole, WantedMember},
    views::Scope,
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
    store::{agents, inboxes, members, roles},
};

/// Notes that what agents may see or do has changed: their connections begin anew.
pub(super) async fn rights_changed(
    ctx: &mut Ctx<'_>,
    agents: &[AgentId],
) -> Result<(), CommandError> {
    for (agent_id, rights_version) in agents::touch_rights(ctx.tx, agents).await? {
        ctx.tx.stage(of_org(ctx.actor, Fact::RightsChanged { agent_id, rights_version }));
    }
    Ok(())
}

/// Makes an agent a member of an inbox, in its own role, who sees every thread.
pub(super) async fn add(
    ctx: &mut Ctx<'_>,
    inbox_id: InboxId,
    agent_id: AgentId,
) -> Result<(), CommandError> {
    if members::add(ctx.tx, inbox_id, agent_id, (None, Scope::All)).await? {
        let (role, scope) = (None, None);
        ctx.tx.stage(of_org(ctx.actor, Fact::MemberAdded { inbox_id, agent_id, role, scope }));
        rights_changed(ctx, &[agent_id]).await?;
    }
    Ok(())
}

struct SetMember {
    inbox_id: InboxId,
    agent_id: AgentId,
    wanted: WantedMember,
}

struct RemoveMember {
    inbox_id: InboxId,
    agent_id: AgentId,
}

impl OwnCommand for SetMember {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let Self { inbox_id, agent_id, wanted: WantedMember { role, scope } } = *self;
        if !inboxes::exists(ctx.tx, inbox_id).await? {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        if let Some(MemberRole::Own(role)) = role
            && roles::inbox(ctx.tx, role).await? != Some(inbox_id)
        {
            let message = "must be a built-in role, or one of this inbox";
            return Err(CommandError::Invalid { field: "role", message });
        }
        let fact = if members::change(ctx.tx, inbox_id, agent_id, (role, scope)).await? {
            Fact::MemberChanged { inbox_id, agent_id, role, scope }
        } else if members::add(ctx.tx, inbox_id, agent_id, (role, scope)).await? {
            Fact::MemberAdded { inbox_id, agent_id, role, scope: Some(scope) }
        } else {
            return Err(CommandError::NotFound { what: "agent" });
        };
        ctx.tx.stage(of_org(ctx.actor, fact));
        rights_changed(ctx, &[agent_id]).await?;
        Ok(Some(()))
    }
}

impl OwnCommand for RemoveMember {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let Self { inbox_id, agent_id } = *self;
        if !members::remove(ctx.tx, inbox_id, agent_id).await? {
            return Err(CommandError::NotFound { what: "member" });
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::MemberRemoved { inbox_id, agent_id }));
        rights_changed(ctx, &[agent_id]).await?;
        Ok(Some(()))
    }
}

impl Road {
    /// Makes an agent a member of an inbox, or changes what it is there.
    pub async fn set_member(
        &self,
        who: &Visibility,
        inbox_id: InboxId,
        agent_id: AgentId,
        wanted: WantedMember,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageMembers)?;
        self.run_own(actor, SetMember { inbox_id, agent_id, wanted }).await.map(drop)
    }

    /// Ends a membership. The threads that the agent has stay its own until somebody takes them.
    pub async fn remove_member(
        &self,
        who: &Visibility,
        inbox_id: InboxId,
        agent_id: AgentId,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageMembers)?;
        self.run_own(actor, RemoveMember { inbox_id, agent_id }).await.map(drop)
    }
}
