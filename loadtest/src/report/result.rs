//! The result of a run, as `run.json` has it.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    check::findings::Kind,
    measure::summary::{Second, TimeSummary},
    scenario::file::Scenario,
};

/// The version of this format.
pub const SCHEMA: u32 = 1;

/// What came of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunResult {
    /// The version of this format.
    pub schema: u32,
    /// The tool and its version.
    pub tool: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What was run, overrides included.
    pub scenario: Scenario,
    /// The seed of the schedule.
    pub seed: u64,
    /// Where.
    pub targets: Vec<String>,
    /// How many logins the desks shared.
    pub logins: usize,
    /// When it began, in UTC.
    pub began: String,
    /// Where the generator ran.
    pub machine: Machine,
    /// How long the measured part lasted, in seconds.
    pub lasted: f64,
    /// How long it took until all was quiet after it, in seconds.
    pub settled: f64,
    /// When the measured part began, in seconds from the start.
    pub ramped: f64,
    /// Whether it was ended early.
    pub interrupted: bool,
    /// Every kind of time.
    pub times: BTreeMap<String, TimeSummary>,
    /// Every counter.
    pub counters: BTreeMap<String, u64>,
    /// Every second of it.
    pub seconds: Vec<Second>,
    /// Every promise that was checked.
    pub checks: Vec<Check>,
    /// What the checks looked at.
    pub looked_at: LookedAt,
    /// Every threshold.
    pub thresholds: Vec<Judged>,
    /// What one should know besides.
    pub notes: Vec<String>,
}

/// The verdict, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A promise was broken. Figures do not matter then.
    Violations,
    /// The generator was late: its figures cannot be trusted.
    Lagged,
    /// A threshold does not hold.
    Thresholds,
    /// All is well.
    Good,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Processors.
    pub processors: usize,
    /// The system and its kind of processor.
    pub system: String,
}

/// A promise, and how often it was broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub kind: Kind,
    /// In plain words.
    pub promise: String,
    /// How often it was broken.
    pub broken: u64,
    /// The first few times.
    pub first: Vec<String>,
}

/// What the checks looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LookedAt {
    /// Desks.
    pub desks: u64,
    /// Different events.
    pub events: u64,
    /// Events at desks, summed up.
    pub deliveries: u64,
    /// Commands.
    pub commands: u64,
    /// Texts of customers.
    pub texts: u64,
    /// Threads whose timelines were compared.
    pub timelines: u64,
    /// Customers who were asked what they got.
    pub customers: u64,
}

/// A threshold, and the figure that it was held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// As it was written.
    pub threshold: String,
    /// Why it is there.
    pub why: String,
    /// The figure, as people read it; `-` if nothing of the kind happened.
    pub figure: String,
    /// Whether it holds.
    pub holds: bool,
}

impl RunResult {
    /// Returns the exit code: 0, 97, 98 or 99.
    pub fn exit_code(&self) -> u8 {
        match self.verdict {
            Verdict::Violations => 97,
            Verdict::Lagged => 98,
            Verdict::Thresholds => 99,
            Verdict::Good => 0,
        }
    }

    /// Reads a result.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let result: Self = serde_json::from_str(&text)
            .with_context(|| format!("{shown} is no result of `loadtest run`"))?;
        let version = result.schema;
        ensure!(version == SCHEMA, "{shown} has version {version} of the format, not {SCHEMA}");
        Ok(result)
    }

    /// Writes `run.json` and `report.html` into a folder.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("cannot make {shown}"))?;
        let json = serde_json::to_string_pretty(self).context("a result is JSON")?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write("run.json", &json)?;
        write("report.html", &super::html::page(self))
    }
}
