//! Coming back after 10,000 missed events.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::replies::percentiles;
use crate::{
    args::Settings,
    figures::{Report, Target, float, micros_each},
    fleet::Fleet,
    load::{self, TEXT_BYTES},
    mark::{Mark, Marks, number_after},
    tandem::{self, Node},
};

const BENCH: &str = "resume";
const MISSED: usize = 10_000;
const WRITERS: usize = 64;
const RESUMES: usize = 30;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let tandem = settings.tandem(BENCH)?;
    let node = tandem.start(&settings.server_core, None)?;
    let inbox = node.first_inbox()?;
    let threads = node.threads(&inbox, WRITERS)?;
    let (cursor, from) = node.cursor(&inbox)?;
    let begun = Instant::now();
    let mut fleet = Fleet::new()?;
    let writers = fleet.open(node.address(), &node.opening(&[]), WRITERS)?;
    write(&mut fleet, &writers, &threads)?;
    let rate = float(u64::try_from(MISSED)?) / begun.elapsed().as_secs_f64();
    let (_cursor, head) = node.cursor(&inbox)?;
    ensure!(head >= from + u64::try_from(MISSED)?, "not all that was written is there");
    report.note(format!(
        "resume: {} events (notes of {TEXT_BYTES} bytes, written before at {rate:.0}/s), from sending \
         `hello` with the cursor to the last event; one client at a time.",
        head - from
    ));
    let hello = node.resuming(&inbox, &cursor);
    let mut fleet = Fleet::new()?;
    let cpu = node.process.cpu()?;
    let mut times = Vec::new();
    for _resume in 0..RESUMES {
        for conn in fleet.open(node.address(), &Node::silent(), 1)? {
            times.push(resume(&mut fleet, conn, &hello, (from, head))?);
        }
    }
    let cpu = node.process.cpu()?.saturating_sub(cpu);
    percentiles(
        report,
        (BENCH, "10,000 missed"),
        times.iter().copied(),
        Some(Target::AtMost(500.0)),
    );
    let each = micros_each(cpu, u64::try_from(RESUMES * MISSED)?);
    report.add((BENCH, "CPU of a missed event"), "us", &[each], None);
    Ok(())
}

/// Has all writers add notes, each the next when the one before is stored.
fn write(fleet: &mut Fleet, writers: &[usize], threads: &[String]) -> anyhow::Result<()> {
    let text = Mark { number: 0, nanos: 0 }.text(TEXT_BYTES);
    let mut left = MISSED;
    let mut idle = writers.to_vec();
    let mut open = 0;
    while left > 0 || open > 0 {
        for conn in idle.drain(..) {
            if left > 0 {
                let thread = threads.get(conn).context("each has a thread")?;
                fleet.send(conn, &tandem::note(1, thread, &text))?;
                (left, open) = (left - 1, open + 1);
            }
        }
        fleet.turn(Duration::from_millis(50), |conn, text, _now| {
            if text.starts_with(b"{\"type\":\"ok\"") {
                open -= 1;
                idle.push(conn);
            }
            load::refused(text)
        })?;
    }
    Ok(())
}

/// Says `hello` and reads to the end; returns nanoseconds.
fn resume(
    fleet: &mut Fleet,
    conn: usize,
    hello: &str,
    (from, head): (u64, u64),
) -> anyhow::Result<u64> {
    let (marks, begun) = (Marks::new(), fleet.nanos());
    fleet.send(conn, hello)?;
    let (mut place, mut seen, mut end) = (from, 0, None);
    while end.is_none() {
        fleet.turn(Duration::from_millis(50), |_conn, text, now| {
            marks.each(text, |_mark| seen += 1);
            if text.starts_with(b"{\"type\":\"events\"") {
                let prev = number_after(text, b"\"prev\":").context("no prev")?;
                ensure!(prev == place, "a gap: at {place}, and then from {prev}");
                place = number_after(text, b"\"to\":").context("no to")?;
                if place >= head {
                    end = Some(now);
                }
            }
            load::refused(text)
        })?;
        let waited = Duration::from_nanos(fleet.nanos() - begun);
        ensure!(waited < TIMEOUT, "the resume stopped at {place} of {head}");
    }
    ensure!(seen == MISSED, "{seen} of {MISSED} events came");
    Ok(end.unwrap_or_default().saturating_sub(begun))
}
