//! The parts of a report.

use std::fmt::Write as _;

use super::{
    chart::{self, Curve, Frame, Line},
    html::safe,
    result::{RunResult, Verdict},
};
use crate::{
    measure::{
        names::{self, COUNTERS, TIMES},
        summary::Second,
    },
    scenario::{explain, file::Trouble},
};

/// What was run, and on what, in two lines.
pub(crate) fn head(it: &RunResult) -> String {
    let load = &it.scenario.load;
    let nodes = it.targets.len();
    let nodes = if nodes == 1 { "one node".to_owned() } else { format!("{nodes} nodes") };
    format!(
        "<h1>{}</h1><p class='soft'>{}. {} desks and {} customers, {} actions a second for {:.0} s, \
         against {nodes}; {}.</p>",
        safe(&it.scenario.name),
        safe(&it.scenario.about),
        load.agents,
        load.customers,
        load.rate.0,
        it.lasted,
        safe(&it.began.replace('T', " ").replace('Z', " UTC"))
    )
}

/// The verdict.
pub(crate) fn verdict(it: &RunResult) -> String {
    let class = match it.verdict {
        Verdict::Good => "is-good",
        Verdict::Lagged => "is-odd",
        Verdict::Violations | Verdict::Thresholds => "is-bad",
    };
    let words = it.verdict.in_words();
    let (first, rest) = words.split_once(": ").unwrap_or((words, ""));
    let mut letters = rest.chars();
    let rest: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let seen = &it.looked_at;
    let early = if it.interrupted { " The run was ended early by hand." } else { "" };
    format!(
        "<div class='verdict {class}'><b>{first}</b>{rest}{early} Checked: {} deliveries of {} events to \
         {} desks, {} commands, {} customers' texts.</div>",
        thousands(seen.deliveries),
        thousands(seen.events),
        thousands(seen.desks),
        thousands(seen.commands),
        thousands(seen.texts)
    )
}

/// Broken promises, with the first few instances.
pub(crate) fn violations(it: &RunResult) -> String {
    let mut html = String::new();
    for check in it.checks.iter().filter(|it| it.broken > 0) {
        let _infallible = write!(
            html,
            "<div class='card'><h3 class='no'>{} &times; {}</h3><p>Not so: {}.</p><ul class='small'>",
            thousands(check.broken),
            check.kind.name(),
            safe(&check.promise)
        );
        for first in &check.first {
            let _infallible = write!(html, "<li><code>{}</code></li>", safe(first));
        }
        html.push_str("</ul></div>");
    }
    html
}

/// The figures that people ask for first.
pub(crate) fn tiles(it: &RunResult) -> String {
    let tile = |value: String, what: &str| {
        format!("<div class='tile'><strong>{value}</strong><span>{what}</span></div>")
    };
    let mut html = "<div class='tiles'>".to_owned();
    for (name, what) in [
        ("ack", "99 of 100 commands answered within"),
        ("deliver", "99 of 100 events at a colleague's desk within"),
        ("inbound", "99 of 100 customers' texts on a desk within"),
        ("away", "99 of 100 lost desks live again within"),
    ] {
        if let Some(time) = it.times.get(name) {
            html.push_str(&tile(names::ms(time.p99), what));
        }
    }
    let events = it.counters.get("events").copied().unwrap_or_default();
    html.push_str(&tile(thousands(events), "events delivered to desks"));
    html.push_str(&tile(
        thousands(it.counters.get("collisions").copied().unwrap_or_default()),
        "double answers prevented",
    ));
    html.push_str("</div>");
    html
}

/// Every threshold.
pub(crate) fn thresholds(it: &RunResult) -> String {
    if it.thresholds.is_empty() {
        return String::new();
    }
    let mut html =
        "<h2>Thresholds</h2><div class='card scroll'><table><tr><th></th><th>has to hold</th>\
                    <th class='n'>was</th><th>because</th></tr>"
            .to_owned();
    for judged in &it.thresholds {
        let mark = if judged.holds { "ok'>holds" } else { "no'>FAILS" };
        let _infallible = write!(
            html,
            "<tr><td class='mark {mark}</td><td><code>{}</code></td><td class='n'>{}</td><td>{}</td></tr>",
            safe(&judged.threshold),
            safe(&judged.figure),
            safe(&judged.why)
        );
    }
    html + "</table></div>"
}

