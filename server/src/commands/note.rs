//! Private notes. They are stored apart from messages, so nothing that sends can reach them.

use protocol::{commands::AddNote, ids::NoteId, text::NoteText};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::{fact::Fact, thread::Thread},
    store::{content, messages, transaction::Staged},
};

pub(super) async fn add(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &AddNote,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let (note_id, event) = write(ctx, wish, &thread, &it.text).await?;
    Ok(Pending::Note { note_id, event })
}

/// Writes a note in a thread that the sender may see.
pub(super) async fn write(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: &Thread,
    text: &NoteText,
) -> Result<(NoteId, Staged), CommandError> {
    let content = content::put(ctx.tx, thread.contact_id, text.as_str()).await?;
    let agent = wish.visibility.agent_id;
    let note_id = messages::create_note(ctx.tx, thread.id, agent, content).await?;
    let fact = Fact::NoteAdded { note_id, key: wish.key.as_str().to_owned() };
    Ok((note_id, ctx.stage(thread, fact, Some(content))))
}
