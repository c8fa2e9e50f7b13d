//! Drafts: written together, reviewed, sent once.

pub(crate) mod peer;
mod refused;
mod review;
mod rule;
mod storm;
mod together;

use protocol::{
    commands::Command,
    drafts::{AskChanges, DraftContent, DraftOnly, SendDraft},
    ids::ThreadId,
    text::NoteText,
};

use crate::harness::api::Api;

fn only(thread_id: ThreadId, digest: &str) -> DraftOnly {
    DraftOnly { thread_id, digest: digest.to_owned() }
}

fn request(thread: ThreadId, digest: &str) -> Command {
    Command::RequestReview(only(thread, digest))
}

fn approve(thread: ThreadId, digest: &str) -> Command {
    Command::ApproveDraft(only(thread, digest))
}

fn discard(thread: ThreadId, digest: &str) -> Command {
    Command::DiscardDraft(only(thread, digest))
}

fn ask_changes(thread_id: ThreadId, digest: &str, comment: &str) -> Command {
    let comment = NoteText::new(comment.to_owned()).unwrap();
    Command::AskChanges(AskChanges { thread_id, digest: digest.to_owned(), comment })
}

fn send(thread_id: ThreadId, digest: &str, seen_reply: u32) -> Command {
    Command::SendDraft(SendDraft {
        thread_id,
        digest: digest.to_owned(),
        seen_reply,
        seen_seq: None,
        lock_token: None,
        channel_id: None,
        essential: false,
        canned: None,
    })
}

/// Reads the draft over HTTP.
async fn stored(api: &Api, thread: ThreadId) -> DraftContent {
    api.get(&format!("/api/v1/threads/{thread}/draft")).await
}