/// Over time, and by percentile.
pub(crate) fn charts(it: &RunResult) -> String {
    let until = it.seconds.last().map_or(1.0, |it| it.at);
    let marks = marks(it);
    let frame = |title, value| Frame { title, until, shaded: it.ramped, marks: &marks, value };
    let stat = |name: &'static str, index: usize| {
        move |second: &Second| second.times.get(name).and_then(|it| it.get(index)).copied()
    };
    let line = |name, colour, of: &dyn Fn(&Second) -> Option<f64>| Line {
        name,
        colour,
        points: it.seconds.iter().map(|second| (second.at, of(second))).collect(),
    };
    let card = |title: &str, what: &str, chart: String| {
        format!("<div class='card'><h3>{title}</h3><p class='soft small'>{what}</p>{chart}</div>")
    };
    let mut html = "<h2>How it felt, second by second</h2><div class='pair'>".to_owned();
    for (name, title, what) in [
        ("ack", "Commands", "from the instant a command was due to its answer"),
        ("deliver", "Delivery", "from the server's stamp on an event to each desk"),
        ("inbound", "Customers' texts", "from the instant a text was due to each desk"),
        ("resume", "Coming back", "from opening a connection to having everything that was missed"),
    ] {
        if it.times.contains_key(name) {
            let lines = [
                line("slowest", "--three", &stat(name, 2)),
                line("99 of 100 within", "--two", &stat(name, 1)),
                line("half within", "--one", &stat(name, 0)),
            ];
            html.push_str(&card(title, what, chart::over_time(&frame(title, names::ms), &lines)));
        }
    }
    let count = |name: &'static str| {
        move |second: &Second| Some(float(second.counts.get(name).copied().unwrap_or_default()))
    };
    let lines = [
        line("commands", "--one", &count("commands")),
        line("customers' texts", "--two", &count("texts")),
    ];
    let plain: fn(f64) -> String = |it| format!("{it:.0}");
    let title = "What went in, each second";
    html.push_str(&card(
        title,
        "commands and texts",
        chart::over_time(&frame(title, plain), &lines),
    ));
    let lines = [line("events at desks", "--one", &count("events"))];
    let title = "What came out, each second";
    let what = "one event at one desk counts once";
    html.push_str(&card(title, what, chart::over_time(&frame(title, short), &lines)));
    let connected = |second: &Second| Some(f64::from(second.connected));
    let lines = [line("desks", "--one", &connected)];
    let title = "Connected desks";
    html.push_str(&card(
        title,
        "at the end of each second",
        chart::over_time(&frame(title, plain), &lines),
    ));
    html.push_str(&card(
        "How many waited how long",
        "of 100, so many took no longer; the right side is stretched",
        percentiles(it),
    ));
    html + "</div>"
}

fn percentiles(it: &RunResult) -> String {
    let colours = ["--one", "--two", "--three"];
    let names = ["ack", "deliver", "inbound"];
    let curves = names.iter().zip(colours).filter_map(|(name, colour)| {
        let points = it.times.get(*name)?.curve.iter().map(|it| (it.percent, it.ms)).collect();
        Some(Curve { name, colour, points })
    });
    let curves: Vec<Curve<'_>> = curves.collect();
    chart::percentiles("times by percentile", &curves, names::ms)
}

/// What was done on purpose, and when, from the start of the run.
fn marks(it: &RunResult) -> Vec<(f64, String)> {
    let whole = it.scenario.load.duration.0;
    let mark = |fault: &crate::scenario::file::Fault| {
        let at = it.ramped + fault.at.of(whole).as_secs_f64();
        let what = match fault.what {
            Trouble::Cut => "desks are cut off",
            Trouble::Close => "desks are closed",
            Trouble::Stall => "desks stop reading",
        };
        (at, format!("{:.0}% of the {what}", fault.share * 100.0))
    };
    it.scenario.faults.iter().map(mark).collect()
}

