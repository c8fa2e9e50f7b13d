//! Canned replies: written, changed, approved, deleted.

use protocol::{
    canned::WantedCanned,
    errors::ErrorCode,
    ids::{AgentId, CannedId, InboxId},
    limits::{CANNED_MAX, CANNED_OWN_MAX},
    permissions::Permission,
};
use uuid::Uuid;

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{actor::Actor, canned::faults, fact::Fact, visibility::Visibility},
    store::{
        canned::{self, Held, Owner, Version},
        canned_rules,
        content::Content,
        transaction::NewEvent,
    },
};

/// Whoever changes canned replies does it one after the other, so that what is looked up stays so.
const CANNED: &str = "canned";

/// Who changes canned replies, and where their own ones are told.
struct By {
    agent: AgentId,
    inboxes: Vec<InboxId>,
}

/// A canned reply as it shall be.
struct SetCanned {
    by: By,
    id: Option<CannedId>,
    owner: Owner,
    wanted: WantedCanned,
}

struct ApproveCanned {
    by: By,
    id: CannedId,
    owner: Owner,
    version: u64,
}

struct RemoveCanned {
    by: By,
    id: CannedId,
    owner: Owner,
    version: u64,
}

impl OwnCommand for SetCanned {
    type Done = CannedId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<CannedId>, CommandError> {
        ctx.tx.alone(CANNED).await?;
        let Self { by, id, owner, wanted } = self;
        let now = match id {
            Some(id) => Some(on_screen(ctx, *id, *owner, wanted.version).await?),
            None => None,
        };
        let code = wanted.short_code.as_str();
        let (count, taken) = canned::taken(ctx.tx, *owner, *id, code).await?;
        if taken {
            let message = "another canned reply has this short code already";
            return Err(CommandError::Conflict { field: Some("short_code"), message });
        }
        let (max, message) = match owner {
            Owner::Inbox(_) => (CANNED_MAX, "an inbox shares at most 500: delete one first"),
            Owner::Agent(_) => (CANNED_OWN_MAX, "an agent has at most 200: delete one first"),
        };
        if id.is_none() && count >= max {
            return Err(CommandError::Conflict { field: None, message });
        }
        let ready = match owner {
            Owner::Inbox(inbox) => !canned_rules::wants_approval(ctx.tx, *inbox).await?,
            Owner::Agent(_) => true,
        };
        let mut authors = now.as_ref().filter(|it| !it.ready).map(|it| it.authors.clone());
        let authors = authors.get_or_insert_default();
        if ready {
            authors.clear();
        }
        if !authors.contains(&by.agent) {
            authors.push(by.agent);
        }
        let canned_id = id.unwrap_or_else(|| Uuid::now_v7().into());
        let content = canned::put_texts(ctx.tx, &wanted.texts).await?;
        let version = now.map_or(1, |it| it.version + 1);
        let it = Version { wanted, content, version, ready, authors };
        canned::keep(ctx.tx, canned_id, *owner, &it).await?;
        let agent_id = own(*owner);
        let fact = Fact::CannedChanged { canned_id, version, agent_id };
        tell(ctx, (by, *owner), &fact, Some(content));
        Ok(Some(canned_id))
    }
}

impl OwnCommand for ApproveCanned {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(CANNED).await?;
        let Self { by, id, owner, version } = self;
        let held = on_screen(ctx, *id, *owner, Some(*version)).await?;
        if held.ready {
            return Ok(None);
        }
        if held.authors.contains(&by.agent) {
            return Err(CommandError::OwnCanned);
        }
        canned::approve(ctx.tx, *id).await?;
        let fact = Fact::CannedApproved { canned_id: *id, version: *version };
        tell(ctx, (by, *owner), &fact, None);
        Ok(Some(()))
    }
}

impl OwnCommand for RemoveCanned {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(CANNED).await?;
        let Self { by, id, owner, version } = self;
        on_screen(ctx, *id, *owner, Some(*version)).await?;
        canned::remove(ctx.tx, *id).await?;
        let fact = Fact::CannedRemoved { canned_id: *id, agent_id: own(*owner) };
        tell(ctx, (by, *owner), &fact, None);
        Ok(Some(()))
    }
}

