//! The review of drafts: asking for it, approving, asking for changes; and which replies need it.

use protocol::{
    drafts::{AskChanges, DraftOnly, ReviewRule, ReviewState},
    ids::{ChannelId, InboxId},
    limits::REVIEW_WORDS_MAX,
    notifications::NotificationReason,
    permissions::Permission,
};

use super::{
    admin::SETTINGS,
    context::{Ctx, OwnCommand, Pending, Wish},
    draft::{self, on_screen, tell},
    error::CommandError,
    notify,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{draft::review, fact::Fact, thread::Thread, visibility::Visibility},
    store::{content, drafts, inboxes, notifications::Notice, review_rules},
};

pub(super) async fn request(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &DraftOnly,
) -> Result<Pending, CommandError> {
    let (thread, draft) = on_screen(ctx, wish, (it.thread_id, &it.digest)).await?;
    if matches!(draft.review, ReviewState::Requested | ReviewState::Approved) {
        return Ok(Pending::Done(None));
    }
    let by = (ReviewState::Requested, wish.visibility.agent_id);
    drafts::set_review(ctx.tx, thread.id, by, None).await?;
    tell(ctx, &thread, draft.version + 1);
    let event = ctx.stage(&thread, Fact::DraftReviewRequested { digest: draft.name() }, None);
    notify::tell_reviewers(ctx, &thread, &draft.authors).await?;
    Ok(Pending::Done(Some(event)))
}

pub(super) async fn approve(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &DraftOnly,
) -> Result<Pending, CommandError> {
    let (thread, draft) = on_screen(ctx, wish, (it.thread_id, &it.digest)).await?;
    let agent = wish.visibility.agent_id;
    if draft.authors.contains(&agent) {
        return Err(CommandError::OwnDraft);
    }
    if draft.review == ReviewState::Approved {
        return Ok(Pending::Done(None));
    }
    // On record is what was approved, not only its name.
    let text = draft::content(ctx, &thread, &draft).await?.text;
    let text = content::put(ctx.tx, thread.contact_id, &text).await?;
    drafts::set_review(ctx.tx, thread.id, (ReviewState::Approved, agent), None).await?;
    tell(ctx, &thread, draft.version + 1);
    let event = ctx.stage(&thread, Fact::DraftApproved { digest: draft.name() }, Some(text));
    let notice = Notice::of(NotificationReason::ReviewApproved);
    notify::tell(ctx, &thread, notice, &draft.authors).await?;
    Ok(Pending::Done(Some(event)))
}

pub(super) async fn ask_changes(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &AskChanges,
) -> Result<Pending, CommandError> {
    let (thread, draft) = on_screen(ctx, wish, (it.thread_id, &it.digest)).await?;
    let comment = content::put(ctx.tx, thread.contact_id, it.comment.as_str()).await?;
    if draft.review == ReviewState::Approved {
        ctx.stage(&thread, Fact::DraftApprovalVoided { digest: draft.name() }, None);
    }
    let by = (ReviewState::ChangesRequested, wish.visibility.agent_id);
    drafts::set_review(ctx.tx, thread.id, by, Some(comment)).await?;
    tell(ctx, &thread, draft.version + 1);
    let fact = Fact::DraftChangesRequested { digest: draft.name() };
    let event = ctx.stage(&thread, fact, Some(comment));
    let notice =
        Notice { content: Some(comment), ..Notice::of(NotificationReason::ChangesRequested) };
    notify::tell(ctx, &thread, notice, &draft.authors).await?;
    Ok(Pending::Done(Some(event)))
}

/// Refuses a reply that somebody else has to approve first.
pub(super) async fn check(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &Thread,
    (channel, text): (ChannelId, &str),
) -> Result<(), CommandError> {
    if !thread.reviewed {
        return Ok(());
    }
    let agent = wish.visibility.agent_id;
    let found = review_rules::for_member(ctx.tx, thread.inbox_id, agent).await?;
    let needed = |(rule, role)| review::is_required(&rule, role, channel, text);
    if found.is_some_and(needed) { Err(CommandError::ReviewRequired) } else { Ok(()) }
}

/// The rule of an inbox as it shall be.
struct SetRule(InboxId, ReviewRule);

impl OwnCommand for SetRule {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self(inbox_id, rule) = self;
        ctx.tx.alone(SETTINGS).await?;
        if !inboxes::exists(ctx.tx, *inbox_id).await? {
            return Err(CommandError::NotFound { what: "inbox" });
        }
        let invalid = |field, message| Err(CommandError::Invalid { field, message });
        let many = [rule.roles.len(), rule.channels.len(), rule.keywords.len()];
        for (count, field) in many.into_iter().zip(["roles", "channels", "keywords"]) {
            if count > REVIEW_WORDS_MAX {
                return invalid(field, "must be 100 at most");
            }
        }
        match review_rules::is_of(ctx.tx, *inbox_id, rule).await? {
            (false, _) => {
                return invalid("roles", "must be built-in roles, or roles of this inbox");
            }
            (_, false) => return invalid("channels", "must be channels of this inbox"),
            (true, true) => {}
        }
        review_rules::set(ctx.tx, *inbox_id, rule).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::InboxChanged { inbox_id: *inbox_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Says which replies of an inbox have to be approved first.
    pub async fn set_review_rule(
        &self,
        who: &Visibility,
        inbox: InboxId,
        rule: ReviewRule,
    ) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageInboxes)?;
        self.run_own(actor, SetRule(inbox, rule)).await.map(drop)
    }
}
