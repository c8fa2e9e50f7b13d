//! What happens in a random test, one thing after the other, and how a seed makes it.

use serde::{Deserialize, Serialize};

use crate::harness::dice::Dice;

/// Nodes of every plan.
pub(super) const NODES: usize = 2;
/// People who act: Ann, Ben, Cleo, Sam (a supervisor), and two more.
pub(super) const AGENTS: usize = 6;
/// Customers, each with a thread.
pub(super) const THREADS: usize = 4;
/// A fault lasts for at most so many operations.
const FAULT_LENGTH_MAX: usize = 24;
/// How many of a thousand operations begin a fault.
const FAULTS: usize = 130;

/// A thing that happens. Where it makes no sense when its turn comes, nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Operation {
    /// A customer writes.
    Text { thread: usize },
    /// An agent replies to what it has on screen.
    Reply { agent: usize, thread: usize },
    /// All of them do, at once.
    Race { thread: usize },
    /// An agent writes a note.
    Note { agent: usize, thread: usize },
    /// An agent gives a thread to another one, or to nobody.
    Assign { agent: usize, thread: usize, to: Option<usize> },
    /// An agent sets a status.
    Status { agent: usize, thread: usize, to: usize },
    /// An agent reads a thread.
    Open { agent: usize, thread: usize },
    /// An agent takes the reply lock, or renews it.
    Lock { agent: usize, thread: usize },
    /// The supervisor takes it from whoever has it.
    TakeOver { thread: usize },
    /// An agent looks at a thread, or types in it, or leaves it.
    Signal { agent: usize, thread: usize, activity: usize },
    /// An agent's connection is lost, and it comes back to this node if it can.
    Bounce { agent: usize, home: usize },
    /// Nothing.
    Wait { ms: u64 },
    /// A node dies.
    Kill { node: usize },
    /// A node is told to end.
    Terminate { node: usize },
    /// A node is started again.
    Start { node: usize },
    /// A node stands still.
    Pause { node: usize },
    /// A node goes on.
    GoOn { node: usize },
    /// A node loses its connections to Postgres.
    CutPostgres { node: usize },
    /// A node cannot reach Postgres.
    RefusePostgres { node: usize },
    /// A node hears nothing from Postgres.
    StallPostgres { node: usize },
    /// Postgres is far away.
    DelayPostgres { node: usize },
    /// The line to Postgres is good again.
    HealPostgres { node: usize },
    /// Redis forgets all it has.
    FlushRedis,
    /// Redis ends the connections of all subscribers.
    KillSubscribers,
    /// Redis dies.
    KillRedis,
    /// Redis is there again, empty.
    StartRedis,
    /// A node hears nothing from Redis.
    StallRedis { node: usize },
    /// A tenth of a node's hints are lost, doubled or reordered.
    NoisyRedis { node: usize },
    /// The line to Redis is good again.
    HealRedis { node: usize },
}

/// All that happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) operations: Vec<Operation>,
}

impl Plan {
    /// Makes the plan of a seed.
    pub(super) fn make(seed: u64, count: usize) -> Self {
        let mut dice = Dice::new(seed);
        let mut operations = Vec::with_capacity(count);
        // What ends a fault, and when.
        let mut ends: Vec<(usize, Operation)> = Vec::new();
        for at in 0..count {
            let mut due = Vec::new();
            ends.retain(|(when, end)| {
                let over = *when <= at;
                if over {
                    due.push(*end);
                }
                !over
            });
            operations.append(&mut due);
            if dice.one_of_thousand(FAULTS) {
                let (begin, end) = fault(&mut dice);
                operations.push(begin);
                ends.extend(end.map(|end| (at + 2 + dice.below(FAULT_LENGTH_MAX), end)));
            } else {
                operations.push(act(&mut dice));
            }
        }
        Self { seed, operations }
    }
}

/// A fault, and what ends it.
fn fault(dice: &mut Dice) -> (Operation, Option<Operation>) {
    let node = dice.below(NODES);
    let start = Some(Operation::Start { node });
    let heal = Some(Operation::HealPostgres { node });
    let heal_redis = Some(Operation::HealRedis { node });
    match dice.below(16) {
        0 | 1 => (Operation::Kill { node }, start),
        2 => (Operation::Terminate { node }, start),
        3 => (Operation::Pause { node }, Some(Operation::GoOn { node })),
        4 | 5 => (Operation::CutPostgres { node }, None),
        6 => (Operation::RefusePostgres { node }, heal),
        7 | 8 => (Operation::StallPostgres { node }, heal),
        9 => (Operation::DelayPostgres { node }, heal),
        10 => (Operation::FlushRedis, None),
        11 => (Operation::KillSubscribers, None),
        12 => (Operation::KillRedis, Some(Operation::StartRedis)),
        13 => (Operation::StallRedis { node }, heal_redis),
        _ => (Operation::NoisyRedis { node }, heal_redis),
    }
}

/// What people do.
fn act(dice: &mut Dice) -> Operation {
    let (agent, thread) = (dice.below(AGENTS), dice.below(THREADS));
    match dice.below(100) {
        0..12 => Operation::Text { thread },
        12..30 => Operation::Reply { agent, thread },
        30..36 => Operation::Race { thread },
        36..54 => Operation::Note { agent, thread },
        54..60 => {
            let to = dice.below(AGENTS + 1);
            Operation::Assign { agent, thread, to: (to < AGENTS).then_some(to) }
        }
        60..66 => Operation::Status { agent, thread, to: dice.below(4) },
        66..70 => Operation::Open { agent, thread },
        70..74 => Operation::Lock { agent, thread },
        74..76 => Operation::TakeOver { thread },
        76..84 => Operation::Signal { agent, thread, activity: dice.below(3) },
        84..92 => Operation::Bounce { agent, home: dice.below(NODES) },
        _ => Operation::Wait { ms: 5 + dice.any() % 80 },
    }
}
