//! Bodies of the HTTP API under `/api/v1`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    commands::{Command, Outcome},
    contacts::ReachView,
    errors::{ErrorCode, ErrorDetails},
    events::Event,
    frames::Cursor,
    ids::{StreamId, ThreadId},
    permissions::Permission,
    sessions::TokenName,
    statuses::EpisodeView,
    text::Key,
    views::{AgentView, ChannelKind, InboxView, ThreadView},
};

/// `POST /sessions`: sign in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The agent's e-mail address.
    pub email: String,
    /// The agent's password.
    pub password: String,
    /// `cookie` sets one for this site, `token` (the default) puts the token into the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
}

/// `GET /sessions/ways`: how people may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SignInWays {
    /// With an e-mail address and a password.
    pub password: bool,
    /// With OpenID Connect, where that is set up.
    pub oidc: Option<OidcWay>,
}

/// Signing in with OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct OidcWay {
    /// What the button says.
    pub name: String,
    /// Where the browser goes.
    pub path: String,
}

/// How a client keeps its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A cookie that scripts cannot read.
    Cookie,
    /// A bearer token in the answer.
    Token,
}

/// The answer to a sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct SignedIn {
    /// The bearer token, unless a cookie was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When the session ends.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub agent: AgentView,
}

/// `GET /me`: who am I, and what may I see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Me {
    /// The asking agent.
    pub agent: AgentView,
    /// What it may do in the organisation; what in an inbox, stands there.
    pub may: Vec<Permission>,
    /// The inboxes that it is a member of.
    pub inboxes: Vec<InboxView>,
    /// The newest API tokens, whoever's: who is named in a timeline.
    pub tokens: Vec<TokenName>,
}

/// `GET /inboxes/{id}/threads`: a page of threads, newest activity first, exact at `cursor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadPage {
    /// The inbox's stream.
    pub stream: StreamId,
    /// The place of the stream that this page was read at.
    pub seq: u64,
    /// The same, to subscribe from.
    pub cursor: Cursor,
    /// The threads.
    pub threads: Vec<ThreadView>,
    /// `before` of the next page, if there is one.
    pub next: Option<u64>,
}

/// `GET /threads/{id}`: a thread and the newest part of what was said, exact at `cursor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadSnapshot {
    /// The inbox's stream.
    pub stream: StreamId,
    /// The place of the stream that this was read at.
    pub seq: u64,
    /// The same, to subscribe from.
    pub cursor: Cursor,
    /// The thread.
    pub thread: ThreadView,
    /// How the customer can be answered, by each of the inbox's channels that reaches it.
    pub reach: Vec<ReachView>,
    /// Its newest episodes, oldest first.
    pub episodes: Vec<EpisodeView>,
    /// The newest part of its timeline.
    pub timeline: Timeline,
}

/// `GET /threads/{id}/timeline`: a page of what happened in a thread, oldest first. Messages carry
/// their delivery state as it is now; read marks and delivery steps are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Timeline {
    /// The thread.
    pub thread_id: ThreadId,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// `before` of the page with the older ones, if there is one.
    pub next: Option<u64>,
}

/// `POST /commands`: the same commands as on the socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// The client's own name for this wish: repeat it when no answer came.
    pub key: Key,
    /// The wish.
    pub command: Command,
}

/// The answer to a command that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CommandAnswer {
    /// What came of it.
    pub outcome: Outcome,
}

/// A refusal over HTTP, as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct Problem {
    /// `urn:tandem:error:` and the code.
    pub r#type: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// One sentence about this very case.
    pub detail: String,
    /// For programs.
    pub code: ErrorCode,
    /// Whether the same request, unchanged, may succeed later.
    pub retryable: bool,
    /// What the code promises to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<ErrorDetails>>,
    /// What the log calls this request, as in the header `X-Request-Id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// `POST /sandbox/api/channels/{id}/messages`: the customer's phone sends a text.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SandboxSend {
    /// The customer's number, for instance `+12025550123`.
    pub from: String,
    /// What to say.
    pub text: String,
    /// The phone's own id of the message: the same one is taken once.
    pub id: String,
}

/// `POST /sandbox/api/channels/{id}/typing`: the customer types.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SandboxTyping {
    /// The customer's number, for instance `+12025550123`.
    pub from: String,
}

/// `GET /sandbox/api/channels`: where sandbox phones can write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SandboxChannels {
    /// The inboxes' sandbox channels.
    pub channels: Vec<SandboxChannel>,
}

/// A sandbox channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SandboxChannel {
    /// The channel.
    pub id: crate::ids::ChannelId,
    /// Which kind it plays.
    pub kind: ChannelKind,
    /// The business's number.
    pub address: String,
    /// The inbox behind it.
    pub inbox_name: String,
}

/// `GET /sandbox/api/channels/{id}/phones/{number}`: what a phone shows, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SandboxPhone {
    /// The messages; authors and delivery states are the business's and left out.
    pub messages: Vec<SandboxMessage>,
    /// What it plays.
    pub plays: SandboxPlay,
}

/// `POST /sandbox/api/channels/{id}/phones/{number}/plays`: what a phone plays from now on.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SandboxPlays {
    /// What.
    pub plays: SandboxPlay,
}

/// What a sandbox phone, or the provider before it, does with messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SandboxPlay {
    /// Shows them at once.
    #[default]
    Normal,
    /// Takes them after some seconds.
    Slow,
    /// Is switched off: they are sent, and arrive when it is on again.
    Off,
    /// Has no time just now.
    Busy,
    /// Takes them and does not say so.
    NoAnswer,
    /// Refuses them, as the customer wants none.
    OptedOut,
    /// Cannot be reached over this channel.
    Unreachable,
    /// Refuses what they say.
    Content,
    /// Takes only templates now.
    Window,
    /// Refuses our credentials.
    Credentials,
}

/// A message on a sandbox phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SandboxMessage {
    /// The phone's own id of the message.
    pub id: String,
    /// Whether this phone sent it.
    pub mine: bool,
    /// What it says.
    pub text: String,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<SandboxFile>>"))]
    pub files: Vec<SandboxFile>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A file on a sandbox phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SandboxFile {
    /// Where it is for a while: a path of this server.
    pub path: String,
    /// What it is.
    pub mime_type: String,
}
