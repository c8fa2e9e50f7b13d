//! Lets a plan happen, ends all its faults, and asks the oracle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{
    commands::Command,
    events::{Event, EventBody},
    http::SandboxSend,
    ids::{AgentId, ChannelId, StreamId, ThreadId},
    signals::Activity,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    super::oracle,
    plan::{AGENTS, NODES, Operation, Plan, THREADS},
};
use crate::{
    harness::{
        api::Api,
        cluster::{Cluster, Wanted},
        dice::Dice,
        redis_noise::Noise,
        roamer::{Addresses, Answered, Habits, Roamer, Seen},
        wait::PATIENCE,
    },
    main_job::{note, reply},
};

/// Clients wait no longer than this when they are told to come back: tests are in a hurry.
const WAIT_MAX: Duration = Duration::from_millis(300);
/// What another answer than these would mean is a fault of the test or of the server.
const CLOSES_EXPECTED: [u16; 4] = [1006, 4000, 4002, 4011];

/// A plan that happens.
struct Run {
    cluster: Cluster,
    agents: Vec<Roamer>,
    threads: Vec<ThreadId>,
    customers: Arc<Customers>,
    texting: JoinSet<()>,
    texts: usize,
    answers: Vec<(String, Answered)>,
}

/// How customers reach the business: over whatever node lives.
struct Customers {
    api: Api,
    channel: ChannelId,
    addresses: Addresses,
}

impl Customers {
    /// Sends a text over a node; `false` if it may not have been taken.
    async fn text(&self, node: usize, text: &SandboxSend) -> bool {
        let Some(url) = self.addresses.get(node) else { return false };
        self.api.try_text(&url, self.channel, text).await
    }
}

/// Lets a plan happen.
pub(super) async fn run(plan: Plan) {
    let mut run = Run::start(plan.seed).await;
    for (at, operation) in plan.operations.iter().enumerate() {
        run.operate(at, *operation).await;
    }
    run.finish().await;
}

