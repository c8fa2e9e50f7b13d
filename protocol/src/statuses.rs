//! How threads move from status to status, and their episodes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IntoDeserializer},
};

use crate::views::Status;

/// How statuses follow each other in an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusRules {
    /// Which statuses agents may set, by the one before; after one that is left out, any but `new`.
    #[serde(default)]
    pub transitions: Transitions,
    /// What a reply makes of a new or open thread: `open` or `pending`.
    pub after_reply: Status,
    /// What a customer's message makes of a closed thread: `open` or `new`.
    pub after_message: Status,
}

impl Default for StatusRules {
    fn default() -> Self {
        let transitions = Transitions::default();
        Self { transitions, after_reply: Status::Open, after_message: Status::Open }
    }
}

/// Which statuses agents may set, by the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "{ [status in Status]?: Array<Status> }"))]
pub struct Transitions(pub BTreeMap<Status, Vec<Status>>);

impl<'de> Deserialize<'de> for Transitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The words before are read as texts, so that a refusal can name the place.
        let read = BTreeMap::<String, Vec<Status>>::deserialize(deserializer)?;
        let of_status = |(from, to): (String, Vec<Status>)| {
            let word: de::value::StrDeserializer<'_, D::Error> = from.as_str().into_deserializer();
            Ok((Status::deserialize(word)?, to))
        };
        read.into_iter().map(of_status).collect::<Result<_, _>>().map(Self)
    }
}

/// One opening-to-closing of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct EpisodeView {
    /// 1 is the thread's first.
    pub number: u32,
    /// What opened it.
    pub opened: Moment,
    /// The first reply, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_reply: Option<Moment>,
    /// What closed it, where it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Moment>,
}

/// An event's place and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Moment {
    /// Its place in the stream.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
}
