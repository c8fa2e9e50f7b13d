//! The tags of an inbox: made, changed, removed.

use protocol::{
    ids::{InboxId, TagId},
    labels::WantedTag,
    limits::TAGS_MAX,
    permissions::Permission,
};

use super::{
    admin::{SETTINGS, taken},
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, fact::Fact, visibility::Visibility},
    store::{tags, transaction::NewEvent},
};

/// A tag as it shall be; a new one where none is named.
struct SetTag {
    inbox_id: InboxId,
    id: Option<TagId>,
    wanted: WantedTag,
}

struct RemoveTag {
    inbox_id: InboxId,
    tag_id: TagId,
}

impl OwnCommand for SetTag {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let (inbox, name, color) = (self.inbox_id, self.wanted.name.as_str(), self.wanted.color);
        let name = name.trim();
        if tags::name_taken(ctx.tx, inbox, self.id, name).await? {
            return Err(taken("name"));
        }
        let tag_id = if let Some(id) = self.id {
            if !tags::change(ctx.tx, inbox, id, (name, color)).await? {
                return Err(CommandError::NotFound { what: "tag" });
            }
            id
        } else {
            if tags::count(ctx.tx, inbox).await? >= TAGS_MAX {
                let message = "an inbox has at most 200 tags: remove one first";
                return Err(CommandError::Conflict { field: None, message });
            }
            tags::create(ctx.tx, inbox, name, color).await?
        };
        tell(ctx, inbox, Fact::TagChanged { tag_id });
        Ok(Some(()))
    }
}

impl OwnCommand for RemoveTag {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let Self { inbox_id, tag_id } = *self;
        if !tags::remove(ctx.tx, inbox_id, tag_id).await? {
            return Err(CommandError::NotFound { what: "tag" });
        }
        tell(ctx, inbox_id, Fact::TagRemoved { tag_id });
        Ok(Some(()))
    }
}

/// Tells all who look at the inbox.
fn tell(ctx: &mut Ctx<'_>, inbox: InboxId, fact: Fact) {
    let (stream, actor) = (inbox.into(), ctx.actor);
    ctx.tx.stage(NewEvent { stream, actor, thread: None, fact, content: None });
}

/// Returns who acts, if it may change the tags of an inbox that it works in.
fn manager(who: &Visibility, inbox: InboxId) -> Result<Actor, CommandError> {
    if who.of(inbox).is_none() {
        return Err(CommandError::NotFound { what: "inbox" });
    }
    Ok(who.needs_in(inbox, Permission::ManageTags)?)
}

impl Road {
    /// Makes a tag, or changes one.
    pub async fn set_tag(
        &self,
        who: &Visibility,
        inbox_id: InboxId,
        id: Option<TagId>,
        wanted: WantedTag,
    ) -> Result<(), CommandError> {
        let actor = manager(who, inbox_id)?;
        self.run_own(actor, SetTag { inbox_id, id, wanted }).await.map(drop)
    }

    /// Removes a tag, from all threads, too.
    pub async fn remove_tag(
        &self,
        who: &Visibility,
        inbox_id: InboxId,
        tag_id: TagId,
    ) -> Result<(), CommandError> {
        let actor = manager(who, inbox_id)?;
        self.run_own(actor, RemoveTag { inbox_id, tag_id }).await.map(drop)
    }
}
