//! Roles that inboxes have of their own: made, changed, removed.

use protocol::{
    ids::{InboxId, RoleId},
    permissions::Permission,
    rights::WantedRole,
};

use super::{
    admin::{SETTINGS, taken},
    context::{Ctx, OwnCommand},
    error::CommandError,
    member::rights_changed,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::{inboxes, roles},
};

/// Which role.
enum Which {
    New(InboxId),
    Known(RoleId),
}

struct SetRole {
    which: Which,
    wanted: WantedRole,
}

struct RemoveRole(RoleId);

impl OwnCommand for SetRole {
    type Done = RoleId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<RoleId>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let name = self.wanted.name.as_str().trim();
        let mut permissions = self.wanted.permissions.clone();
        permissions.sort_unstable();
        permissions.dedup();
        if permissions.iter().any(|it| it.is_of_organisation()) {
            let message =
                "must be of an inbox: those of the organisation belong to an agent's role";
            return Err(CommandError::Invalid { field: "permissions", message });
        }
        let (role_id, inbox_id, kept) = match self.which {
            Which::New(inbox) => {
                if !inboxes::exists(ctx.tx, inbox).await? {
                    return Err(CommandError::NotFound { what: "inbox" });
                }
                let id = roles::new_id();
                (id, inbox, roles::create(ctx.tx, id, inbox, name, &permissions).await?)
            }
            Which::Known(id) => {
                let inbox = inbox_of(ctx, id).await?;
                (id, inbox, roles::change(ctx.tx, id, name, &permissions).await?)
            }
        };
        if !kept {
            return Err(taken("name"));
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::RoleChanged { role_id, inbox_id, permissions }));
        let holders = roles::holders(ctx.tx, role_id).await?;
        rights_changed(ctx, &holders).await?;
        Ok(Some(role_id))
    }
}

impl OwnCommand for RemoveRole {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let role_id = self.0;
        let inbox_id = inbox_of(ctx, role_id).await?;
        if !roles::holders(ctx.tx, role_id).await?.is_empty() {
            let message = "members have this role; give them another one first";
            return Err(CommandError::Conflict { field: None, message });
        }
        roles::remove(ctx.tx, role_id).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::RoleRemoved { role_id, inbox_id }));
        Ok(Some(()))
    }
}

async fn inbox_of(ctx: &mut Ctx<'_>, role: RoleId) -> Result<InboxId, CommandError> {
    roles::inbox(ctx.tx, role).await?.ok_or(CommandError::NotFound { what: "role" })
}

impl Road {
    /// Makes a role of an inbox.
    pub async fn create_role(
        &self,
        who: &Visibility,
        inbox: InboxId,
        wanted: WantedRole,
    ) -> Result<RoleId, CommandError> {
        let actor = who.needs(Permission::ManageRoles)?;
        let made = self.run_own(actor, SetRole { which: Which::New(inbox), wanted }).await?;
        Ok(made.expect("it always makes one"))
    }

    /// Changes a role; what its holders may do changes at once.
    pub async fn change_role(
        &self,
        who: &Visibility,
        id: RoleId,
        wanted: WantedRole,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageRoles)?;
        self.run_own(actor, SetRole { which: Which::Known(id), wanted }).await.map(drop)
    }

    /// Removes a role that nobody has.
    pub async fn remove_role(&self, who: &Visibility, id: RoleId) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageRoles)?;
        self.run_own(actor, RemoveRole(id)).await.map(drop)
    }
}