impl Run {
    async fn start(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0xdead);
        let more_agents = AGENTS - 4;
        // Faults are not waited for longer than they have to be.
        let cluster =
            Cluster::start(Wanted { nodes: NODES, more_agents, ..Wanted::default() }).await;
        let four = ["ann", "ben", "cleo", "sam"].map(str::to_owned);
        let names = four.into_iter().chain((0..more_agents).map(|n| format!("agent{n}")));
        let (mut agents, mut apis) = (Vec::new(), Vec::new());
        for (number, name) in names.enumerate() {
            let api = cluster.api(number % NODES, &name).await;
            let habits =
                Habits { wait_max: WAIT_MAX, seed: dice.any(), ..Habits::at(number % NODES) };
            agents.push(Roamer::start(&name, &api, &cluster.addresses, habits).await);
            apis.push(api);
        }
        let api = apis.swap_remove(0);
        let mut threads = Vec::new();
        for number in 0..THREADS {
            threads.push(api.new_thread(&phone(number)).await.id);
        }
        let channel = api.sandbox().await;
        let customers = Customers { api, channel, addresses: cluster.addresses.clone() };
        Self {
            cluster,
            agents,
            threads,
            customers: Arc::new(customers),
            texting: JoinSet::new(),
            texts: THREADS,
            answers: Vec::new(),
        }
    }

    fn stream(&self) -> StreamId {
        self.customers.api.stream()
    }

    async fn operate(&mut self, at: usize, operation: Operation) {
        match operation {
            Operation::Text { thread } => self.text(at, thread),
            Operation::Reply { agent, thread } => self.reply(at, agent, thread),
            Operation::Race { thread } => {
                for agent in 0..AGENTS {
                    self.reply(at, agent, thread);
                }
            }
            Operation::Note { agent, thread } => {
                let (key, thread) = (key(at, agent), self.threads[thread]);
                self.command(agent, key.clone(), note(thread, &format!("{key} to remember")));
            }
            Operation::Assign { agent, thread, to } => {
                let to = to.map(|to| self.agents[to].agent);
                let from = self.owner(agent, thread);
                let fields = json!({ "kind": "thread.assign", "from": from, "to": to });
                self.wish(at, agent, thread, fields);
            }
            Operation::Status { agent, thread, to } => {
                let to = ["open", "pending", "closed", "escalated"][to];
                self.wish(at, agent, thread, json!({ "kind": "thread.set_status", "to": to }));
            }
            Operation::Open { agent, thread } => {
                let read_seq = self.agents[agent].seen().at;
                let fields = json!({ "kind": "thread.open", "read_seq": read_seq });
                self.wish(at, agent, thread, fields);
            }
            Operation::Lock { agent, thread } => {
                self.wish(at, agent, thread, json!({ "kind": "lock.acquire" }));
            }
            Operation::TakeOver { thread } => {
                let fields = json!({ "kind": "lock.take_over", "reason": "it takes too long" });
                self.wish(at, 3, thread, fields);
            }
            Operation::Signal { agent, thread, activity } => {
                let activity = [Activity::Viewing, Activity::Typing, Activity::Idle][activity];
                self.agents[agent].signal(self.threads[thread], activity);
            }
            Operation::Bounce { agent, home } => self.agents[agent].bounce(Some(home)),
            Operation::Wait { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            fault => self.fail(fault).await,
        }
    }

    async fn fail(&mut self, fault: Operation) {
        let cluster = &mut self.cluster;
        match fault {
            Operation::Kill { node } => cluster.kill(node).await,
            Operation::Terminate { node } => cluster.terminate_aside(node),
            Operation::Start { node } => {
                // Without a database it would say so, and end.
                cluster.nodes[node].postgres.heal();
                cluster.begin(node).await;
            }
            Operation::Pause { node } => cluster.pause(node),
            Operation::GoOn { node } => cluster.go_on(node),
            Operation::CutPostgres { node } => cluster.nodes[node].postgres.cut(),
            Operation::RefusePostgres { node } => cluster.nodes[node].postgres.refuse(),
            Operation::StallPostgres { node } => cluster.nodes[node].postgres.stall(),
            Operation::DelayPostgres { node } => {
                cluster.nodes[node].postgres.delay(Duration::from_millis(20));
            }
            Operation::HealPostgres { node } => cluster.nodes[node].postgres.heal(),
            Operation::FlushRedis => cluster.tell_redis("FLUSHALL").await,
            Operation::KillSubscribers => cluster.tell_redis("CLIENT KILL TYPE pubsub").await,
            Operation::KillRedis => cluster.redis.as_mut().unwrap().kill().await,
            Operation::StartRedis => cluster.redis.as_mut().unwrap().restart().await,
            Operation::StallRedis { node } => cluster.line(node).proxy.stall(),
            Operation::NoisyRedis { node } => cluster.line(node).set(Noise::TEN_PERCENT),
            Operation::HealRedis { node } => {
                cluster.line(node).proxy.heal();
                cluster.line(node).set(Noise::default());
            }
            other => unreachable!("{other:?} is no fault"),
        }
    }

    fn command(&mut self, agent: usize, key: String, command: Command) {
        let answered = self.agents[agent].begin(&key, command);
        self.answers.push((key, answered));
    }

    fn wish(&mut self, at: usize, agent: usize, thread: usize, mut fields: serde_json::Value) {
        fields["thread_id"] = json!(self.threads[thread]);
        let command = serde_json::from_value(fields).unwrap();
        self.command(agent, key(at, agent), command);
    }

    fn reply(&mut self, at: usize, agent: usize, thread: usize) {
        let (key, id) = (key(at, agent), self.threads[thread]);
        let number = |event: &Event| match &event.body {
            EventBody::MessageSent(it) if event.thread_id == Some(id) => it.message.reply_no,
            _ => None,
        };
        let seen = self.agents[agent].seen().newest(number).unwrap_or_default();
        self.command(agent, key.clone(), reply(id, seen, &format!("{key} answers {seen}")));
    }

    /// Returns who owns a thread, as an agent has it on screen.
    fn owner(&self, agent: usize, thread: usize) -> Option<AgentId> {
        let owner = |event: &Event| match &event.body {
            EventBody::ThreadAssigned(it) if event.thread_id == Some(self.threads[thread]) => {
                Some(it.to)
            }
            _ => None,
        };
        self.agents[agent].seen().newest(owner).flatten()
    }

    fn text(&mut self, at: usize, thread: usize) {
        let customers = Arc::clone(&self.customers);
        let body = SandboxSend {
            from: phone(thread),
            text: format!("text {at}"),
            id: uuid::Uuid::now_v7().simple().to_string(),
        };
        self.texts += 1;
        self.texting.spawn(async move {
            let (start, mut node) = (Instant::now(), at);
            while !customers.text(node, &body).await {
                node += 1;
                assert!(start.elapsed() < PATIENCE, "nobody takes the text {at}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }

    /// In the end all clients see the same people in the same threads: those who are there.
    async fn everybody_sees_who_looks(&self) {
        self.cluster.bus_is_up().await;
        let mut there: BTreeMap<ThreadId, BTreeSet<AgentId>> = BTreeMap::new();
        for (number, agent) in self.agents.iter().enumerate() {
            for (place, thread) in self.threads.iter().enumerate() {
                let looks = number % THREADS == place;
                let activity = if looks { Activity::Viewing } else { Activity::Idle };
                agent.signal(*thread, activity);
                if looks {
                    there.entry(*thread).or_default().insert(agent.agent);
                }
            }
        }
        for client in &self.agents {
            let same = |seen: &Seen| {
                self.threads.iter().all(|thread| {
                    let seen = seen.signals.get(thread).map(|it| it.viewing.clone());
                    let seen: BTreeSet<_> = seen.unwrap_or_default().into_iter().collect();
                    there.get(thread).is_none_or(|there| *there == seen)
                })
            };
            // A dead node's lease has to run out.
            client.until("it sees who is there, and nobody else", same).await;
        }
    }

    /// Ends all faults, waits until nothing is under way, and asks the oracle.
    async fn finish(mut self) {
        for node in 0..NODES {
            self.cluster.go_on(node);
            self.cluster.nodes[node].postgres.heal();
            self.cluster.line(node).proxy.heal();
            self.cluster.line(node).set(Noise::default());
            self.cluster.begin(node).await;
        }
        self.cluster.redis.as_mut().unwrap().restart_if_dead().await;
        self.cluster.all_ended().await;
        while let Some(texted) = self.texting.join_next().await {
            texted.unwrap();
        }
        for (key, answered) in self.answers.drain(..) {
            let answer = tokio::time::timeout(PATIENCE, answered).await;
            let _whatever = answer.unwrap_or_else(|_| panic!("no answer to {key}")).unwrap();
        }
        let database = self.cluster.database.clone();
        oracle::all_delivered(&database).await;
        let last = note(self.threads[0], "last of all");
        let stream = self.stream();
        self.everybody_sees_who_looks().await;
        let truth = oracle::everybody_has_everything(&database, stream, &self.agents, last).await;
        truth.phones_show_each_once(&database).await;
        let texts = truth.events.iter();
        let texts = texts.filter(|it| matches!(it.body, EventBody::MessageReceived(_))).count();
        assert_eq!(texts, self.texts, "every text of a customer, once");
        oracle::chain_holds(&database).await;
        let sum = |count: fn(&Seen) -> usize| -> usize {
            self.agents.iter().map(|client| count(&client.seen())).sum()
        };
        println!(
            "{} events; {} of {} commands accepted, {} put off; {} connections",
            truth.head(),
            sum(|seen| seen.outcomes.values().filter(|(_command, it)| it.is_ok()).count()),
            sum(|seen| seen.outcomes.len()),
            sum(|seen| seen.put_off.len()),
            sum(|seen| seen.connections),
        );
        for client in &self.agents {
            for (_when, closed) in &client.seen().closes {
                assert!(CLOSES_EXPECTED.contains(&closed.code), "{}: {closed:?}", client.name);
            }
        }
        for node in 0..NODES {
            self.cluster.kill(node).await;
        }
    }
}

fn key(at: usize, agent: usize) -> String {
    format!("op{at}-{agent}")
}

fn phone(number: usize) -> String {
    format!("+120255506{number:02}")
}
