//! Many agents on two nodes answer one customer, again and again, while leases run out, a node stands
//! still past them, the bus forgets everything, and one node's clock jumps: for each state of the
//! thread at most one reply is accepted, and the provider sees each of those once.

use std::time::Duration;

use protocol::{
    commands::{Command, Outcome, SendReply},
    ids::ThreadId,
    views::ChannelKind,
};
use serde_json::json;
use server::{clock::Clock, config::settings::TwilioConfig, domain::channel::text_max};

use super::{alone, oracle, proving};
use crate::{
    harness::{
        api::{Api, CUSTOMER},
        database::Database,
        fake_twilio::FakeTwilio,
        process::{ServerProcess, signal},
        roamer::{Addresses, Answered, Habits, Roamer},
        server::{TestServer, Wanted, people},
        socket::Socket,
        twilio::{SID, TOKEN, inbound, numbers, twilio_env},
    },
    main_job::{note, reply},
};

/// Longer than the lease of the reply lock.
const PAST_THE_LEASE: Duration = Duration::from_secs(20);
/// How long the stopped node stands still; the database's clock moves further.
const STANDSTILL: Duration = Duration::from_millis(700);
/// The kinds of rounds.
const KINDS: u32 = 6;

/// Two nodes, one customer, many agents.
struct Desk {
    database: Database,
    stopping: ServerProcess,
    jumping: TestServer,
    /// The time of the database and of the provider.
    world: Clock,
    agents: Vec<Roamer>,
    supervisor: Roamer,
    thread: ThreadId,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_each_state_at_most_one_reply_is_accepted_whatever_happens_to_the_nodes() {
    let _alone = alone().await;
    let (agents, rounds) = if proving().is_some() { (100, 10 * KINDS) } else { (16, 2 * KINDS) };
    let world = Clock::system();
    let now = world.clone();
    let fake = FakeTwilio::start_with_clock(move || now.now()).await;
    let desk = Desk::start(&fake, world, agents).await;
    let mut replies = 0;
    for round in 0..rounds {
        let accepted = desk.race(round, replies).await;
        assert!(accepted <= 1, "{accepted} replies were accepted for one state, in round {round}");
        replies += accepted;
    }
    assert!(replies > rounds / 2, "{replies} of {rounds} states were answered at all");

    oracle::all_delivered(&desk.database).await;
    let last = note(desk.thread, "last of all");
    let api = desk.jumping.api("ann").await;
    let (database, stream) = (&desk.database, api.stream());
    let truth = oracle::everybody_has_everything(database, stream, &desk.agents, last).await;
    let stored = truth.one_reply_a_turn().remove(&desk.thread).unwrap();
    let received: Vec<_> = fake.received().into_iter().map(|it| it.body).collect();
    assert_eq!(received, stored, "the provider has each once, in order");
    assert_eq!(stored.len(), usize::try_from(replies).unwrap(), "and all that were accepted");
    desk.stopping.kill().await;
    drop(desk.agents);
    desk.jumping.stop().await;
}

/// Refusals that have moved something already share transactions with notes that are accepted: nothing
/// of them may stay behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_leaves_nothing_behind_in_a_shared_transaction() {
    const WRITERS: usize = 20;
    const EACH: usize = 10;
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let ben = server.api("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    // One transaction takes one command a thread.
    let mut others = Vec::new();
    for number in 0..WRITERS {
        others.push(ann.new_thread(&format!("+120255508{number:02}")).await.id);
    }
    // Here a reply takes the thread before it turns out that it cannot be sent.
    let mut database = server.database.connect().await;
    sqlx::query("update inboxes set mode = 'exclusive'").execute(&mut database).await.unwrap();
    let long = "x".repeat(text_max(ChannelKind::Sandbox) + 1);
    let mut writing = Vec::new();
    for (writer, other) in others.into_iter().enumerate() {
        let (mut socket, long) = (Socket::open(&server.url(), &ben.token).await, long.clone());
        writing.push(tokio::spawn(async move {
            for n in 0..EACH {
                let key = format!("{writer}-{n}");
                let command = if writer % 2 == 0 { note(other, &key) } else { reply(id, 0, &long) };
                let done = socket.command(&key, command).await;
                assert_eq!(done.is_ok(), writer % 2 == 0, "{done:?}");
            }
        }));
    }
    for writing in writing {
        writing.await.unwrap();
    }
    let thread = ann.snapshot(id).await.thread;
    assert_eq!(thread.assignee_id, None, "a refused reply has taken the thread");
    anns.command("answer", reply(id, 0, "Here I am")).await.unwrap();
    server.stop().await;
}

impl Desk {
    async fn start(fake: &FakeTwilio, world: Clock, count: usize) -> Self {
        fake.add_account(SID, TOKEN, &[numbers::BUSINESS]);
        let database = Database::create().await;
        people(&database, count).await;
        let api_url = fake.base_url();
        let env = twilio_env(&api_url);
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let stopping = ServerProcess::start(&database, &env).await;
        let twilio = TwilioConfig {
            account_sid: SID.to_owned(),
            auth_token: TOKEN.into(),
            number: numbers::BUSINESS.to_owned(),
            api_url,
        };
        let wanted = Wanted { twilio: Some(twilio), ..Wanted::default() };
        let jumping = TestServer::join(&database, wanted).await;
        let addresses = Addresses::default();
        addresses.set(0, Some(stopping.url.clone()));
        addresses.set(1, Some(jumping.url()));
        let come = async |name: &str, home: usize| {
            // Both nodes take sign-ins: one would find so many from one address too many.
            let node = addresses.get(home).unwrap();
            let api = Api::sign_in(&node, name).await;
            let wait_max = Duration::from_millis(200);
            Roamer::start(name, &api, &addresses, Habits { wait_max, ..Habits::at(home) }).await
        };
        let mut agents = Vec::new();
        for number in 0..count {
            agents.push(come(&format!("agent{number}"), number % 2).await);
        }
        let supervisor = come("sam", 1).await;
        let ann = jumping.api("ann").await;
        inbound(fake, &ann, CUSTOMER, "Anybody there?").await;
        let thread = ann.list().await.threads[0].id;
        Self { database, stopping, jumping, world, agents, supervisor, thread }
    }

