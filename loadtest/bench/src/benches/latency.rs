//! From accepted to the last of 200 receivers, at 50 texts a second: on one node, and across two.

use std::time::Duration;

use super::replies::percentiles;
use crate::{
    args::Settings,
    figures::{Report, Target},
    fleet::Fleet,
    load::{self, Dialect, Room, Trip},
    redis::Redis,
    tandem::Node,
};

const BENCH: &str = "latency";
const RECEIVERS: usize = 200;
const PUBLISHERS: usize = 8;
const EVERY: Duration = Duration::from_millis(20);
const TEXTS: usize = 500;
/// Before it counts.
const WARM: usize = 50;

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    report.note(format!(
        "latency: {TEXTS} notes at 50 a second from {PUBLISHERS} connections. Accepted is when its \
         `ok` was read, the last is when the last of {RECEIVERS} receivers had read it; an event \
         that was everywhere before its `ok` counts as 0. From due counts the commit, too, and \
         whatever the generator was late."
    ));
    let mut tandem = settings.tandem(BENCH)?;
    {
        let node = tandem.start(&settings.server_core, None)?;
        measure(report, "one node", 10.0, &[&node])?;
    }
    // Both nodes on the cores that the bench has: two on one core would wait for each other.
    let redis = Redis::start(settings)?;
    tandem.redis_url = redis.as_ref().map(|it| it.url.clone());
    tandem.database_url = settings.tandem("latency_two")?.database_url;
    let first = tandem.start(&settings.both_cores(), None)?;
    let second = tandem.start(&settings.both_cores(), Some(&first))?;
    if redis.is_some() {
        return measure(report, "two nodes, Redis", 20.0, &[&first, &second]);
    }
    report.note(
        "latency: this build knows no REDIS_URL, or there is no redis-server here: the second node \
         hears by its head poll, once a second.",
    );
    measure(report, "two nodes, no Redis", 20.0, &[&first, &second])
}

fn measure(report: &mut Report, name: &str, target: f64, nodes: &[&Node]) -> anyhow::Result<()> {
    let Some(first) = nodes.first() else { return Ok(()) };
    let inboxes = first.first_inbox()?;
    let threads = first.threads(&inboxes, PUBLISHERS)?;
    let mut fleet = Fleet::new()?;
    for node in nodes {
        fleet.open(node.address(), &node.opening(&[&inboxes]), RECEIVERS / nodes.len())?;
    }
    let publishers = fleet.open(first.address(), &first.opening(&[]), PUBLISHERS)?;
    let receivers = u64::try_from(RECEIVERS)?;
    let room = Room { dialect: Dialect::Tandem(threads), publishers, receivers };
    load::paced(&mut fleet, &room, EVERY, WARM)?;
    let trips = load::paced(&mut fleet, &room, EVERY, TEXTS)?;
    let mut add = |what: &str, of: fn(&Trip) -> u64, target: Option<Target>| {
        let name = format!("{name}: {what}");
        percentiles(report, (BENCH, &name), trips.iter().map(of), target);
    };
    add("accepted to last", |it| it.last.saturating_sub(it.accepted), Some(Target::AtMost(target)));
    add("due to last", |it| it.last - it.due, None);
    add("due to accepted", |it| it.accepted.saturating_sub(it.due), None);
    add("due to sent (the generator)", |it| it.sent - it.due, None);
    Ok(())
}
