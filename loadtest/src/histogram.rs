//! Durations, and how they are spread.

use std::{fmt, time::Duration};

/// More than any round trip may take.
const MICROS_MAX: u64 = 120_000_000;

/// Durations of one kind, to the microsecond with three digits.
pub(crate) struct Histogram(hdrhistogram::Histogram<u64>);

impl Histogram {
    /// Makes an empty one.
    pub(crate) fn new() -> Self {
        let made = hdrhistogram::Histogram::new_with_bounds(1, MICROS_MAX, 3);
        Self(made.expect("the bounds are in order"))
    }

    /// Adds a duration.
    pub(crate) fn add(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(MICROS_MAX);
        self.0.saturating_record(micros.clamp(1, MICROS_MAX));
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |micros| Duration::from_micros(micros).as_secs_f64() * 1_000.0;
        let at = |quantile| ms(self.0.value_at_quantile(quantile));
        write!(
            f,
            "{:>6}  p50 {:.3}  p90 {:.3}  p99 {:.3}  max {:.3} ms",
            self.0.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            ms(self.0.max())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_durations_are_spread() {
        let mut histogram = Histogram::new();
        for ms in 1..=100 {
            histogram.add(Duration::from_millis(ms));
        }
        let line = histogram.to_string();
        assert!(line.starts_with("   100  p50 50.0"), "{line}");
        assert!(line.contains("p99 99.") && line.contains("max 100."), "{line}");
        histogram.add(Duration::from_hours(1));
        assert!(histogram.to_string().contains("max 120"), "beyond the bounds");
    }
}