    /// Lets all of them answer one state; returns how many were accepted.
    async fn race(&self, round: u32, seen: u32) -> u32 {
        let agents = &self.agents;
        let mut token = None;
        let fault = round % KINDS;
        if fault != 0 {
            token = self.lock(&agents[0], round, "lock.acquire").await;
        }
        match fault {
            1 => {
                self.all_leases_run_out().await;
                self.lock(&agents[1], round, "lock.acquire").await;
            }
            3 => drop(self.lock(&self.supervisor, round, "lock.take_over").await),
            4 => self.jumping.clock.advance(Duration::from_hours(1)),
            _ => {}
        }
        let mut answers: Vec<Answered> = Vec::new();
        for (number, agent) in agents.iter().enumerate() {
            let text = format!("round {round} by {}", agent.name);
            let Command::SendReply(it) = reply(self.thread, seen, &text) else { panic!() };
            // One of them holds the lock, or did.
            let lock_token = token.filter(|_token| number == 0);
            let command = Command::SendReply(SendReply { lock_token, ..it });
            answers.push(agent.begin(&format!("r{round}"), command));
        }
        match fault {
            2 => self.stand_still().await,
            5 => self.all_leases_run_out().await,
            _ => {}
        }
        let mut accepted = 0;
        for answer in answers {
            let answer = tokio::time::timeout(Duration::from_secs(30), answer).await;
            match answer.expect("an answer").unwrap() {
                Ok(Outcome::ReplySent(sent)) => {
                    assert_eq!(sent.reply_no, seen + 1, "a reply to another state was accepted");
                    accepted += 1;
                }
                Ok(other) => panic!("{other:?}"),
                Err(_refused) => {}
            }
        }
        accepted
    }

    async fn lock(&self, agent: &Roamer, round: u32, kind: &str) -> Option<u64> {
        let mut fields = json!({ "kind": kind, "thread_id": self.thread });
        if kind == "lock.take_over" {
            fields["reason"] = json!("it takes too long");
        }
        let command = serde_json::from_value(fields).unwrap();
        match agent.command(&format!("{kind}{round}"), command).await {
            Ok(Outcome::LockHeld(held)) => Some(held.token),
            _ => None,
        }
    }

    async fn all_leases_run_out(&self) {
        self.world.advance(PAST_THE_LEASE);
        let ms = i64::try_from(self.world.offset().as_millis()).unwrap();
        self.jumping.running.store.set_clock_offset(ms).await.unwrap();
    }

    /// The node stands still in the middle of it, until after all leases; its agents go to the other
    /// one and say the same there.
    async fn stand_still(&self) {
        signal("STOP", self.stopping.id());
        self.all_leases_run_out().await;
        for agent in &self.agents {
            agent.bounce(Some(1));
        }
        tokio::time::sleep(STANDSTILL).await;
        signal("CONT", self.stopping.id());
        for agent in self.agents.iter().step_by(2) {
            agent.bounce(Some(0));
        }
    }
}
