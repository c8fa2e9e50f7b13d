//! What agents are told of: made in the transaction of what it is about, and told to that agent alone.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, NoteId, TeamId},
    limits::NOTIFICATION_IDS_MAX,
    notes::{Mention, MuteThread},
    notifications::{NotificationReason, ReadNotifications},
    permissions::Permission,
};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::{
        actor::Actor,
        fact::Fact,
        mention::{self, BadMention, Target},
        thread::Thread,
        visibility::Audience,
    },
    store::{
        content::Content,
        notifications::{self, Notice, Which},
        sights::{self, Other},
        transaction::{NewEvent, Staged},
    },
};

/// Whom a note mentions and may see its thread: in person (`None`), or by a team.
pub(super) type Mentioned = BTreeMap<AgentId, Option<TeamId>>;

/// Checks whom a note mentions: everybody has to be there and to see the thread, of a team at least one.
pub(super) async fn mentioned(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    text: &str,
    mentions: &[Mention],
) -> Result<Mentioned, CommandError> {
    if mentions.is_empty() {
        return Ok(Mentioned::new());
    }
    let targets = mention::targets(text, mentions)?;
    let (mut agents, mut teams) = (Vec::new(), Vec::new());
    for target in &targets {
        match target {
            Target::Agent(agent) => agents.push(*agent),
            Target::Team(team) => teams.push(*team),
        }
    }
    let others = sights::of(ctx.tx, thread.inbox_id, &agents, &teams).await?;
    let sees = |it: &Other| !it.disabled && it.visibility.sees(thread.inbox_id, thread.owner);
    let mut mentioned = Mentioned::new();
    for (index, target) in targets.into_iter().enumerate() {
        let bad = |message| Err(BadMention { index: Some(index), message }.into());
        match target {
            Target::Agent(agent) => {
                let other = others.iter().find(|it| it.visibility.agent_id == agent);
                match other {
                    None => return bad("there is no such agent"),
                    Some(it) if it.disabled => return bad("this agent is disabled"),
                    Some(it) if !sees(it) => return bad("this agent may not see the thread"),
                    Some(_) => drop(mentioned.insert(agent, None)),
                }
            }
            Target::Team(team) => {
                let members = others.iter().filter(|it| it.visibility.teams.contains(&team));
                let mut who = members.filter(|it| sees(it)).map(|it| it.visibility.agent_id);
                let Some(first) = who.next() else {
                    return bad("must be a team with a member who may see the thread");
                };
                for agent in std::iter::once(first).chain(who) {
                    mentioned.entry(agent).or_insert(Some(team));
                }
            }
        }
    }
    Ok(mentioned)
}

/// Tells whom a note mentions, whoever was not told of it before.
pub(super) async fn tell_mentioned(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &Thread,
    note: NoteId,
    mentioned: &Mentioned,
) -> Result<(), CommandError> {
    let mut by_team = BTreeMap::<Option<TeamId>, Vec<AgentId>>::new();
    for (agent, team) in mentioned.iter().filter(|(it, _team)| **it != wish.visibility.agent_id) {
        by_team.entry(*team).or_default().push(*agent);
    }
    for (team, agents) in by_team {
        let reason = match team {
            None => NotificationReason::Mentioned,
            Some(_) => NotificationReason::TeamMentioned,
        };
        let notice = Notice { note: Some(note), team, ..Notice::of(reason) };
        tell(ctx, thread, notice, &agents).await?;
    }
    Ok(())
}

/// Tells whoever may review drafts of the thread that somebody wants that.
pub(super) async fn tell_reviewers(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    authors: &[AgentId],
) -> Result<(), CommandError> {
    let others = sights::of(ctx.tx, thread.inbox_id, &[], &[]).await?;
    let reviewers = others.into_iter().map(|it| it.visibility).filter(|it| {
        it.may(thread.inbox_id, Permission::ReviewDrafts)
            && it.sees(thread.inbox_id, thread.owner)
            && !authors.contains(&it.agent_id)
    });
    let reviewers: Vec<AgentId> = reviewers.map(|it| it.agent_id).collect();
    tell(ctx, thread, Notice::of(NotificationReason::ReviewRequested), &reviewers).await
}

/// Tells the owner of a thread that the customer wrote.
pub(super) async fn tell_owner(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    content: Content,
) -> Result<(), CommandError> {
    let Some(owner) = thread.owner.agent else { return Ok(()) };
    let notice = Notice { content: Some(content), ..Notice::of(NotificationReason::Message) };
    tell(ctx, thread, notice, &[owner]).await
}

/// Tells agents of something that they have not done themselves. Nobody is told who does not work in the
/// inbox or does not want to hear of the thread.
pub(super) async fn tell(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    notice: Notice,
    agents: &[AgentId],
) -> Result<(), CommandError> {
    let others: Vec<AgentId> =
        agents.iter().copied().filter(|it| ctx.actor != Actor::Agent(*it)).collect();
    if others.is_empty() {
        return Ok(());
    }
    let told = notifications::add(ctx.tx, thread, ctx.actor, notice, &others).await?;
    for (notification_id, agent_id) in told {
        let Notice { reason, note: note_id, team: team_id, .. } = notice;
        let fact = Fact::Notified { notification_id, agent_id, reason, note_id, team_id };
        ctx.stage(thread, fact, None);
    }
    Ok(())
}

pub(super) async fn read(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &ReadNotifications,
) -> Result<Pending, CommandError> {
    if !(1..=NOTIFICATION_IDS_MAX).contains(&it.notification_ids.len()) {
        let field = "command.notification_ids";
        return Err(CommandError::Invalid { field, message: "must be 1 to 200" });
    }
    Ok(Pending::Done(read_which(ctx, wish, Which::These(&it.notification_ids)).await?))
}

/// Notes that an agent has read some of its notifications; returns the last event of it.
pub(super) async fn read_which(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    which: Which<'_>,
) -> Result<Option<Staged>, CommandError> {
    let agent_id = wish.visibility.agent_id;
    let mut event = None;
    for read in notifications::read_now(ctx.tx, agent_id, which).await? {
        for ids in read.ids.chunks(NOTIFICATION_IDS_MAX) {
            let fact = Fact::NotificationsRead { agent_id, notification_ids: ids.to_vec() };
            event = Some(ctx.tx.stage(NewEvent {
                stream: read.inbox_id.into(),
                actor: ctx.actor,
                thread: Some((read.thread_id, Audience::still(read.owner))),
                fact,
                content: None,
            }));
        }
    }
    Ok(event)
}

/// Lets an agent hear of a thread only where it is mentioned itself, or of all again.
pub(super) async fn mute(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &MuteThread,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let (agent_id, muted) = (wish.visibility.agent_id, it.muted);
    if !notifications::mute(ctx.tx, thread.id, agent_id, muted).await? {
        return Ok(Pending::Done(None));
    }
    let event = ctx.stage(&thread, Fact::ThreadMuted { agent_id, muted }, None);
    Ok(Pending::Done(Some(event)))
}
