//! One sample of all that is about drafts.

use chrono::{DateTime, Utc};

use crate::{
    commands::Command,
    drafts::{
        AskChanges, Caret, DraftApproved, DraftBytes, DraftChanged, DraftChangesRequested,
        DraftClose, DraftClosed, DraftCursor, DraftCursors, DraftNamed, DraftOnly, DraftOpen,
        DraftOpened, DraftPerson, DraftReview, DraftSaved, DraftUpdate, DraftView, ReviewState,
        SendDraft,
    },
    events::{Empty, EventBody},
    frames::{ClientFrame, ServerFrame},
    ids::{AgentId, ChannelId, ConnectionId, ThreadId},
    text::NoteText,
};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn view(thread_id: ThreadId, agent: AgentId, at: DateTime<Utc>) -> DraftView {
    DraftView {
        thread_id,
        epoch: 1,
        n: 3,
        digest: DIGEST.to_owned(),
        authors: vec![agent],
        review: DraftReview {
            state: ReviewState::ChangesRequested,
            agent_id: Some(agent),
            at: Some(at),
            comment: Some("Say when it left.".to_owned()),
        },
    }
}

pub(super) fn commands(thread_id: ThreadId, channel: ChannelId) -> Vec<Command> {
    let only = DraftOnly { thread_id, digest: DIGEST.to_owned() };
    vec![
        Command::RequestReview(only.clone()),
        Command::ApproveDraft(only.clone()),
        Command::AskChanges(AskChanges {
            thread_id,
            digest: DIGEST.to_owned(),
            comment: NoteText::new("Say when it left.".to_owned()).expect("a sample is valid"),
        }),
        Command::DiscardDraft(only),
        Command::SendDraft(SendDraft {
            thread_id,
            digest: DIGEST.to_owned(),
            seen_reply: 0,
            seen_seq: Some(41),
            lock_token: Some(7),
            channel_id: Some(channel),
            essential: true,
            canned: Some(crate::samples::golden::uuid(16).into()),
        }),
    ]
}

pub(super) fn events() -> Vec<EventBody> {
    let named = DraftNamed { digest: DIGEST.to_owned() };
    vec![
        EventBody::DraftReviewRequested(named.clone()),
        EventBody::DraftApproved(DraftApproved {
            digest: DIGEST.to_owned(),
            text: "It left today.".to_owned(),
        }),
        EventBody::DraftApprovalVoided(named.clone()),
        EventBody::DraftChangesRequested(DraftChangesRequested {
            digest: DIGEST.to_owned(),
            comment: "Say when it left.".to_owned(),
        }),
        EventBody::DraftDiscarded(Empty {}),
    ]
}

pub(super) fn client_frames(thread_id: ThreadId) -> Vec<ClientFrame> {
    let update = DraftBytes(vec![0, 0]);
    let cursor = Some(Caret("{\"at\":1}".to_owned()));
    vec![
        ClientFrame::DraftOpen(DraftOpen { id: 7, thread_id, client: 4711 }),
        ClientFrame::DraftUpdate(DraftUpdate { id: 8, thread_id, epoch: 1, update }),
        ClientFrame::DraftCursor(DraftCursor { thread_id, cursor }),
        ClientFrame::DraftClose(DraftClose { id: 9, thread_id }),
    ]
}

pub(super) fn server_frames(
    thread_id: ThreadId,
    agent_id: AgentId,
    connection_id: ConnectionId,
    at: DateTime<Utc>,
) -> Vec<ServerFrame> {
    let (draft, update) = (view(thread_id, agent_id, at), DraftBytes(vec![0, 0]));
    let cursor = Some(Caret("{\"at\":1}".to_owned()));
    vec![
        ServerFrame::DraftOpened(DraftOpened {
            id: 7,
            draft: draft.clone(),
            updates: vec![update.clone()],
        }),
        ServerFrame::DraftSaved(DraftSaved { id: 8, thread_id, epoch: 1, n: 3 }),
        ServerFrame::Draft(DraftChanged { draft, updates: vec![update] }),
        ServerFrame::DraftCursors(DraftCursors {
            thread_id,
            cursors: vec![DraftPerson { connection_id, agent_id, client: 4711, cursor }],
        }),
        ServerFrame::DraftClosed(DraftClosed { id: Some(9), thread_id }),
    ]
}
