//! How an inbox takes canned replies.

use protocol::{canned::CannedRule, ids::InboxId, permissions::Permission};

use super::{
    admin::SETTINGS,
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::{canned_rules, inboxes},
};

/// The rule of an inbox as it shall be.
struct SetRule(InboxId, CannedRule);

impl OwnCommand for SetRule {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self(inbox_id, rule) = self;
        ctx.tx.alone(SETTINGS).await?;
        if !inboxes::exists(ctx.tx, *inbox_id).await? {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        canned_rules::set(ctx.tx, *inbox_id, rule).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::InboxChanged { inbox_id: *inbox_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Says how an inbox takes canned replies.
    pub async fn set_canned_rule(
        &self,
        who: &Visibility,
        inbox: InboxId,
        rule: CannedRule,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageInboxes)?;
        self.run_own(actor, SetRule(inbox, rule)).await.map(drop)
    }
}
