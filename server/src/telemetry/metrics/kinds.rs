//! The kinds of series: counters, gauges and histograms, alone or one for each value of a label.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{
        MetricType,
        counter::Counter,
        family::{Family, MetricConstructor},
        histogram,
    },
    registry::{Metric, Registry, Unit},
};
use serde::Serialize;

/// From half a millisecond, below which nothing here is worth a look, to the longest timeout.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Sizes of batches.
const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Labels with their values. A value is a word of ours or of the protocol, never one of a peer:
/// each new one is a series for ever.
type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// Returns the word that a value has on the wire.
pub fn word(value: impl Serialize) -> Cow<'static, str> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Cow::Owned(word),
        _ => Cow::Borrowed("other"),
    }
}

/// A counter for each value of its labels.
#[derive(Debug, Clone)]
pub struct CounterBy<const N: usize> {
    labels: [&'static str; N],
    family: Family<Labels<N>, Counter>,
}

impl<const N: usize> CounterBy<N> {
    /// Makes it.
    pub fn new(labels: [&'static str; N]) -> Self {
        Self { labels, family: Family::default() }
    }

    /// Begins at zero with these values: a series that appears with its first event has no rate.
    #[must_use]
    pub fn from_zero<V: Into<Cow<'static, str>>>(
        self,
        values: impl IntoIterator<Item = [V; N]>,
    ) -> Self {
        for values in values {
            self.add(values, 0);
        }
        self
    }

    /// Counts one.
    pub fn inc<V: Into<Cow<'static, str>>>(&self, values: [V; N]) {
        self.add(values, 1);
    }

    /// Counts several.
    pub fn add<V: Into<Cow<'static, str>>>(&self, values: [V; N], count: u64) {
        self.family.get_or_create(&labelled(self.labels, values)).inc_by(count);
    }
}

/// How long something took, or how many there were at a time.
#[derive(Debug, Clone)]
pub struct Histogram(histogram::Histogram);

impl Histogram {
    /// Makes one of seconds.
    pub fn seconds() -> Self {
        Self(histogram::Histogram::new(SECONDS))
    }

    /// Makes one of whole numbers.
    pub fn counts() -> Self {
        Self(histogram::Histogram::new(COUNTS))
    }

    /// Adds a duration.
    pub fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }

    /// Adds a number.
    pub fn observe_count(&self, count: usize) {
        self.0.observe(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    }

    /// Adds the time from now until the returned value is dropped, however its scope is left.
    pub fn time(&self) -> Timed {
        Timed { histogram: self.clone(), since: Instant::now() }
    }
}

/// See [`Histogram::time`].
#[derive(Debug)]
pub struct Timed {
    histogram: Histogram,
    since: Instant,
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.histogram.observe(self.since.elapsed());
    }
}

/// A histogram of seconds for each value of its label.
#[derive(Debug, Clone)]
pub struct HistogramBy {
    label: &'static str,
    family: Family<Labels<1>, histogram::Histogram, Seconds>,
}

/// Makes the histograms of a family.
#[derive(Debug, Clone)]
struct Seconds;

impl MetricConstructor<histogram::Histogram> for Seconds {
    fn new_metric(&self) -> histogram::Histogram {
        histogram::Histogram::new(SECONDS)
    }
}

impl HistogramBy {
    /// Makes it, with the values that are known.
    pub fn new(label: &'static str, values: impl IntoIterator<Item = &'static str>) -> Self {
        let it = Self { label, family: Family::new_with_constructor(Seconds) };
        for value in values {
            let _made = it.of(value);
        }
        it
    }

    /// Returns the histogram of one value.
    pub fn of(&self, value: &'static str) -> Histogram {
        Histogram(self.family.get_or_create(&labelled([self.label], [value])).clone())
    }
}

fn labelled<const N: usize, V: Into<Cow<'static, str>>>(
    labels: [&'static str; N],
    values: [V; N],
) -> Labels<N> {
    let mut values = values.map(|value| Some(value.into()));
    let mut next = values.iter_mut();
    labels.map(|label| (label, next.next().and_then(Option::take).unwrap_or_default()))
}

/// Lists a series under its name. The unit is the end of the name, as the format wants it.
pub(super) fn list(registry: &mut Registry, name: &str, help: &str, series: impl Metric) {
    // The registry ends the sentence itself.
    let help = help.trim().trim_end_matches('.');
    if let Some(name) = name.strip_suffix("_seconds") {
        registry.register_with_unit(name, help, Unit::Seconds, series);
    } else if let Some(name) = name.strip_suffix("_bytes") {
        registry.register_with_unit(name, help, Unit::Bytes, series);
    } else {
        registry.register(name, help, series);
    }
}

impl<const N: usize> EncodeMetric for CounterBy<N> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.family.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl EncodeMetric for HistogramBy {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.family.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
