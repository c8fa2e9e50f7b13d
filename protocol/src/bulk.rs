//! Many commands in one request.

use serde::{Deserialize, Serialize};

use crate::{
    commands::{Command, Outcome},
    errors::ErrorBody,
    http::CommandRequest,
    text::Key,
};

/// Most commands in one request.
pub const BULK_COMMANDS_MAX: usize = 200;

/// The kinds that go in bulk, in the order of PROTOCOL.md.
pub const BULK_KINDS: [&str; 5] =
    ["thread.assign", "thread.set_status", "thread.prioritise", "thread.tag", "thread.untag"];

/// `POST /commands/bulk`: commands that each succeed or fail alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// The commands, each with a key of its own.
    pub commands: Vec<CommandRequest>,
}

/// The answer: one for each command, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct BulkAnswers {
    /// The answers.
    pub answers: Vec<BulkAnswer>,
}

/// What came of one of the commands: an outcome or an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct BulkAnswer {
    /// The command's key.
    pub key: Key,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why it was refused, as on the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}

impl Command {
    /// Says whether it goes in bulk.
    pub fn goes_in_bulk(&self) -> bool {
        BULK_KINDS.contains(&self.kind())
    }
}
