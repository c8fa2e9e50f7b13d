//! Private notes. They are stored apart from messages, so nothing that sends can reach them.

use protocol::commands::AddNote;

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::fact::Fact,
    store::{content, messages},
};

pub(super) async fn add(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &AddNote,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let content = content::put(ctx.tx, thread.contact_id, it.text.as_str()).await?;
    let agent = wish.visibility.agent_id;
    let note_id = messages::create_note(ctx.tx, thread.id, agent, content).await?;
    let fact = Fact::NoteAdded { note_id, key: wish.key.as_str().to_owned() };
    let event = ctx.stage(&thread, fact, Some(content));
    Ok(Pending::Note { note_id, event })
}
