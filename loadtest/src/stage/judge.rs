//! The end: everything is compared with everything, and the result is made.

use std::{rc::Rc, time::Duration};

use chrono::DateTime;
use tokio::time::{Instant, sleep};

use super::{drive::Driven, set_up::Stage, settle::Settled, timelines};
use crate::{
    check::{
        findings::{Findings, Kind},
        replies,
        streams::{self, Desk},
    },
    customers::phones,
    measure::{
        meter::{Counter, Meter},
        names::{TIMES, Time},
    },
    report::result::{Check, Judged, LookedAt, Machine, RunResult, SCHEMA, Verdict},
    scenario::threshold::Threshold,
    settings::Settings,
    world::shared::World,
};

/// How often customers are asked until everything has arrived.
const ASK: Duration = Duration::from_millis(500);
/// Desks have so long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Ends the run and judges it.
pub(crate) async fn judge(
    stage: &Rc<Stage>,
    settings: &Settings,
    mut driven: Driven,
    settled: Settled,
) -> anyhow::Result<RunResult> {
    let world = &stage.world;
    // Nothing more is measured; what the checks cost is not the run's.
    driven.watching.abort_all();
    while driven.watching.join_next().await.is_some() {}
    driven.texts.abort_all();
    let mut found = std::mem::take(&mut *world.found.borrow_mut());
    let customers = ask_customers(stage, settings, &mut found).await?;
    let timelines = timelines::check(stage, &mut found).await?;
    let _all_told = driven.stop.send(true);
    let goodbye = async { while driven.desks.join_next().await.is_some() {} };
    let _some_hang = tokio::time::timeout(GOODBYE, goodbye).await;
    driven.desks.abort_all();
    compare(world, &mut found);
    count_the_unanswered(world);
    last_deliveries(world);
    let looked_at = looked_at(world, customers, timelines);
    let checks = Kind::ALL.map(|kind| {
        let found = found.of(kind).cloned().unwrap_or_default();
        let promise = kind.promise().to_owned();
        Check { kind, promise, broken: found.count, first: found.first }
    });
    let mut meter = world.meter.borrow_mut();
    let seconds = meter.take_seconds();
    let thresholds: Vec<Judged> = settings
        .scenario
        .thresholds
        .iter()
        .map(|(threshold, why)| held(threshold, why, &meter, driven.lasted))
        .collect();
    let verdict = verdict(&checks, &thresholds, &meter, settings);
    let times = (TIMES.iter().map(|it| it.0)).zip(ALL_TIMES);
    let starts = Duration::from_micros(world.starts.get());
    Ok(RunResult {
        schema: SCHEMA,
        tool: concat!("loadtest ", env!("CARGO_PKG_VERSION")).to_owned(),
        verdict,
        scenario: settings.scenario.clone(),
        seed: settings.seed,
        targets: settings.targets.iter().map(|it| it.http.clone()).collect(),
        logins: stage.logins.len(),
        began: i64::try_from(world.clock.began())
            .ok()
            .and_then(|it| DateTime::from_timestamp(it, 0))
            .map(|it| it.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default(),
        machine: machine(),
        lasted: driven.lasted.as_secs_f64(),
        settled: settled.took.as_secs_f64(),
        ramped: starts.as_secs_f64() - world.clock.began_exactly().as_secs_f64(),
        interrupted: driven.interrupted,
        times: times.filter_map(|(name, it)| Some((name.to_owned(), meter.summary(it)?))).collect(),
        counters: meter.counters().map(|(name, it)| (name.to_owned(), it)).collect(),
        seconds,
        checks: checks.into(),
        looked_at,
        thresholds,
        notes: world.notes.borrow().clone(),
    })
}

/// In the order of [`TIMES`].
const ALL_TIMES: [Time; TIMES.len()] = [
    Time::Ack,
    Time::Service,
    Time::Deliver,
    Time::DeliverLast,
    Time::Inbound,
    Time::Post,
    Time::Connect,
    Time::Resume,
    Time::Away,
    Time::Signal,
    Time::Lag,
];

/// Asks until every reply has arrived, or the time for it is over; takes over what is found then.
async fn ask_customers(
    stage: &Stage,
    settings: &Settings,
    found: &mut Findings,
) -> anyhow::Result<u64> {
    let deadline = Instant::now() + settings.scenario.trust.settle.0;
    loop {
        let (count, asked) = phones::check(&stage.world, &stage.post, stage.fake.as_ref()).await?;
        let waits = asked.of(Kind::ReplyLost).is_some() || asked.of(Kind::Invented).is_some();
        if !waits || Instant::now() > deadline {
            found.take_over(asked);
            return Ok(count);
        }
        sleep(ASK).await;
    }
}

fn compare(world: &World, found: &mut Findings) {
    let logs = world.logs.borrow();
    let seats: Vec<_> = world.seats.iter().map(|it| it.borrow()).collect();
    for (log, number) in logs.iter().zip(0..) {
        let follows = seats.iter().flat_map(|seat| seat.follows.iter().map(move |it| (seat, it)));
        let desks: Vec<Desk<'_>> = follows
            .filter(|(_, follow)| follow.stream == number)
            .map(|(seat, follow)| Desk {
                name: &seat.name,
                agent: seat.agent,
                sees_all: follow.sees_all,
                reader: &follow.reader,
            })
            .collect();
        streams::compare(world.stream_name(number), log, &desks, found);
    }
    let orders = world.orders.borrow();
    orders.check(&logs, found);
    replies::one_each(&orders, |it| world.thread_name(it), found);
    for (number, thread) in world.threads.borrow().all() {
        thread.replies.check(&world.thread_name(number), found);
    }
    world.texts.borrow().check(found);
}

fn count_the_unanswered(world: &World) {
    let pending = world.seats.iter().map(|it| it.borrow().pending.len()).sum::<usize>();
    let pending = u64::try_from(pending).unwrap_or_default();
    world.meter.borrow_mut().count(Counter::UNANSWERED, pending);
}

/// The last desk of each event is known only now.
fn last_deliveries(world: &World) {
    let mut meter = world.meter.borrow_mut();
    for (_, entry) in world.logs.borrow().iter().flat_map(crate::check::log::StreamLog::entries) {
        if entry.receivers > 0 && entry.stamp >= world.starts.get() {
            meter.add(Time::DeliverLast, entry.last.saturating_sub(entry.stamp));
        }
    }
}

fn looked_at(world: &World, customers: u64, timelines: u64) -> LookedAt {
    let count = |it: usize| u64::try_from(it).unwrap_or_default();
    LookedAt {
        desks: count(world.seats.len()),
        events: count(world.logs.borrow().iter().map(|it| it.entries().count()).sum()),
        deliveries: world.meter.borrow().counter(Counter::EVENTS),
        commands: count(world.orders.borrow().all().len()),
        texts: count(world.texts.borrow().all().len()),
        timelines,
        customers,
    }
}

fn held(threshold: &Threshold, why: &str, meter: &Meter, lasted: Duration) -> Judged {
    let figure = figure(threshold, meter, lasted);
    Judged {
        threshold: threshold.to_string(),
        why: why.to_owned(),
        figure: figure.map_or_else(|| "-".to_owned(), |it| threshold.shown(it)),
        // What never happened took no time at all; asking for a count says more.
        holds: figure.is_none_or(|it| threshold.holds(it)),
    }
}

fn figure(threshold: &Threshold, meter: &Meter, lasted: Duration) -> Option<f64> {
    let times = TIMES.iter().map(|it| it.0).zip(ALL_TIMES);
    let time = times.clone().find(|it| it.0 == threshold.metric).map(|it| it.1);
    if let Some(time) = time {
        let summary = meter.summary(time);
        if threshold.stat == "count" {
            return Some(summary.map_or(0.0, |it| float(it.count)));
        }
        return summary?.stat(&threshold.stat);
    }
    let count = float(meter.counters().find(|it| it.0 == threshold.metric)?.1);
    Some(match threshold.stat.as_str() {
        "rate" => count / lasted.as_secs_f64().max(0.001),
        // Texts that were not taken are a share of texts, everything else of commands.
        "share" => {
            let text = threshold.metric.starts_with("text");
            let whole = meter.counter(if text { Counter::TEXTS } else { Counter::COMMANDS });
            count / float(whole.max(1))
        }
        _ => count,
    })
}

fn float(count: u64) -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "far below 2^52")]
    let float = count as f64;
    float
}

fn verdict(checks: &[Check], judged: &[Judged], meter: &Meter, settings: &Settings) -> Verdict {
    let lag = meter.summary(Time::Lag).map(|it| it.p99).unwrap_or_default();
    if checks.iter().any(|it| it.broken > 0) {
        Verdict::Violations
    } else if lag > settings.scenario.trust.lag_p99.0.as_secs_f64() * 1_000.0 {
        Verdict::Lagged
    } else if judged.iter().any(|it| !it.holds) {
        Verdict::Thresholds
    } else {
        Verdict::Good
    }
}

fn machine() -> Machine {
    Machine {
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    }
}
