//! What a delivery to 1,000 subscribers costs the server: one text at a time, and 64 in flight.

use std::time::Duration;

use anyhow::Context;

use super::stand::{self, Peer, Stand};
use crate::{
    args::Settings,
    figures::{Report, Target, float, micros_each, say},
    load::{self, Load},
};

const BENCH: &str = "delivery";
const RECEIVERS: usize = 1_000;
const ROUNDS: usize = 5;
const LENGTH: Duration = Duration::from_millis(1_200);
/// For the cost of publishing alone, whose CPU time is little.
const ALONE: Duration = Duration::from_millis(800);
const PEERS: [Peer; 4] = [Peer::Floor, Peer::Axum(4), Peer::NodeWs, Peer::SocketIo];

/// What Tandem's rounds gave: all of the CPU, and that without publishing.
#[derive(Default)]
struct Tandem {
    raw: Vec<f64>,
    net: Vec<f64>,
    publishing: Vec<f64>,
    per_frame: Vec<f64>,
}

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let tandem = settings.tandem(BENCH)?;
    // The second inbox has one receiver: what publishing costs where next to nothing is delivered.
    let mut ours = stand::tandem(settings, &tandem, &[RECEIVERS, 1], 64)?;
    let mut other = match settings.against(BENCH)? {
        Some(other) => Some(stand::tandem(settings, &other, &[RECEIVERS, 1], 64)?),
        None => None,
    };
    let bytes = frame_bytes(&mut ours)?;
    report.note(format!(
        "delivery: a text is published as a note (a durable command). Tandem's frame has {bytes} \
         bytes, the peers' texts as many. `net` is without what publishing costs, measured in the \
         same round with one receiver; all else is what the process used. The targets are for `net`."
    ));
    let mut peers = Vec::new();
    for peer in PEERS {
        peers.push(peer.stand(settings, &[RECEIVERS], bytes)?);
    }
    for (scenario, in_flight) in [("one at a time", 1), ("64 in flight", 64)] {
        say(&format!("  {scenario}, CPU of each round in us a delivery"));
        let (mut mine, mut before) = (Tandem::default(), Tandem::default());
        let mut theirs = vec![Vec::new(); peers.len()];
        for _round in 0..ROUNDS {
            round(&mut ours, in_flight, &mut mine)?;
            if let Some(other) = &mut other {
                round(other, in_flight, &mut before)?;
            }
            for (peer, values) in peers.iter_mut().zip(&mut theirs) {
                values.push(load(peer, 0, in_flight, LENGTH)?.micros());
                ours.fleet.breathe()?;
            }
            for peer in peers.iter_mut().chain(&mut other) {
                peer.fleet.breathe()?;
            }
        }
        tell(report, scenario, &mine, &peers, &theirs);
        let name = |what: &str| (BENCH, format!("{scenario}: {what}, x the other build"));
        report.add(name("net"), "x", &ratios(&mine.net, &before.net), None);
        let (ours, others) = (&mine.publishing, &before.publishing);
        report.add(name("publishing alone"), "x", &ratios(ours, others), None);
    }
    Ok(())
}

/// Delivers for a while and does nothing else, for a profiler to look at.
pub(crate) fn profile(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let mut ours = stand::tandem(settings, &settings.tandem("profile")?, &[RECEIVERS], 1)?;
    say("  now");
    let all = load(&mut ours, 0, 1, Duration::from_secs(15))?;
    report.add(("profile", "Tandem, with publishing"), "us", &[all.micros()], None);
    Ok(())
}

fn load(
    stand: &mut Stand,
    room: usize,
    in_flight: usize,
    length: Duration,
) -> anyhow::Result<Load> {
    let Stand { name, process, fleet, rooms, .. } = stand;
    let room = rooms.get(room).context("no such room")?;
    load::run(fleet, room, in_flight, length, process).with_context(|| (*name).to_owned())
}

/// Learns how long a frame of Tandem is, and warms it up.
fn frame_bytes(ours: &mut Stand) -> anyhow::Result<usize> {
    let warm = load(ours, 0, 1, Duration::from_millis(300))?;
    Ok(usize::try_from(warm.bytes / warm.frames)?)
}

fn round(ours: &mut Stand, in_flight: usize, into: &mut Tandem) -> anyhow::Result<()> {
    let alone = load(ours, 1, in_flight, ALONE)?;
    let all = load(ours, 0, in_flight, LENGTH)?;
    let publishing = alone.cpu.as_secs_f64() / float(alone.published);
    let net = all.cpu.as_secs_f64() - publishing * float(all.published);
    into.raw.push(all.micros());
    into.net.push(net * 1e6 / float(all.delivered));
    into.publishing.push(micros_each(alone.cpu, alone.published));
    into.per_frame.push(float(all.delivered) / float(all.frames));
    Ok(())
}

fn tell(report: &mut Report, scenario: &str, mine: &Tandem, peers: &[Stand], theirs: &[Vec<f64>]) {
    let named = |name: &str| (BENCH, format!("{scenario}: {name}"));
    report.add(named("Tandem, net"), "us", &mine.net, None);
    report.add(named("Tandem, with publishing"), "us", &mine.raw, None);
    report.add(named("Tandem, publishing alone, for each text"), "us", &mine.publishing, None);
    report.add(named("Tandem, events for each frame"), "", &mine.per_frame, None);
    for (peer, values) in peers.iter().zip(theirs) {
        report.add(named(peer.name), "us", values, None);
    }
    for (peer, values) in peers.iter().zip(theirs) {
        let target = match peer.name {
            name if name == Peer::Axum(4).name() => Some(Target::AtMost(1.2)),
            name if name == Peer::NodeWs.name() => Some(Target::AtMost(0.85)),
            name if name == Peer::SocketIo.name() => Some(Target::AtMost(0.6)),
            _ => None,
        };
        report.add(
            named(&format!("net, x {}", peer.name)),
            "x",
            &ratios(&mine.net, values),
            target,
        );
        let name = format!("with publishing, x {}", peer.name);
        report.add(named(&name), "x", &ratios(&mine.raw, values), None);
    }
}

fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}
