//! Samples of commands in bulk.

use crate::{
    bulk::{BulkAnswer, BulkDone, BulkFrame},
    commands::{Command, Done, Outcome},
    errors::{ErrorBody, ErrorCode},
    frames::{ClientFrame, ServerFrame},
    http::CommandRequest,
    ids::ThreadId,
    labels::{Prioritise, Priority},
    text::Key,
};

/// A frame with one command.
pub(super) fn client_frame(key: Key, thread_id: ThreadId) -> ClientFrame {
    let command = Command::Prioritise(Prioritise { thread_id, to: Priority::Urgent });
    ClientFrame::Bulk(BulkFrame { id: 7, commands: vec![CommandRequest { key, command }] })
}

/// The answer to two: one was done, and one was not.
pub(super) fn server_frame(key: Key) -> ServerFrame {
    let nothing = BulkAnswer { key, outcome: None, error: None };
    let outcome = Some(Outcome::Done(Done { seq: Some(42) }));
    let error = Some(ErrorBody::new(ErrorCode::NotFound, "One sentence."));
    let answers = vec![BulkAnswer { outcome, ..nothing.clone() }, BulkAnswer { error, ..nothing }];
    ServerFrame::BulkDone(BulkDone { id: 7, answers })
}
