//! What comes out: figures with their spread and target, as a table and as JSON.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use anyhow::Context;
use serde::Serialize;

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// Not more than this.
    AtMost(f64),
    /// Not less.
    AtLeast(f64),
}

/// A figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    bench: &'static str,
    name: String,
    unit: &'static str,
    median: f64,
    min: f64,
    max: f64,
    rounds: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
}

/// All figures of a run.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    notes: Vec<String>,
    figures: Vec<Figure>,
}

impl Report {
    /// Says something that one has to know to read the figures.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Adds a figure that was taken this often.
    pub(crate) fn add(
        &mut self,
        (bench, name): (&'static str, impl Into<String>),
        unit: &'static str,
        values: &[f64],
        target: Option<Target>,
    ) {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (values.first(), values.last()) else { return };
        let figure = Figure {
            bench,
            name: name.into(),
            unit,
            median: median(&values),
            min: *min,
            max: *max,
            rounds: values.len(),
            target,
        };
        say(&figure.line());
        self.figures.push(figure);
    }

    /// Prints the table, and writes table and JSON into a folder.
    pub(crate) fn finish(&self, folder: &Path) -> anyhow::Result<()> {
        let mut table = String::new();
        let mut bench = "";
        for figure in &self.figures {
            if figure.bench != bench {
                bench = figure.bench;
                let _infallible = writeln!(table, "\n{bench}");
            }
            let _infallible = writeln!(table, "{}", figure.line());
        }
        table.push('\n');
        for note in &self.notes {
            let _infallible = writeln!(table, "- {note}");
        }
        say(&format!("\n{}\n{table}", "=".repeat(100)));
        fs::create_dir_all(folder).context("cannot make the folder for the figures")?;
        fs::write(folder.join("bench.txt"), table)?;
        fs::write(folder.join("bench.json"), serde_json::to_string_pretty(self)?)?;
        Ok(())
    }
}

impl Figure {
    fn line(&self) -> String {
        let Self { name, unit, median, min, max, rounds, .. } = self;
        let spread = if *rounds > 1 {
            format!("({} to {}, {rounds} rounds)", short(*min), short(*max))
        } else {
            String::new()
        };
        let judged = self.target.map(|target| match target {
            Target::AtMost(most) if *median <= most => format!("target {most}: met"),
            Target::AtLeast(least) if *median >= least => format!("target {least}: met"),
            Target::AtMost(wanted) | Target::AtLeast(wanted) => {
                format!("target {wanted}: NOT MET")
            }
        });
        let judged = judged.unwrap_or_default();
        let value = short(*median);
        format!("  {name:<58} {value:>9} {unit:<4} {spread:<32} {judged}").trim_end().to_owned()
    }
}

/// Says something on the terminal. A closed one is no reason to stop.
pub(crate) fn say(text: &str) {
    let _closed = writeln!(io::stdout(), "{text}");
}

fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Returns the middle of sorted values.
fn median(sorted: &[f64]) -> f64 {
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle - 1), at(middle)) }
}

/// Turns a count into a number to reckon with.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts are below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// Returns microseconds for each of so many.
pub(crate) fn micros_each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / float(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_whether_its_target_is_met() {
        let mut report = Report::default();
        report.add(("a", "b"), "x", &[3.0, 1.0, 2.0], Some(Target::AtMost(2.0)));
        report.add(("a", "b"), "x", &[3.0, 1.0, 2.5, 2.0], Some(Target::AtMost(2.0)));
        report.add(("a", "b"), "/s", &[3000.0], Some(Target::AtLeast(3000.0)));
        let lines: Vec<_> = report.figures.iter().map(Figure::line).collect();
        let ends: Vec<_> = lines.iter().map(|it| it.ends_with(": met")).collect();
        assert_eq!(ends, [true, false, true], "{lines:?}");
        assert!(lines.first().unwrap().contains("2.00 x    (1.00 to 3.00, 3 rounds)"));
    }
}
