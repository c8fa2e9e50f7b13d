//! Thresholds such as `ack.p99 < 100ms` or `errors < 0.1%`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::span::Span;
use crate::measure::names::{self, COUNTERS, STATS, TIMES};

/// What has to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// A time or a counter.
    pub metric: String,
    /// Which figure of a time; `count`, `rate` or `share` of a counter.
    pub stat: String,
    /// Which way.
    pub test: Test,
    /// The bound: milliseconds, a number, or a share from 0 to 1.
    pub bound: f64,
    text: String,
}

/// How a figure is compared with its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// More or the same.
    AtLeast,
    /// More.
    More,
    /// The same.
    Is,
}

const TESTS: [(&str, Test); 5] = [
    ("<=", Test::AtMost),
    (">=", Test::AtLeast),
    ("==", Test::Is),
    ("<", Test::Less),
    (">", Test::More),
];

impl Threshold {
    /// Says whether a figure is within the bound.
    pub fn holds(&self, figure: f64) -> bool {
        match self.test {
            Test::Less => figure < self.bound,
            Test::AtMost => figure <= self.bound,
            Test::AtLeast => figure >= self.bound,
            Test::More => figure > self.bound,
            Test::Is => (figure - self.bound).abs() < f64::EPSILON,
        }
    }

    /// Writes a figure of this threshold's kind.
    pub fn shown(&self, figure: f64) -> String {
        if names::is_time(&self.metric) && self.stat != "count" {
            names::ms(figure)
        } else if self.stat == "share" {
            format!("{:.3}%", figure * 100.0)
        } else if figure.fract() == 0.0 {
            format!("{figure}")
        } else {
            format!("{figure:.1}")
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("threshold `{text}`: {why}");
        let found = TESTS.iter().find_map(|(sign, way)| Some((text.split_once(sign)?, *way)));
        let ((asked, limit), way) =
            found.ok_or_else(|| wrong("write it like `ack.p99 < 100ms` or `errors < 0.1%`"))?;
        let (asked, limit) = (asked.trim(), limit.trim());
        let (metric, stat) = asked.rsplit_once('.').map_or((asked, None), |(metric, stat)| {
            if names::is_stat(stat) { (metric, Some(stat)) } else { (asked, None) }
        });
        let share = limit.strip_suffix('%').map(|it| it.trim().parse::<f64>());
        let number =
            |text: &str| text.parse::<f64>().map_err(|_not| wrong("the bound is no number"));
        let time = names::is_time(metric);
        if !time && !names::is_counter(metric) {
            let known = [TIMES.map(|it| it.0).join(", "), COUNTERS.map(|it| it.0).join(", ")];
            return Err(wrong(&format!("`{metric}` is not one of {}", known.join(", "))));
        }
        let (stat, bound) = match (stat, share) {
            (Some("count"), None) => ("count", number(limit)?),
            (Some(stat @ ("rate" | "share")), None) if !time => (stat, number(limit)?),
            (Some(stat), None) if time => {
                let span: Span = limit.parse().map_err(|why: String| wrong(&why))?;
                (stat, span.0.as_secs_f64() * 1_000.0)
            }
            (None, Some(share)) if !time => {
                ("share", share.map_err(|_not| wrong("the bound is no number"))? / 100.0)
            }
            (None, None) if !time => ("count", number(limit)?),
            _ => {
                let stats = STATS.join(", ");
                return Err(wrong(&format!("a time needs one of {stats}; a counter none of them")));
            }
        };
        let (metric, stat) = (metric.to_owned(), stat.to_owned());
        Ok(Self { metric, stat, test: way, bound, text: text.trim().to_owned() })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Eq for Threshold {}

impl PartialOrd for Threshold {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Threshold {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_read_and_judged() {
        let check = |text: &str, good: f64, bad: f64| {
            let threshold: Threshold = text.parse().unwrap();
            assert!(threshold.holds(good) && !threshold.holds(bad), "{text}");
            assert_eq!(threshold.to_string(), text);
        };
        check("ack.p99 < 100ms", 99.9, 100.0);
        check("errors < 0.1%", 0.0009, 0.001);
        check("resets == 0", 0.0, 1.0);
        check("ack.count >= 10", 10.0, 9.0);
        check("events.rate > 5", 5.1, 5.0);
        for wrong in ["ack < 5ms", "ack.p99", "ack.p98 < 5ms", "nothing == 0", "errors < lots"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }
}
