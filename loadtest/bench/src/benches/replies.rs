//! Guarded replies a second: on one inbox and on 200, beside bare transactions on the same Postgres.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::{
    args::Settings,
    figures::{Report, Target, float},
    fleet::Fleet,
    load,
    mark::number_after,
    tandem::{self, Inbox, Node, Tandem},
};

const BENCH: &str = "replies";
const ROUNDS: usize = 3;
const LENGTH: Duration = Duration::from_secs(3);
const BARE_SECONDS: u32 = 2;
/// Agents that reply at once on the one inbox, each to a thread of its own.
const AGENTS: usize = 64;
const INBOXES: usize = 200;
/// Streams that one connection may follow, at most.
const FOLLOWED_MAX: usize = 100;

/// An agent who replies to one thread, again and again.
struct Agent {
    thread: String,
    seen_reply: u64,
}

/// A server with agents at one or at many inboxes.
struct Desk {
    node: Node,
    tandem: Tandem,
    fleet: Fleet,
    agents: Vec<Agent>,
}

/// Measures.
pub(crate) fn run(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let postgres = settings.postgres();
    report.note(format!(
        "replies: each is `reply.send` to the thread's own reply_no, counted by its `ok`. Its delivery \
         through the sandbox (two more transactions) runs meanwhile, on the same Postgres. {AGENTS} \
         agents on one inbox, one on each of {INBOXES}; somebody follows every inbox. Server, \
         Postgres and client share the cores. Bare transactions: 8 connections of pgbench. {}",
        postgres.durability()?
    ));
    let bare = settings.postgres().database("bench_bare")?;
    postgres.sql(&bare, BARE_SCHEMA)?;
    let mut one = desk(settings, "replies_one", 1)?;
    let mut many = desk(settings, "replies_many", INBOXES)?;
    let mut values = vec![Vec::new(); 6];
    let mut latency = [load::histogram(), load::histogram()];
    for _round in 0..ROUNDS {
        let mut round = Vec::new();
        for inboxes in [1, 200] {
            let (desk, latency) = match inboxes {
                1 => (&mut one, &mut latency[0]),
                _ => (&mut many, &mut latency[1]),
            };
            round.push(replies(desk, latency)?);
            for script in [FOUR, SINGLE] {
                round.push(postgres.pgbench(&bare, script, inboxes, BARE_SECONDS)?);
                one.fleet.breathe()?;
                many.fleet.breathe()?;
            }
        }
        for (values, rate) in values.iter_mut().zip(round) {
            values.push(rate);
        }
    }
    let names = [
        ("one inbox: guarded replies", Some(Target::AtLeast(3_000.0))),
        ("one inbox: bare, four statements", None),
        ("one inbox: bare, one statement with CTEs", None),
        ("200 inboxes: guarded replies", Some(Target::AtLeast(1_500.0))),
        ("200 inboxes: bare, four statements", None),
        ("200 inboxes: bare, one statement with CTEs", None),
    ];
    for ((name, target), values) in names.into_iter().zip(&values) {
        report.add((BENCH, name), "/s", values, target);
    }
    for (name, latency) in ["one inbox: a reply", "200 inboxes: a reply"].into_iter().zip(latency) {
        let percentile = |q| float(latency.value_at_quantile(q)) / 1e6;
        report.add((BENCH, format!("{name}, p50")), "ms", &[percentile(0.5)], None);
        report.add((BENCH, format!("{name}, p99")), "ms", &[percentile(0.99)], None);
    }
    for Desk { node, tandem, fleet, .. } in [one, many] {
        drop((node, fleet));
        let text = tandem.verify()?;
        let streams = text.lines().count();
        report
            .note(format!("replies: `tandem verify`: the hash chains of {streams} streams hold."));
    }
    Ok(())
}

