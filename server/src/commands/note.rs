//! Private notes. They are stored apart from messages, so nothing that sends can reach them.

use protocol::{
    commands::AddNote,
    ids::NoteId,
    notes::{DeleteNote, EditNote, Mention},
    permissions::Permission,
    text::NoteText,
};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    notify,
};
use crate::{
    domain::{fact::Fact, thread::Thread},
    store::{
        content,
        notes::{self, Note},
        transaction::Staged,
    },
};

pub(super) async fn add(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &AddNote,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let (note_id, event) = write(ctx, wish, &thread, (&it.text, &it.mentions)).await?;
    Ok(Pending::Note { note_id, event })
}

/// Writes a note in a thread that the sender may see, and tells whom it mentions.
pub(super) async fn write(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &Thread,
    (text, mentions): (&NoteText, &[Mention]),
) -> Result<(NoteId, Staged), CommandError> {
    let mentioned = notify::mentioned(ctx, thread, text.as_str(), mentions).await?;
    let content = content::put(ctx.tx, thread.contact_id, text.as_str()).await?;
    let agent = wish.visibility.agent_id;
    let note_id = notes::create(ctx.tx, thread.id, agent, (content, mentions)).await?;
    let (key, mentions) = (wish.key.as_str().to_owned(), mentions.to_vec());
    let event = ctx.stage(thread, Fact::NoteAdded { note_id, key, mentions }, Some(content));
    notify::tell_mentioned(ctx, wish, thread, note_id, &mentioned).await?;
    Ok((note_id, event))
}

/// Lets a note say something else. Whom it mentions now and has not told yet is told.
pub(super) async fn edit(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &EditNote,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let note = may_change(ctx, wish, &thread, it.note_id).await?;
    let refused = |message| Err(CommandError::Conflict { field: Some("command.version"), message });
    if note.deleted {
        return refused("the note was deleted");
    }
    if note.version != it.version {
        return refused("the note was edited since");
    }
    let text = it.text.as_str();
    let mentioned = notify::mentioned(ctx, &thread, text, &it.mentions).await?;
    let content = content::put(ctx.tx, thread.contact_id, text).await?;
    let version = note.version + 1;
    let by = (version, wish.visibility.agent_id);
    notes::edit(ctx.tx, it.note_id, by, (content, &it.mentions)).await?;
    let fact = Fact::NoteEdited {
        note_id: it.note_id,
        added_seq: note.added_seq,
        version,
        mentions: it.mentions.clone(),
    };
    let event = ctx.stage(&thread, fact, Some(content));
    notify::tell_mentioned(ctx, wish, &thread, it.note_id, &mentioned).await?;
    Ok(Pending::Done(Some(event)))
}

/// Takes a note away. What it said stays on record.
pub(super) async fn delete(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &DeleteNote,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let note = may_change(ctx, wish, &thread, it.note_id).await?;
    if note.deleted {
        return Ok(Pending::Done(None));
    }
    notes::delete(ctx.tx, it.note_id, wish.visibility.agent_id).await?;
    let fact = Fact::NoteDeleted { note_id: it.note_id, added_seq: note.added_seq };
    Ok(Pending::Done(Some(ctx.stage(&thread, fact, None))))
}

/// Returns a note of a thread, if the agent wrote it and still may write notes, or moderates them.
async fn may_change(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &Thread,
    id: NoteId,
) -> Result<Note, CommandError> {
    let note = notes::of_thread(ctx.tx, thread.id, id).await?;
    let note = note.ok_or(CommandError::NotFound { what: "note" })?;
    let (who, inbox) = (&wish.visibility, thread.inbox_id);
    let own = note.author == who.agent_id && who.may(inbox, Permission::AddNotes);
    if !own {
        who.needs_in(inbox, Permission::ModerateNotes)?;
    }
    Ok(note)
}
