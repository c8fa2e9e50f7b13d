//! What goes over the socket, one JSON object a text frame.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    commands::{Command, Outcome},
    drafts,
    errors::ErrorBody,
    events::Event,
    ids::{AgentId, ConnectionId, NodeId, StreamId, ThreadId},
    signals::{Activity, AgentPresence, ThreadSignals},
    text::Key,
    views::AgentView,
};

/// The WebSocket subprotocol: encoding and major version.
pub const SUBPROTOCOL: &str = "tandem.v1";

/// How far a reader is in a stream. Opaque: keep it and give it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string & { readonly __cursor?: true }"))]
pub struct Cursor(pub String);

/// From a client. Requests carry an `id`, unique on the connection; the answer carries it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame: who is this, and from where to go on.
    Hello(Hello),
    /// Follow a stream.
    Subscribe(Subscribe),
    /// Stop following a stream.
    Unsubscribe(Unsubscribe),
    /// Wish for something.
    Command(CommandFrame),
    /// Say what the agent does. No answer.
    Signal(SignalFrame),
    /// Say whether somebody sits at this desk. No answer.
    Attention(Attention),
    /// Follow what the colleagues are doing.
    WatchAgents(WatchAgents),
    /// Stop following that.
    UnwatchAgents(UnwatchAgents),
    /// Work on a thread's draft together with others.
    DraftOpen(drafts::DraftOpen),
    /// No longer.
    DraftClose(drafts::DraftClose),
    /// Change the draft.
    DraftUpdate(drafts::DraftUpdate),
    /// Say where the caret is in it. No answer.
    DraftCursor(drafts::DraftCursor),
    /// Ask for a sign of life.
    Ping(Ping),
}

/// See [`ClientFrame::Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// Comes back in `welcome`.
    pub id: u32,
    /// The session token, where neither a cookie nor a bearer header carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Streams to follow at once, each from a cursor: a resume in one round trip.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "codegen", ts(as = "Option<BTreeMap<StreamId, Cursor>>"))]
    pub cursors: BTreeMap<StreamId, Cursor>,
}

/// See [`ClientFrame::Subscribe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// Comes back in the answer.
    pub id: u32,
    /// The stream; an inbox's stream id is `str_` and the inbox's digits.
    pub stream: StreamId,
    /// From where; without it, from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// See [`ClientFrame::Unsubscribe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    /// Comes back in the answer.
    pub id: u32,
    /// The stream.
    pub stream: StreamId,
}

/// See [`ClientFrame::Command`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandFrame {
    /// Comes back in the answer.
    pub id: u32,
    /// The client's own name for this wish: repeat it when no answer came.
    pub key: Key,
    /// The wish.
    pub command: Command,
}

/// See [`ClientFrame::Signal`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalFrame {
    /// The thread.
    pub thread_id: ThreadId,
    /// What the agent does with it.
    pub activity: Activity,
}

/// See [`ClientFrame::Attention`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Whether somebody is there. A connection counts as attended until it says otherwise; an agent
    /// with no attended connection is away.
    pub present: bool,
}

/// See [`ClientFrame::WatchAgents`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WatchAgents {
    /// Comes back in the answer.
    pub id: u32,
}

/// See [`ClientFrame::UnwatchAgents`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnwatchAgents {
    /// Comes back in the answer.
    pub id: u32,
}

/// See [`ClientFrame::Ping`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ping {
    /// Comes back in `pong`.
    pub id: u32,
}

/// From the server. Clients ignore fields and types that they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to `hello`.
    Welcome(Welcome),
    /// The answer to `subscribe`; events and signals follow.
    Subscribed(Subscribed),
    /// The answer to `unsubscribe`.
    Unsubscribed(Unsubscribed),
    /// The answer to a command that was done.
    Ok(OkFrame),
    /// The answer to a request that was refused, or, without `id`, to a frame that made no sense.
    Error(ErrorFrame),
    /// What happened, in order.
    Events(EventsFrame),
    /// The stream cannot go on from where the reader is: load a snapshot.
    Reset(Reset),
    /// Who does what.
    Signals(SignalsFrame),
    /// A colleague asks for the reply lock that this agent holds.
    LockRequested(LockRequested),
    /// The answer to `watch_agents`; `agents` follows.
    Watching(Watching),
    /// The answer to `unwatch_agents`.
    Unwatched(Unwatched),
    /// What the colleagues are doing.
    Agents(AgentsFrame),
    /// The answer to `draft_open`.
    DraftOpened(drafts::DraftOpened),
    /// The answer to `draft_close`; or the draft is out of sight.
    DraftClosed(drafts::DraftClosed),
    /// The answer to `draft_update`.
    DraftSaved(drafts::DraftSaved),
    /// A draft that is open here was changed, or its review has moved.
    Draft(drafts::DraftChanged),
    /// Who else has the draft open, and where.
    DraftCursors(drafts::DraftCursors),
    /// This node goes away: stay until it closes the connection, then come back to any node.
    Draining(Draining),
    /// A sign of life.
    Heartbeat(Heartbeat),
    /// The answer to `ping`.
    Pong(Pong),
}