fn desk(settings: &Settings, name: &str, inboxes: usize) -> anyhow::Result<Desk> {
    let tandem = settings.tandem(name)?;
    let node = tandem.start(&settings.both_cores(), None)?;
    let inboxes = node.inboxes(&settings.postgres(), &tandem.database_url, inboxes - 1)?;
    let mut agents = Vec::new();
    let each = if inboxes.len() == 1 { AGENTS } else { 1 };
    for inbox in &inboxes {
        let threads = node.threads(inbox, each)?;
        agents.extend(threads.into_iter().map(|thread| Agent { thread, seen_reply: 0 }));
    }
    let mut fleet = Fleet::new()?;
    fleet.open(node.address(), &node.opening(&[]), agents.len())?;
    for some in inboxes.chunks(FOLLOWED_MAX) {
        let some: Vec<&Inbox> = some.iter().collect();
        fleet.open(node.address(), &node.opening(&some), 1)?;
    }
    Ok(Desk { node, tandem, fleet, agents })
}

/// Lets all agents reply for a while; returns how many replies were taken each second.
fn replies(desk: &mut Desk, latency: &mut hdrhistogram::Histogram<u64>) -> anyhow::Result<f64> {
    let Desk { fleet, agents, .. } = desk;
    fleet.breathe()?;
    let begun = Instant::now();
    let (mut taken, mut open) = (0, agents.len());
    let mut answered: Vec<usize> = (0..agents.len()).collect();
    let mut sent = vec![0; agents.len()];
    while open > 0 {
        for number in answered.drain(..) {
            if begun.elapsed() >= LENGTH {
                open -= 1;
                continue;
            }
            let agent = agents.get(number).context("no such agent")?;
            let frame = tandem::reply(&agent.thread, agent.seen_reply);
            *sent.get_mut(number).context("no such agent")? = fleet.nanos();
            fleet.send(number, &frame)?;
        }
        fleet.turn(Duration::from_millis(50), |conn, text, now| {
            // The connections after the agents' only follow.
            let Some(agent) = agents.get_mut(conn) else { return Ok(()) };
            load::refused(text)?;
            if text.starts_with(b"{\"type\":\"ok\"") {
                agent.seen_reply = number_after(text, b"\"reply_no\":").context("no reply_no")?;
                taken += 1;
                latency.saturating_record(now - sent.get(conn).copied().unwrap_or_default());
                answered.push(conn);
            }
            Ok(())
        })?;
        ensure!(begun.elapsed() < LENGTH * 5, "{open} replies have no answer");
    }
    Ok(float(taken) / begun.elapsed().as_secs_f64())
}

/// Adds p50 and p99, given nanoseconds; the target is for p99, in milliseconds.
pub(crate) fn percentiles(
    report: &mut Report,
    (bench, name): (&'static str, &str),
    nanos: impl Iterator<Item = u64>,
    target: Option<Target>,
) {
    let mut histogram = load::histogram();
    nanos.for_each(|nanos| histogram.saturating_record(nanos));
    let percentile = |q| float(histogram.value_at_quantile(q)) / 1e6;
    report.add((bench, format!("{name}, p50")), "ms", &[percentile(0.5)], None);
    report.add((bench, format!("{name}, p99")), "ms", &[percentile(0.99)], target);
}

/// As little as stores a message in order: no guard, no key, no hash.
const BARE_SCHEMA: &str = r"
create table inbox (id int primary key, head bigint not null);
create table thread (id int primary key, last bigint not null);
create table message (id uuid primary key, inbox int not null, seq bigint not null, body text not null);
create table event (inbox int not null, seq bigint not null, data jsonb not null,
    primary key (inbox, seq));
insert into inbox select n, 0 from generate_series(1, 200) as n;
insert into thread select n, 0 from generate_series(1, 20000) as n;
";

/// Four statements in a transaction.
const FOUR: &str = r#"
\set inbox random(1, :inboxes)
\set thread random(1, 20000)
begin;
update inbox set head = head + 1 where id = :inbox returning head as seq \gset
insert into message values (gen_random_uuid(), :inbox, :seq, repeat('x', 200));
insert into event values (:inbox, :seq, '{"kind":"message.sent","thread":12345678}');
update thread set last = :seq where id = :thread;
commit;
"#;

/// The same as one statement.
const SINGLE: &str = r#"
\set inbox random(1, :inboxes)
\set thread random(1, 20000)
with head as (update inbox set head = head + 1 where id = :inbox returning head as seq),
    one as (insert into message select gen_random_uuid(), :inbox, seq, repeat('x', 200) from head),
    two as (insert into event select :inbox, seq, '{"kind":"message.sent","thread":12345678}' from head)
update thread set last = head.seq from head where id = :thread;
"#;
