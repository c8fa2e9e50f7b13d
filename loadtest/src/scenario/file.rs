//! What a scenario file may say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    read,
    span::{Rate, Span, Spread, When},
    threshold::Threshold,
};

/// A scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Filled in by the reader: the file's name.
    #[serde(default)]
    pub name: String,
    /// One line for lists.
    pub about: String,
    /// What happens, and why one would want to see it, in plain words.
    pub story: String,
    /// How much, and for how long.
    pub load: Load,
    /// How often each thing happens, in shares of all actions.
    pub mix: BTreeMap<Action, f64>,
    /// How people take their time.
    #[serde(default)]
    pub people: People,
    /// What goes wrong on purpose.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
    /// How the provider misbehaves, where texts come through webhooks.
    #[serde(default)]
    pub provider: Provider,
    /// When figures may be trusted, and how long the end may take.
    #[serde(default)]
    pub trust: Trust,
    /// What has to hold, and why: `"ack.p99 < 100ms" = "why"`.
    #[serde(default)]
    pub thresholds: BTreeMap<Threshold, String>,
}

impl Scenario {
    /// Finds one that comes with the tool by its name, or reads a file whose name ends in `.toml`.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        read::named(name)
    }
}

/// See [`Scenario::load`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Sockets, each an agent's desk.
    pub agents: u32,
    /// Customers who write, each with a thread of their own.
    pub customers: u32,
    /// Actions a second, of all kinds together.
    pub rate: Rate,
    /// Whether actions come at random instants or evenly.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// How long it takes until all agents are there.
    pub ramp: Span,
    /// How long is measured after that.
    pub duration: Span,
    /// How customers reach the server.
    #[serde(default)]
    pub via: Via,
    /// Bytes of a note's text.
    #[serde(default = "note_bytes")]
    pub note_bytes: u32,
    /// The first so many customers get all the agents' attention; 0: spread evenly.
    #[serde(default)]
    pub hot_customers: u32,
    /// How many agents answer at the same instant in a `contend`.
    #[serde(default = "contenders")]
    pub contenders: u32,
}

fn note_bytes() -> u32 {
    80
}

fn contenders() -> u32 {
    8
}

/// See [`Load::arrivals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// At random instants, as people do (a Poisson process).
    #[default]
    Poisson,
    /// One after the other, at equal distances.
    Constant,
}

/// See [`Load::via`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Through the sandbox's phones.
    #[default]
    Sandbox,
    /// Through signed webhooks of Twilio, with a stand-in for its API in this process.
    Twilio,
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A customer sends a text.
    Text,
    /// An agent opens a thread, looks at it and leaves it.
    Open,
    /// An agent takes a thread, types for a while, replies and leaves.
    Answer,
    /// An agent replies at once, without lock or typing.
    Reply,
    /// Several agents reply to one thread at the same instant.
    Contend,
    /// An agent writes a note.
    Note,
    /// An agent gives a thread to a colleague.
    Assign,
    /// An agent changes a thread's status.
    Status,
    /// An agent's desk reconnects.
    Reconnect,
}

/// See [`Scenario::people`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct People {
    /// How long an agent types before a reply is sent.
    pub typing: Spread,
    /// How long an agent looks at a thread.
    pub looking: Spread,
    /// The share of commands that are sent twice with the same key, as after a lost answer.
    pub repeat: f64,
}

impl Default for People {
    fn default() -> Self {
        let seconds = |from, to| Spread {
            from: std::time::Duration::from_secs(from),
            to: std::time::Duration::from_secs(to),
        };
        Self { typing: seconds(1, 3), looking: seconds(1, 4), repeat: 0.01 }
    }
}

/// Something that goes wrong on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When.
    pub at: When,
    /// What.
    pub what: Trouble,
    /// For which share of the agents.
    #[serde(default = "everybody")]
    pub share: f64,
    /// Spread over this time; all at once without it.
    #[serde(default)]
    pub over: Span,
    /// For `stall`: how long nothing is read.
    #[serde(default, rename = "for")]
    pub lasting: Span,
}

fn everybody() -> f64 {
    1.0
}

/// See [`Fault::what`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The connection ends without a word, as when a laptop goes through a tunnel.
    Cut,
    /// The desk says goodbye and comes back, as when a page is loaded again.
    Close,
    /// The desk reads nothing for a while.
    Stall,
}

/// See [`Scenario::provider`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// The share of webhooks that are delivered twice.
    pub repeat: f64,
    /// The share of sends that are taken and then answered with an error.
    pub doubt: f64,
}

/// See [`Scenario::trust`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trust {
    /// Actions may start so late (99 of 100) before the figures count for nothing.
    pub lag_p99: Span,
    /// After the last action everything has to be answered and delivered within this time.
    pub settle: Span,
}

impl Default for Trust {
    fn default() -> Self {
        let span = |ms| Span(std::time::Duration::from_millis(ms));
        Self { lag_p99: span(20), settle: span(20_000) }
    }
}