/// Every time, in a table.
pub(crate) fn times(it: &RunResult) -> String {
    let mut html = "<h2>All times</h2><div class='card scroll'><table><tr><th>time</th><th class='n'>count</th>\
                    <th class='n'>half</th><th class='n'>90 of 100</th><th class='n'>99 of 100</th>\
                    <th class='n'>999 of 1000</th><th class='n'>slowest</th><th>what it is</th></tr>"
        .to_owned();
    for (name, means) in TIMES {
        let Some(time) = it.times.get(name) else { continue };
        let _infallible = write!(
            html,
            "<tr><td><code>{name}</code></td><td class='n'>{}</td>",
            thousands(time.count)
        );
        for ms in [time.p50, time.p90, time.p99, time.p999, time.max] {
            let _infallible = write!(html, "<td class='n'>{}</td>", names::ms(ms));
        }
        let _infallible = write!(html, "<td class='soft small'>{means}</td></tr>");
    }
    html + "</table></div><p class='soft small'>The instants at which things were due were fixed before the run, \
            so a server that falls behind cannot hide it: waiting counts.</p>"
}

/// Every promise.
pub(crate) fn checks(it: &RunResult) -> String {
    let seen = &it.looked_at;
    let mut html = format!(
        "<h2>What was checked</h2><p>Everything that the {} desks were told was held against each other, against the \
         server's own timelines of {} threads, and against what {} customers got.</p>\
         <div class='card scroll'><table>",
        thousands(seen.desks),
        thousands(seen.timelines),
        thousands(seen.customers)
    );
    for check in &it.checks {
        let (class, word) = match check.broken {
            0 => ("ok", "kept".to_owned()),
            broken => ("no", format!("broken {} times", thousands(broken))),
        };
        let _infallible = write!(
            html,
            "<tr><td class='mark {class}'>{word}</td><td>{}</td><td class='soft small'><code>{}</code></td></tr>",
            safe(&check.promise),
            check.kind.name()
        );
    }
    html + "</table></div>"
}

/// How it was run, what was counted, what one should know.
pub(crate) fn run(it: &RunResult) -> String {
    let mut html = "<h2>The run</h2><div class='card'>".to_owned();
    for line in it.scenario.story.trim().split("\n\n") {
        let _infallible = write!(html, "<p>{}</p>", safe(line));
    }
    html.push_str("<dl>");
    let mut row = |name: &str, value: String| {
        let _infallible = write!(html, "<dt>{name}</dt><dd>{}</dd>", safe(&value));
    };
    row("against", it.targets.join(", "));
    row("seed", format!("{} (the same seed gives the same schedule)", it.seed));
    row("desks", format!("{} on {} logins", it.scenario.load.agents, it.logins));
    row("measured", format!("{:.1} s, after {:.1} s of ramp", it.lasted, it.ramped));
    row("quiet again", format!("{:.1} s after the last action", it.settled));
    let machine = &it.machine;
    row(
        "generator",
        format!("{} on {} processors, {}", it.tool, machine.processors, machine.system),
    );
    if let Some(lag) = it.times.get("lag") {
        let bound = it.scenario.trust.lag_p99;
        let lag = names::ms(lag.p99);
        row("its own lag", format!("99 of 100 actions began within {lag}; {bound} is allowed"));
    }
    html.push_str("</dl></div>");
    html.push_str("<div class='card scroll'><table>");
    for (name, means) in COUNTERS {
        let Some(count) = it.counters.get(name).filter(|it| **it > 0) else { continue };
        let _infallible = write!(
            html,
            "<tr><td class='n'>{}</td><td><code>{name}</code></td><td class='soft small'>{means}</td></tr>",
            thousands(*count)
        );
    }
    html.push_str("</table></div>");
    if !it.notes.is_empty() {
        html.push_str("<div class='card'><h3>Notes</h3><ul class='small'>");
        for note in &it.notes {
            let _infallible = write!(html, "<li>{}</li>", safe(note));
        }
        html.push_str("</ul></div>");
    }
    let about = explain::in_words(&it.scenario);
    let about = safe(about.trim());
    let _infallible = write!(
        html,
        "<details class='small'><summary>The scenario in words</summary><pre class='scroll'>{about}</pre></details>"
    );
    html
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn short(value: f64) -> String {
    if value >= 10_000.0 { format!("{:.0}k", value / 1_000.0) } else { format!("{value:.0}") }
}

fn float(count: u64) -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "far below 2^52")]
    let float = count as f64;
    float
}
