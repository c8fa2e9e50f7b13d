//! Lengths of time, instants of a run and rates, as people write them.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time such as `250ms`, `5s` or `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub Duration);

/// Two lengths of time such as `1s..4s`; one alone is both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The shortest.
    pub from: Duration,
    /// The longest.
    pub to: Duration,
}

/// An instant of a run: after `10s`, or at `40%` of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// So long after the start of the measured part.
    After(Duration),
    /// At this part of it, 0 to 1.
    Part(f64),
}

/// A rate such as `20/s` or `20`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(pub f64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time such as 250ms, 5s or 2m");
        let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
        let number: f64 = number.parse().map_err(|_not_a_number| wrong())?;
        let seconds = match unit.trim() {
            "us" | "µs" => number / 1_000_000.0,
            "ms" => number / 1_000.0,
            "s" => number,
            "m" => number * 60.0,
            _ => return Err(wrong()),
        };
        Duration::try_from_secs_f64(seconds).map(Self).map_err(|_too_long| wrong())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds >= 60.0 && self.0.as_secs().is_multiple_of(60) && self.0.subsec_nanos() == 0 {
            write!(f, "{}m", self.0.as_secs() / 60)
        } else if seconds >= 1.0 || seconds == 0.0 {
            write!(f, "{seconds}s")
        } else {
            write!(f, "{}ms", seconds * 1_000.0)
        }
    }
}

impl FromStr for Spread {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let (from, to) = (from.trim().parse::<Span>()?.0, to.trim().parse::<Span>()?.0);
        if from > to {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", Span(self.from), Span(self.to))
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(part) = text.strip_suffix('%') else {
            return Ok(Self::After(text.parse::<Span>()?.0));
        };
        match part.trim().parse::<f64>() {
            Ok(part) if (0.0..=100.0).contains(&part) => Ok(Self::Part(part / 100.0)),
            _ => Err(format!("`{text}` is not a part of the run such as 40%")),
        }
    }
}

impl When {
    /// Returns the instant in a run of this length.
    pub fn of(self, whole: Duration) -> Duration {
        match self {
            Self::After(after) => after.min(whole),
            Self::Part(part) => whole.mul_f64(part),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(after) => Span(*after).fmt(f),
            Self::Part(part) => write!(f, "{}%", part * 100.0),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches("/s");
        match number.parse::<f64>() {
            Ok(rate) if rate.is_finite() && rate >= 0.0 => Ok(Self(rate)),
            _ => Err(format!("`{text}` is not a rate such as 20/s")),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

as_text!(Span, Spread, When, Rate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_are_read_and_written_alike() {
        for text in ["250ms", "5s", "2m", "1.5s", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("1s..4s".parse::<Spread>().unwrap().to_string(), "1s..4s");
        assert_eq!("40%".parse::<When>().unwrap().of(Duration::from_secs(10)).as_secs(), 4);
        assert_eq!("20/s".parse::<Rate>(), "20".parse::<Rate>());
        for wrong in ["", "5", "5h", "-1s", "s", "1e99s"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
        assert!("4s..1s".parse::<Spread>().is_err());
        assert!("140%".parse::<When>().is_err());
        assert!("fast".parse::<Rate>().is_err());
    }
}
