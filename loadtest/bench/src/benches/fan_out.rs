//! How the cost of one delivery moves from 10 receivers to 10,000.

use std::time::Duration;

use anyhow::Context;

use super::stand::{self, Peer, Stand};
use crate::{
    args::Settings,
    figures::{Report, float},
    load::{self, Load},
};

const BENCH: &str = "fan-out";
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
/// A process has 20,000 sockets on many machines: the largest room beside ours is smaller.
const AXUM_SIZES: [usize; 4] = [10, 100, 1_000, 7_000];
const ROUNDS: usize = 3;

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let tandem = settings.tandem("fan_out")?;
    let rooms: Vec<usize> = [1].into_iter().chain(SIZES).collect();
    let mut ours = stand::tandem(settings, &tandem, &rooms, 1)?;
    let mut axum = Peer::Axum(4).stand(settings, &AXUM_SIZES, 640)?;
    let mut net = vec![Vec::new(); SIZES.len()];
    let mut raw = vec![Vec::new(); SIZES.len()];
    let mut theirs = vec![Vec::new(); SIZES.len()];
    for _round in 0..ROUNDS {
        for (index, receivers) in SIZES.iter().enumerate() {
            // Long enough for a few hundredths of a second of CPU, and a few texts to many.
            let length = if *receivers > 1_000 { 1_000 } else { 600 };
            let alone = load(&mut ours, 0, 600)?;
            let publishing = alone.cpu.as_secs_f64() / float(alone.published);
            let all = load(&mut ours, index + 1, length)?;
            let cpu = all.cpu.as_secs_f64() - publishing * float(all.published);
            push(&mut net, index, cpu * 1e6 / float(all.delivered));
            push(&mut raw, index, all.micros());
            push(&mut theirs, index, load(&mut axum, index, length)?.micros());
            ours.fleet.breathe()?;
        }
    }
    for (index, (receivers, theirs_at)) in SIZES.iter().zip(AXUM_SIZES).enumerate() {
        let of = |values: &[Vec<f64>]| values.get(index).cloned().unwrap_or_default();
        let name = |what: &str| (BENCH, format!("{receivers} receivers: {what}"));
        report.add(name("Tandem, net"), "us", &of(&net), None);
        report.add(name("Tandem, with publishing"), "us", &of(&raw), None);
        let beside = format!("{} ({theirs_at} receivers)", axum.name);
        report.add(name(&beside), "us", &of(&theirs), None);
    }
    Ok(())
}

fn push(values: &mut [Vec<f64>], index: usize, value: f64) {
    if let Some(values) = values.get_mut(index) {
        values.push(value);
    }
}

fn load(stand: &mut Stand, room: usize, millis: u64) -> anyhow::Result<Load> {
    let Stand { name, process, fleet, rooms, .. } = stand;
    let room = rooms.get(room).context("no such room")?;
    let length = Duration::from_millis(millis);
    load::run(fleet, room, 1, length, process).with_context(|| (*name).to_owned())
}
