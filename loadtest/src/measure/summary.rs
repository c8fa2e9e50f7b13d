//! Figures as a result keeps them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What came of one kind of time, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeSummary {
    /// How often.
    pub count: u64,
    /// The shortest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// Half took no longer.
    pub p50: f64,
    /// Three of four took no longer.
    pub p75: f64,
    /// Nine of ten took no longer.
    pub p90: f64,
    /// 95 of 100 took no longer.
    pub p95: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// 999 of 1000 took no longer.
    pub p999: f64,
    /// The longest.
    pub max: f64,
    /// The curve, for a plot.
    pub curve: Vec<Percentile>,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    /// So many of a hundred …
    pub percent: f64,
    /// … took no longer than this.
    pub ms: f64,
}

/// One second of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Second {
    /// When it ended, in seconds from the start.
    pub at: f64,
    /// Desks that were connected.
    pub connected: u32,
    /// p50, p99 and maximum of each time, in milliseconds.
    pub times: BTreeMap<String, [f64; 3]>,
    /// What was counted in it.
    pub counts: BTreeMap<String, u64>,
}

impl TimeSummary {
    /// Returns a figure by its name.
    pub fn stat(&self, name: &str) -> Option<f64> {
        Some(match name {
            "min" => self.min,
            "mean" => self.mean,
            "p50" => self.p50,
            "p75" => self.p75,
            "p90" => self.p90,
            "p95" => self.p95,
            "p99" => self.p99,
            "p999" => self.p999,
            "max" => self.max,
            _ => return None,
        })
    }
}
