//! A result in words, for a terminal.

use std::fmt::Write as _;

use super::result::{RunResult, Verdict};
use crate::measure::names::{self, TIMES};

impl Verdict {
    /// Says it in one sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Violations => "FAILED: a promise was broken, whatever the figures are.",
            Self::Lagged => {
                "INVALID: this generator was late, so its figures say nothing about the server. \
                 Give it a quieter machine, fewer agents or a lower rate."
            }
            Self::Thresholds => "FAILED: a threshold does not hold. No promise was broken.",
            Self::Good => "PASSED: no promise was broken, and every threshold holds.",
        }
    }
}

impl RunResult {
    /// Says everything that matters in some lines.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        let it = &self.looked_at;
        let _infallible = writeln!(text, "{}", self.verdict.in_words());
        for check in self.checks.iter().filter(|it| it.broken > 0) {
            let _infallible = writeln!(
                text,
                "\n  {} ({}): not so: {}",
                check.kind.name(),
                check.broken,
                check.promise
            );
            for first in &check.first {
                let _infallible = writeln!(text, "    {first}");
            }
        }
        let _infallible = writeln!(
            text,
            "\nchecked   {} desks, {} events, {} deliveries, {} commands, {} texts, {} timelines, \
             {} customers",
            it.desks, it.events, it.deliveries, it.commands, it.texts, it.timelines, it.customers
        );
        let _infallible = writeln!(
            text,
            "\n{:<14}{:>9}{:>11}{:>11}{:>11}{:>11}",
            "", "count", "p50", "p90", "p99", "max"
        );
        for (name, _) in TIMES {
            if let Some(time) = self.times.get(name) {
                let _infallible = writeln!(
                    text,
                    "{name:<14}{:>9}{:>11}{:>11}{:>11}{:>11}",
                    time.count,
                    names::ms(time.p50),
                    names::ms(time.p90),
                    names::ms(time.p99),
                    names::ms(time.max)
                );
            }
        }
        let counters = self.counters.iter().filter(|it| *it.1 > 0);
        let counters: Vec<String> = counters.map(|(name, it)| format!("{name} {it}")).collect();
        let _infallible = writeln!(text, "\ncounted   {}\n", counters.join(", "));
        for judged in &self.thresholds {
            let (mark, name) = (if judged.holds { "ok  " } else { "FAIL" }, &judged.threshold);
            let _infallible =
                writeln!(text, "{mark}  {name:<28} {:>10}  {}", judged.figure, judged.why);
        }
        for note in &self.notes {
            let _infallible = writeln!(text, "note  {note}");
        }
        text
    }
}
