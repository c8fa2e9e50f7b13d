//! A scenario in plain words.

use std::fmt::Write as _;

use super::{
    file::{Action, Arrivals, Fault, Scenario, Trouble, Via},
    limits::named,
};
use crate::measure::names::{COUNTERS, TIMES};

/// Says what a scenario does and what its thresholds mean.
pub(crate) fn in_words(it: &Scenario) -> String {
    let mut text = String::new();
    let load = &it.load;
    let _infallible = writeln!(text, "{}: {}\n\n{}\n", it.name, it.about, it.story.trim());
    let arrivals = match load.arrivals {
        Arrivals::Poisson => "at random instants",
        Arrivals::Constant => "at equal distances",
    };
    let via = match load.via {
        Via::Sandbox => "over the sandbox's phones",
        Via::Twilio => "over signed webhooks, as Twilio sends them",
    };
    let _infallible = writeln!(
        text,
        "{} desks come within {}, then {} actions are due {arrivals} for {}. The instants are fixed \
         beforehand by the seed, and every time is taken from them, so a server that falls behind \
         cannot hide it. {} customers write {via}.\n",
        load.agents, load.ramp, load.rate, load.duration, load.customers
    );
    let whole: f64 = it.mix.values().sum();
    let mut mix: Vec<_> = it.mix.iter().filter(|it| *it.1 > 0.0).collect();
    mix.sort_by(|a, b| b.1.total_cmp(a.1));
    text.push_str("Of 100 actions:\n");
    for (action, weight) in mix {
        let share = format!("{:.0}", weight / whole * 100.0);
        let _infallible =
            writeln!(text, "  {share:>3}  {:<10} {}", named(*action), does(*action, it));
    }
    if !it.faults.is_empty() {
        text.push_str("\nOn purpose:\n");
        for fault in &it.faults {
            let _infallible = writeln!(text, "  {}", goes_wrong(fault));
        }
    }
    text.push_str("\nThresholds (exit code 99 where one does not hold):\n");
    for (threshold, why) in &it.thresholds {
        let means = means(&threshold.metric);
        let _infallible =
            writeln!(text, "  {threshold}\n      {why}\n      ({}: {means})", threshold.metric);
    }
    let _infallible = writeln!(
        text,
        "\nAfter the last action everything has {} to arrive. Then what every desk was told is held \
         against what all others were told, against the server's own timelines, and against what \
         the customers got. Anything lost, doubled, misordered or answered twice is exit code 97, \
         whatever the figures are. If this generator itself started 1 of 100 actions more than {} \
         late, the figures count for nothing: exit code 98.",
        it.trust.settle, it.trust.lag_p99
    );
    text
}

/// What a time or a counter means.
pub(crate) fn means(metric: &str) -> &'static str {
    let mut all = TIMES.iter().chain(&COUNTERS);
    all.find(|it| it.0 == metric).map(|it| it.1).unwrap_or_default()
}

fn does(action: Action, it: &Scenario) -> String {
    match action {
        Action::Text => "a customer sends a text".to_owned(),
        Action::Open => {
            format!("an agent opens a thread, looks at it for {} and leaves it", it.people.looking)
        }
        Action::Answer => format!(
            "an agent opens a thread, takes its reply lock, types for {} and replies",
            it.people.typing
        ),
        Action::Reply => "an agent replies at once, without lock or typing".to_owned(),
        Action::Contend => format!(
            "{} desks reply to one thread at the same instant; one may win",
            it.load.contenders
        ),
        Action::Note => "an agent writes a note".to_owned(),
        Action::Assign => "an agent gives a thread to a colleague, or to nobody".to_owned(),
        Action::Status => "an agent changes a thread's status".to_owned(),
        Action::Reconnect => "a desk goes, with or without a word, and comes back".to_owned(),
    }
}

fn goes_wrong(fault: &Fault) -> String {
    let share = fault.share * 100.0;
    let over = if fault.over.0.is_zero() {
        "all at once".to_owned()
    } else {
        format!("spread over {}", fault.over)
    };
    let what = match fault.what {
        Trouble::Cut => "lose their connection without a word".to_owned(),
        Trouble::Close => "close their page and open it again".to_owned(),
        Trouble::Stall => format!("read nothing for {}", fault.lasting),
    };
    format!("at {} of the run, {share:.0}% of the desks {what}, {over}", fault.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{catalogue, read};

    #[test]
    fn every_threshold_and_action_is_explained() {
        for (name, _) in catalogue::ALL {
            let scenario = read::named(name).unwrap();
            let text = in_words(&scenario);
            for threshold in scenario.thresholds.keys() {
                assert!(text.contains(&threshold.to_string()), "{name}");
                assert!(!means(&threshold.metric).is_empty(), "{}", threshold.metric);
            }
        }
    }
}
