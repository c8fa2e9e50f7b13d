//! Several server processes on one database, each behind proxies of its own.

use std::{path::PathBuf, process::ExitStatus};

use tokio::task::JoinSet;

use super::{
    api::Api,
    database::Database,
    process::{ServerProcess, signal},
    proxy::{Proxy, Upstream},
    redis::Redis,
    redis_noise::NoisyRedis,
    roamer::Addresses,
    server::people,
    wait::eventually,
};

/// What a cluster is made of.
pub(crate) struct Wanted<'a> {
    /// How many nodes.
    pub(crate) nodes: usize,
    /// People beside the four.
    pub(crate) more_agents: usize,
    /// Whether they have a Redis; without one, only the head poll tells them of each other.
    pub(crate) redis: bool,
    /// Settings of every node.
    pub(crate) env: Vec<(&'a str, String)>,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self { nodes: 2, more_agents: 0, redis: true, env: Vec::new() }
    }
}

/// One node, alive or not.
pub(crate) struct Node {
    /// The process; `None` while it is down.
    pub(crate) process: Option<ServerProcess>,
    /// Between it and Postgres.
    pub(crate) postgres: Proxy,
    /// Between it and Redis.
    pub(crate) redis: Option<NoisyRedis>,
    env: Vec<(String, String)>,
    log: PathBuf,
}

/// The nodes, and where they are.
pub(crate) struct Cluster {
    pub(crate) database: Database,
    pub(crate) nodes: Vec<Node>,
    pub(crate) addresses: Addresses,
    /// What the nodes tell each other over.
    pub(crate) redis: Option<Redis>,
    ending: JoinSet<ExitStatus>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What the nodes had to say is kept for a test that failed.
        if !std::thread::panicking() {
            for node in &self.nodes {
                let _gone = std::fs::remove_file(&node.log);
            }
        }
    }
}

impl Cluster {
    /// Starts the nodes on a database of their own.
    pub(crate) async fn start(wanted: Wanted<'_>) -> Self {
        let database = Database::create().await;
        people(&database, wanted.more_agents).await;
        Self::start_on(database, wanted).await
    }

    /// Starts the nodes on a database that has its people.
    pub(crate) async fn start_on(database: Database, wanted: Wanted<'_>) -> Self {
        // Another test of this process may have installed it.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let (socket, name) = database.socket_and_name();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let mut cluster = Self {
            database: database.clone(),
            nodes: Vec::new(),
            addresses: Addresses::default(),
            redis: None,
            ending: JoinSet::new(),
        };
        if wanted.redis {
            cluster.redis = Some(Redis::start().await);
        }
        for number in 0..wanted.nodes {
            let postgres = Proxy::start(Upstream::Unix(socket.clone())).await;
            let mut env: Vec<_> = wanted
                .env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            let url = format!("postgres://postgres@{}/{name}?sslmode=disable", postgres.address());
            env.push(("DATABASE_URL".to_owned(), url));
            // Tests come faster than people.
            env.push(("TANDEM_HANDSHAKES_PER_SECOND".to_owned(), "10000".to_owned()));
            let mut redis = None;
            if let Some(it) = &cluster.redis {
                let line = NoisyRedis::start(it.address(), number as u64).await;
                env.push(("REDIS_URL".to_owned(), line.url()));
                redis = Some(line);
            }
            let log = folder.join(format!("{name}-node{number}.log"));
            cluster.nodes.push(Node { process: None, postgres, redis, env, log });
            cluster.begin(number).await;
        }
        cluster
    }

    /// Starts a node, if it is down.
    pub(crate) async fn begin(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        if node.process.is_some() {
            return;
        }
        let env: Vec<_> = node.env.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let process = ServerProcess::start_through(&env, &node.log).await;
        self.addresses.set(number, Some(process.url.clone()));
        node.process = Some(process);
    }

    /// Kills a node as `kill -9` does.
    pub(crate) async fn kill(&mut self, number: usize) {
        if let Some(process) = self.nodes[number].process.take() {
            process.kill().await;
        }
        self.addresses.set(number, None);
    }

    /// Tells a node to end, and does not wait.
    pub(crate) fn terminate_aside(&mut self, number: usize) {
        // One that stands still would never hear it.
        self.go_on(number);
        if let Some(process) = self.nodes[number].process.take() {
            self.ending.spawn(process.terminate());
        }
        self.addresses.set(number, None);
    }

    /// Waits until all nodes that were told to end have ended, and well.
    pub(crate) async fn all_ended(&mut self) {
        while let Some(status) = self.ending.join_next().await {
            let status = status.expect("it ends in time");
            assert!(status.success(), "a node that was told to end has {status}");
        }
    }

    /// Lets a node stand still, if it is up.
    pub(crate) fn pause(&self, number: usize) {
        if let Some(process) = &self.nodes[number].process {
            signal("STOP", process.id());
        }
    }

    /// Lets a node go on, if it is up.
    pub(crate) fn go_on(&self, number: usize) {
        if let Some(process) = &self.nodes[number].process {
            signal("CONT", process.id());
        }
    }

    /// Returns the line between a node and Redis.
    pub(crate) fn line(&self, number: usize) -> &NoisyRedis {
        self.nodes[number].redis.as_ref().expect("the cluster has a Redis")
    }

    /// Tells Redis something, if it lives.
    pub(crate) async fn tell_redis(&self, words: &str) {
        if let Some(redis) = self.redis.as_ref().filter(|redis| redis.lives()) {
            redis.command(words).await;
        }
    }

    /// Returns a figure of a node's metrics.
    pub(crate) async fn figure(&self, number: usize, name: &str) -> f64 {
        let page = reqwest::get(format!("{}/metrics", self.url(number))).await.expect("metrics");
        let page = page.text().await.expect("a text");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name}")).parse().expect("a number")
    }

    /// Waits until all nodes hear each other.
    pub(crate) async fn bus_is_up(&self) {
        for node in 0..self.nodes.len() {
            eventually("the bus is up", async || {
                (self.figure(node, "tandem_bus_up").await > 0.5).then_some(())
            })
            .await;
        }
    }

    /// Returns a node's address.
    pub(crate) fn url(&self, number: usize) -> String {
        self.addresses.get(number).expect("the node is up")
    }

    /// Signs in at a node.
    pub(crate) async fn api(&self, number: usize, name: &str) -> Api {
        Api::sign_in(&self.url(number), name).await
    }
}
