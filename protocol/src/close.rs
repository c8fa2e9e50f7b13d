//! Close codes. The range says what to do: 4000 to 4499 come back, 4500 to 4999 do not.

use serde::{Deserialize, Serialize};

/// Why the server closed a connection (RFC 6455, section 7.4, and this protocol's own range).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// The peer broke the WebSocket protocol.
    Protocol,
    /// A binary frame: this protocol is text.
    Unsupported,
    /// A text frame that is not UTF-8.
    NotUtf8,
    /// A frame over the limit.
    TooBig,
    /// The server is going away for a restart.
    Draining,
    /// No `hello` within 5 seconds.
    HelloTimeout,
    /// No sign of life after a heartbeat.
    Silent,
    /// No write progress for 10 seconds.
    Slow,
    /// Too many frames, after warnings.
    RateLimited,
    /// What the agent may see or do has changed.
    Rights,
    /// A fault of the server.
    Internal,
    /// The server has too much to do.
    Overloaded,
    /// The token or cookie is not valid.
    Unauthenticated,
    /// The session was ended: logout, or a disabled agent.
    SessionRevoked,
    /// The first frame was not a valid `hello`.
    HelloExpected,
}

impl CloseCode {
    /// All codes, in the order of PROTOCOL.md.
    pub const ALL: [Self; 15] = [
        Self::Protocol,
        Self::Unsupported,
        Self::NotUtf8,
        Self::TooBig,
        Self::Draining,
        Self::HelloTimeout,
        Self::Silent,
        Self::Slow,
        Self::RateLimited,
        Self::Rights,
        Self::Internal,
        Self::Overloaded,
        Self::Unauthenticated,
        Self::SessionRevoked,
        Self::HelloExpected,
    ];

    /// Returns the number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Unsupported => 1003,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
            Self::Draining => 4000,
            Self::HelloTimeout => 4001,
            Self::Silent => 4002,
            Self::Slow => 4008,
            Self::RateLimited => 4029,
            Self::Rights => 4003,
            Self::Internal => 4011,
            Self::Overloaded => 4013,
            Self::Unauthenticated => 4500,
            Self::SessionRevoked => 4501,
            Self::HelloExpected => 4502,
        }
    }

    /// Returns the name that the close reason carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Unsupported => "unsupported",
            Self::NotUtf8 => "not_utf8",
            Self::TooBig => "too_big",
            Self::Draining => "draining",
            Self::HelloTimeout => "hello_timeout",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::RateLimited => "rate_limited",
            Self::Rights => "rights",
            Self::Internal => "internal",
            Self::Overloaded => "overloaded",
            Self::Unauthenticated => "unauthenticated",
            Self::SessionRevoked => "session_revoked",
            Self::HelloExpected => "hello_expected",
        }
    }

    /// Says whether a client should connect again. Standard codes count as faults of the client.
    pub fn come_back(self) -> bool {
        (4000..=4499).contains(&self.number())
    }
}

/// The close frame's reason, as JSON: at most 123 bytes (RFC 6455, section 5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct CloseReason {
    /// The code's name.
    pub code: String,
    /// When to come back, in milliseconds, chosen per client; absent where it must not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}
