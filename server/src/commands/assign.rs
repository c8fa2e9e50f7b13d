//! Giving a thread to somebody: a compare-and-set on the owner that the sender saw.

use protocol::{commands::Assign, notifications::NotificationReason, owners::Assignment};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    note, notify,
};
use crate::{
    domain::{fact::Fact, mention::BadMention, thread::Thread, visibility::Audience},
    store::{agents, notifications::Notice, teams, threads, transaction::Staged},
};

pub(super) async fn assign(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &Assign,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    if let Some(to) = it.to
        && !agents::is_member(ctx.tx, to, thread.inbox_id).await?
    {
        return Err(CommandError::Invalid {
            field: "command.to",
            message: "must be an active member of the thread's inbox, or null",
        });
    }
    if let Some(team) = it.to_team
        && !teams::works_in(ctx.tx, team, thread.inbox_id).await?
    {
        return Err(CommandError::Invalid {
            field: "command.to_team",
            message: "must be a team with a member in the thread's inbox",
        });
    }
    let from = Assignment { agent: it.from, team: it.from_team };
    if from != thread.owner {
        return Err(CommandError::OwnerChanged(thread.owner));
    }
    let to = Assignment { agent: it.to, team: it.to_team };
    if it.note.is_none() && !it.mentions.is_empty() {
        return Err(BadMention { index: None, message: "goes with a note" }.into());
    }
    if from == to {
        return match it.note {
            None => Ok(Pending::Done(None)),
            Some(_) => Err(CommandError::Invalid {
                field: "command.note",
                message: "goes with a change of the owner",
            }),
        };
    }
    let event = give(ctx, &thread, to).await?;
    if let Some(text) = &it.note {
        // Whoever gets the thread is told of it, so it comes when they have it.
        let theirs = Thread { owner: to, ..thread };
        note::write(ctx, wish, &theirs, (text, &it.mentions)).await?;
    }
    Ok(Pending::Done(Some(event)))
}

/// Gives a thread that is locked to somebody else.
pub(super) async fn give(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    to: Assignment,
) -> Result<Staged, CommandError> {
    let from = thread.owner;
    if !threads::set_owner(ctx.tx, thread.id, from, to).await? {
        return Err(CommandError::OwnerChanged(from));
    }
    let fact = Fact::ThreadAssigned {
        from: from.agent,
        to: to.agent,
        from_team: from.team,
        to_team: to.team,
    };
    let event = ctx.stage_for(thread, Audience { before: from, after: to }, fact, None);
    if let Some(agent) = to.agent.filter(|agent| from.agent != Some(*agent)) {
        let theirs = Thread { owner: to, ..thread.clone() };
        notify::tell(ctx, &theirs, Notice::of(NotificationReason::Assigned), &[agent]).await?;
    }
    Ok(event)
}
