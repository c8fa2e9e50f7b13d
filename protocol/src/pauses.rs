//! Channels over which nothing goes out for a while.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why nothing goes out over a channel. What was accepted waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Pause {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: PauseReason,
    /// The provider's code, where it refused our credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub code: Option<String>,
}

/// Why a channel is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// An administrator has paused it.
    ByHand,
    /// The provider refuses our credentials; every message would fail alike.
    Credentials,
}
