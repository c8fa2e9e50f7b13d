//! What an idle connection takes: signed in and subscribed at Tandem, subscribed at bare axum.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::stand::{self, Peer, Stand};
use crate::{
    args::Settings,
    figures::{Report, Target, float},
    load,
};

const BENCH: &str = "memory";
const CONNECTIONS: usize = 10_000;
/// How long a server is left alone before its memory is read.
const SETTLING: Duration = Duration::from_secs(2);
/// How long texts are sent to all before it is read again.
const LOAD: Duration = Duration::from_millis(1_500);

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let tandem = settings.tandem(BENCH)?;
    // The first connection is there before, so that what is made once is not counted.
    let ours = stand::tandem(settings, &tandem, &[1], 1)?;
    measure(ours, report, Some(Target::AtMost(8.0)))?;
    if let Some(other) = settings.against(BENCH)? {
        let mut other = stand::tandem(settings, &other, &[1], 1)?;
        other.name = "Tandem, the other build";
        measure(other, report, None)?;
    }
    for peer in [Peer::Axum(4), Peer::Axum(128)] {
        measure(peer.stand(settings, &[1], 640)?, report, None)?;
    }
    Ok(())
}

fn measure(stand: Stand, report: &mut Report, target: Option<Target>) -> anyhow::Result<()> {
    let Stand { name, process, mut fleet, mut rooms, opening } = stand;
    let room = rooms.first_mut().context("a room")?;
    load::run(&mut fleet, room, 1, Duration::from_millis(200), &process)?;
    let (memory, cpu, begun) = (process.resident()?, process.cpu()?, Instant::now());
    fleet.open(process.address, &opening, CONNECTIONS)?;
    let (took, busy) = (begun.elapsed(), process.cpu()?.saturating_sub(cpu));
    fleet.rest(SETTLING)?;
    let count = float(u64::try_from(CONNECTIONS)?);
    let each = |now: u64| float(now.saturating_sub(memory)) / 1024.0 / count;
    let named = |what: &str| (BENCH, format!("{name}: {what}"));
    report.add(named("an idle connection"), "KiB", &[each(process.resident()?)], target);
    room.receivers += u64::try_from(CONNECTIONS)?;
    load::run(&mut fleet, room, 1, LOAD, &process)?;
    report.add(named("the same after texts to all"), "KiB", &[each(process.resident()?)], None);
    report.add(named("CPU to connect one"), "us", &[busy.as_secs_f64() * 1e6 / count], None);
    report.add(named("connecting all"), "s", &[took.as_secs_f64()], None);
    let cpu = process.cpu()?;
    fleet.rest(SETTLING)?;
    let idle = process.cpu()?.saturating_sub(cpu).as_secs_f64() / SETTLING.as_secs_f64();
    report.add(named("CPU of all, idle"), "%", &[idle * 100.0], None);
    Ok(())
}
