//! Two results side by side.

use std::fmt::Write as _;

use anyhow::{bail, ensure};

use super::result::{RunResult, Verdict};
use crate::measure::names::{self, TIMES};

/// Differences below this are the scheduler's, not the server's.
const NOISE_MS: f64 = 0.5;

/// What became of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// Longer than tolerated.
    Worse,
    /// Shorter by more than tolerated.
    Better,
    /// As before.
    Same,
}

/// One figure of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Such as `ack.p99`.
    pub name: String,
    /// In milliseconds.
    pub before: f64,
    /// In milliseconds.
    pub after: f64,
    /// What became of it.
    pub became: Became,
}

/// Two results side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The figures that both have.
    pub lines: Vec<Line>,
    /// Why the two are not alike.
    pub unlike: Vec<String>,
    /// Whether the later one broke a promise.
    pub broken: bool,
}

/// Reads a tolerance such as `10%`.
pub fn tolerance(text: &str) -> anyhow::Result<f64> {
    let Ok(percent) = text.trim().trim_end_matches('%').parse::<f64>() else {
        bail!("--tolerance must be a number of percent, such as 10%");
    };
    ensure!((0.0..=1_000.0).contains(&percent), "--tolerance is {text}, allowed are 0% to 1000%");
    Ok(percent / 100.0)
}

/// Compares. The generator's own lag is no figure of the server.
pub fn compare(before: &RunResult, after: &RunResult, tolerance: f64) -> Comparison {
    let mut lines = Vec::new();
    for (name, _) in TIMES.iter().filter(|it| it.0 != "lag") {
        let (Some(old), Some(new)) = (before.times.get(*name), after.times.get(*name)) else {
            continue;
        };
        for stat in ["p50", "p90", "p99"] {
            let (Some(old), Some(new)) = (old.stat(stat), new.stat(stat)) else { continue };
            let became = if new - old > (old * tolerance).max(NOISE_MS) {
                Became::Worse
            } else if old - new > (old * tolerance).max(NOISE_MS) {
                Became::Better
            } else {
                Became::Same
            };
            lines.push(Line { name: format!("{name}.{stat}"), before: old, after: new, became });
        }
    }
    let mut unlike = Vec::new();
    if before.scenario.name != after.scenario.name {
        let (old, new) = (&before.scenario.name, &after.scenario.name);
        unlike.push(format!("other scenarios: {old} and {new}"));
    } else if before.scenario.load != after.scenario.load {
        unlike.push("the same scenario with other loads".to_owned());
    }
    if before.seed != after.seed {
        unlike.push(format!("other seeds: {} and {}", before.seed, after.seed));
    }
    for (which, result) in [("the earlier", before), ("the later", after)] {
        if result.verdict == Verdict::Lagged {
            unlike.push(format!("{which} one's generator was late, so its figures mean little"));
        }
    }
    Comparison { lines, unlike, broken: after.verdict == Verdict::Violations }
}

impl Comparison {
    /// Says whether the later one is worse.
    pub fn is_worse(&self) -> bool {
        self.broken || self.lines.iter().any(|it| it.became == Became::Worse)
    }

    /// Returns the table.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        for unlike in &self.unlike {
            let _infallible = writeln!(text, "mind: {unlike}");
        }
        let (a, b, c) = ("before", "after", "change");
        let _infallible = writeln!(text, "{:<18}{a:>12}{b:>12}{c:>10}", "");
        for it in &self.lines {
            let change = (it.after - it.before) / it.before.max(0.001) * 100.0;
            let mark = match it.became {
                Became::Worse => "  WORSE",
                Became::Better => "  better",
                Became::Same => "",
            };
            let _infallible = writeln!(
                text,
                "{:<18}{:>12}{:>12}{change:>+9.0}%{mark}",
                it.name,
                names::ms(it.before),
                names::ms(it.after)
            );
        }
        if self.broken {
            text.push_str("the later run broke a promise: see its report\n");
        }
        text.push_str(if self.is_worse() { "worse\n" } else { "not worse\n" });
        text
    }
}