/// See [`ServerFrame::Welcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Welcome {
    /// The id of the `hello`.
    pub id: u32,
    /// This connection.
    pub connection_id: ConnectionId,
    /// The server process.
    pub node_id: NodeId,
    /// Who the server thinks this is.
    pub agent: AgentView,
    /// A heartbeat comes this often, in milliseconds; two missed ones mean a dead connection.
    pub heartbeat_ms: u32,
    /// The server's clock, so that a client can show times by it.
    pub at: DateTime<Utc>,
}

/// See [`ServerFrame::Subscribed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct Subscribed {
    /// The id of the request; absent where `hello` carried the cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The stream.
    pub stream: StreamId,
    /// The place that events will follow on.
    pub at: u64,
    /// The same, to give back.
    pub cursor: Cursor,
    /// The last place of the stream: once there, the reader is live.
    pub head: u64,
}

/// See [`ServerFrame::Unsubscribed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Unsubscribed {
    /// The id of the request.
    pub id: u32,
    /// The stream.
    pub stream: StreamId,
}

/// See [`ServerFrame::Ok`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct OkFrame {
    /// The id of the command frame.
    pub id: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// See [`ServerFrame::Error`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct ErrorFrame {
    /// The id of the request, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Why.
    pub error: ErrorBody,
}

/// See [`ServerFrame::Events`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct EventsFrame {
    /// The stream.
    pub stream: StreamId,
    /// The place that this frame follows on: the reader's own, or something was lost.
    pub prev: u64,
    /// The place that the reader is at after it. What it may not see is left out.
    pub to: u64,
    /// The same, to give back.
    pub cursor: Cursor,
    /// The events, in order.
    pub events: Vec<Event>,
}

/// See [`ServerFrame::Reset`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct Reset {
    /// The id of the request, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The stream. It is no longer subscribed.
    pub stream: StreamId,
    /// Why.
    pub reason: ResetReason,
}

/// Why a reader has to load a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The cursor cannot be read.
    BadCursor,
    /// The stream was restored or begun anew since.
    Epoch,
    /// The cursor is beyond the head, or its past is not this stream's past.
    Diverged,
    /// The events that come next are no longer kept.
    BelowFloor,
    /// More events were missed than are worth sending.
    TooFar,
    /// The reader's rights have changed.
    Rights,
}

/// See [`ServerFrame::Signals`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SignalsFrame {
    /// The stream.
    pub stream: StreamId,
    /// Whether this is everything: threads that are not listed are quiet.
    pub full: bool,
    /// The threads where something is different.
    pub threads: Vec<ThreadSignals>,
}

/// See [`ServerFrame::LockRequested`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct LockRequested {
    /// The thread.
    pub thread_id: ThreadId,
    /// Who asks.
    pub from: AgentId,
}

/// See [`ServerFrame::Watching`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Watching {
    /// The id of the request.
    pub id: u32,
}

/// See [`ServerFrame::Unwatched`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Unwatched {
    /// The id of the request.
    pub id: u32,
}

/// See [`ServerFrame::Agents`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AgentsFrame {
    /// Whether this is everything: agents who are not listed are not known.
    pub full: bool,
    /// The agents where something is different.
    pub agents: Vec<AgentPresence>,
}

/// See [`ServerFrame::Draining`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Draining {
    /// When the server will close this connection, in milliseconds from now: another time for each
    /// client, so that they do not all come back at once.
    pub retry_after_ms: u32,
}

/// See [`ServerFrame::Heartbeat`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Heartbeat {
    /// The server's clock.
    pub at: DateTime<Utc>,
}

/// See [`ServerFrame::Pong`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Pong {
    /// The id of the `ping`.
    pub id: u32,
}
