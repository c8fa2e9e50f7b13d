//! Making inboxes, and changing them.

use protocol::{
    admin::WantedInbox,
    ids::{AgentId, InboxId},
    permissions::Permission,
    text::AutoReply,
};

use super::{
    admin::{SETTINGS, taken},
    context::{Ctx, OwnCommand},
    error::CommandError,
    member,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, statuses, visibility::Visibility},
    store::inboxes,
};

/// An inbox as it shall be; a new one where none is named.
struct SetInbox {
    id: Option<InboxId>,
    by: AgentId,
    wanted: WantedInbox,
}

impl OwnCommand for SetInbox {
    type Done = InboxId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<InboxId>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let it = &self.wanted;
        let (name, auto_reply) = (it.name.as_str().trim(), it.auto_reply.as_ref());
        let auto_reply = auto_reply.map(AutoReply::as_str);
        if inboxes::name_taken(ctx.tx, self.id, name).await? {
            return Err(taken("name"));
        }
        let (id, fact) = if let Some(id) = self.id {
            (id, Fact::InboxChanged { inbox_id: id })
        } else {
            let id = inboxes::create(ctx.tx, name, it.mode).await?;
            (id, Fact::InboxCreated { inbox_id: id })
        };
        if !inboxes::change(ctx.tx, id, (name, it.mode), auto_reply).await? {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        if let Some(rules) = &it.statuses {
            if let Some((field, message)) = statuses::fault(rules) {
                return Err(CommandError::Invalid { field, message });
            }
            inboxes::set_rules(ctx.tx, id, rules).await?;
        }
        if let Some(health_data) = it.health_data
            && !inboxes::set_health_data(ctx.tx, id, health_data).await?
        {
            let message = "it has a channel of WhatsApp, which may carry no health data";
            return Err(CommandError::Conflict { field: Some("health_data"), message });
        }
        ctx.tx.stage(of_org(ctx.actor, fact));
        let maker = self.id.is_none().then_some(self.by);
        for agent_id in maker.iter().chain(&it.members).copied() {
            member::add(ctx, id, agent_id).await?;
        }
        Ok(Some(id))
    }
}

impl Road {
    /// Makes an inbox, or changes one.
    pub async fn set_inbox(
        &self,
        who: &Visibility,
        id: Option<InboxId>,
        wanted: WantedInbox,
    ) -> Result<InboxId, CommandError> {
        let needed = match id {
            Some(_) => Permission::ManageInboxes,
            None => Permission::CreateInboxes,
        };
        let (actor, by) = (who.needs(needed)?, who.agent_id);
        let done = self.run_own(actor, SetInbox { id, by, wanted }).await?;
        Ok(done.expect("it always does something"))
    }
}