/// Returns a canned reply, which has to be as it was on screen.
async fn on_screen(
    ctx: &mut Ctx<'_>,
    id: CannedId,
    owner: Owner,
    version: Option<u64>,
) -> Result<Held, CommandError> {
    let missing = CommandError::NotFound { what: "canned reply" };
    let held = canned::hold(ctx.tx, id).await?.filter(|it| it.owner == owner).ok_or(missing)?;
    let field = "version";
    match version {
        Some(seen) if seen == held.version => Ok(held),
        Some(_) => {
            let message = "the canned reply was changed meanwhile: read it again";
            Err(CommandError::Conflict { field: Some(field), message })
        }
        None => {
            Err(CommandError::Invalid { field, message: "must be the version that was on screen" })
        }
    }
}

fn own(owner: Owner) -> Option<AgentId> {
    match owner {
        Owner::Inbox(_) => None,
        Owner::Agent(agent) => Some(agent),
    }
}

/// Tells all who look at the inbox; of an agent's own, that agent wherever it looks.
fn tell(ctx: &mut Ctx<'_>, (by, owner): (&By, Owner), fact: &Fact, content: Option<Content>) {
    let inboxes = match owner {
        Owner::Inbox(inbox) => vec![inbox],
        Owner::Agent(_) => by.inboxes.clone(),
    };
    let actor = ctx.actor;
    if inboxes.is_empty() {
        ctx.tx.stage(NewEvent { content, ..of_org(actor, fact.clone()) });
    }
    for inbox in inboxes {
        let (stream, fact) = (inbox.into(), fact.clone());
        ctx.tx.stage(NewEvent { stream, actor, thread: None, fact, content });
    }
}

/// Refuses texts whose variables cannot be filled.
fn check(wanted: &WantedCanned) -> Result<(), CommandError> {
    for (tag, text) in wanted.texts.as_slice() {
        if let Some(fault) = faults(text).into_iter().next() {
            let (code, field) = (ErrorCode::Invalid, format!("texts.{}", tag.as_str()));
            return Err(CommandError::Field { code, field, message: fault.wrong.to_string() });
        }
    }
    Ok(())
}

/// Returns who acts, if it may do this with what belongs to an inbox, or is its own.
fn allowed(
    who: &Visibility,
    owner: Owner,
    permission: Permission,
) -> Result<(Actor, By), CommandError> {
    let actor = match owner {
        Owner::Inbox(inbox) if who.of(inbox).is_none() => {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        Owner::Inbox(inbox) => who.needs_in(inbox, permission)?,
        Owner::Agent(agent) if who.person() == Some(agent) => who.actor,
        Owner::Agent(_) => return Err(CommandError::NotFound { what: "canned reply" }),
    };
    let inboxes = who.inboxes.keys().copied().collect();
    Ok((actor, By { agent: who.agent_id, inboxes }))
}

impl Road {
    /// Makes a canned reply, or changes one.
    pub async fn set_canned(
        &self,
        who: &Visibility,
        owner: Owner,
        id: Option<CannedId>,
        wanted: WantedCanned,
    ) -> Result<CannedId, CommandError> {
        let (actor, by) = allowed(who, owner, Permission::WriteCanned)?;
        check(&wanted)?;
        let done = self.run_own(actor, SetCanned { by, id, owner, wanted }).await?;
        Ok(done.expect("it always does something"))
    }

    /// Approves exactly this version of a canned reply.
    pub async fn approve_canned(
        &self,
        who: &Visibility,
        (owner, id): (Owner, CannedId),
        version: u64,
    ) -> Result<(), CommandError> {
        let (actor, by) = allowed(who, owner, Permission::ApproveCanned)?;
        self.run_own(actor, ApproveCanned { by, id, owner, version }).await.map(drop)
    }

    /// Deletes a canned reply.
    pub async fn remove_canned(
        &self,
        who: &Visibility,
        (owner, id): (Owner, CannedId),
        version: u64,
    ) -> Result<(), CommandError> {
        let (actor, by) = allowed(who, owner, Permission::WriteCanned)?;
        self.run_own(actor, RemoveCanned { by, id, owner, version }).await.map(drop)
    }
}
