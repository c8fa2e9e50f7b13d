//! A server inside the test's process, on its own database, with a clock that the test moves.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use protocol::{
    ids::AgentId,
    views::{Role, Scope},
};
use server::{
    app::build::{self, Running},
    auth::password::Passwords,
    bus::handle::Bus,
    clock::Clock,
    commands::{
        road::{Road, Wakers},
        setup::DemoAgent,
    },
    config::settings::{
        AuthConfig, BucketConfig, Config, HttpConfig, LogConfig, LogFormat, MailConfig,
        MediaConfig, RbmConfig, RealtimeConfig, RedisConfig, StoreConfig, TwilioConfig,
        WhatsappConfig,
    },
    shutdown::Shutdown,
    store::pool::Store,
};
use tokio::sync::OnceCell;

use super::{api::Api, database::Database, files::Folder, outside, socket::Socket};

/// The password of every agent in tests.
pub(crate) const PASSWORD: &str = "correct horse";

/// A server in this process.
pub(crate) struct TestServer {
    pub(crate) database: Database,
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    shutdown: Shutdown,
    redis: Option<RedisConfig>,
    /// Gone when no server has it any more.
    #[expect(dead_code, reason = "it is kept, and that is all")]
    files: Folder,
}

/// What a test wants of its server.
#[derive(Clone)]
pub(crate) struct Wanted {
    /// How people sign in.
    pub(crate) auth: AuthConfig,
    /// People beside Ann, Ben, Cleo and Sam, the supervisor.
    pub(crate) more_agents: usize,
    /// Other nodes.
    pub(crate) redis: Option<RedisConfig>,
    /// A Twilio account.
    pub(crate) twilio: Option<TwilioConfig>,
    /// The WhatsApp Cloud API.
    pub(crate) whatsapp: Option<WhatsappConfig>,
    /// An RCS agent.
    pub(crate) rbm: Option<RbmConfig>,
    /// A mail server.
    pub(crate) mail: Option<MailConfig>,
    /// Messages a second over each channel.
    pub(crate) channel_rate: Option<u32>,
    /// The public URL, where it is not the listening address.
    pub(crate) public_url: Option<String>,
    /// Most events that a resume sends.
    pub(crate) resume_events_max: u64,
    /// Most events in a ring.
    pub(crate) ring_events_max: usize,
    /// Frames a second that a client may send.
    pub(crate) frames_per_second: u32,
    /// Handshakes a second.
    pub(crate) handshakes_per_second: u32,
    /// Where customers' files go.
    pub(crate) files: Folder,
    /// Or where they go instead.
    pub(crate) bucket: Option<BucketConfig>,
    /// The largest one.
    pub(crate) media_max_bytes: u64,
    /// Whether they may be fetched from this machine.
    pub(crate) media_allow_loopback: bool,
    /// The time, where something else lives in it, too.
    pub(crate) clock: Clock,
    /// The data folder, where something is in it.
    pub(crate) data_dir: Option<PathBuf>,
    /// What secrets are sealed with; without any, a file in the data folder.
    pub(crate) seal_keys: Vec<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            auth: AuthConfig::default(),
            more_agents: 0,
            twilio: None,
            whatsapp: None,
            rbm: None,
            mail: None,
            redis: None,
            public_url: None,
            resume_events_max: 100_000,
            ring_events_max: 2_048,
            // Tests are faster than people, and than what providers take.
            channel_rate: Some(1_000),
            frames_per_second: 10_000,
            handshakes_per_second: 10_000,
            files: Folder::default(),
            bucket: None,
            media_max_bytes: 1024 * 1024,
            media_allow_loopback: true,
            clock: Clock::system(),
            data_dir: None,
            seal_keys: Vec::new(),
        }
    }
}

impl TestServer {
    /// Starts a server with four people, an inbox and a sandbox channel.
    pub(crate) async fn start() -> Self {
        Self::start_with(Wanted::default()).await
    }

    /// Starts a server on a database of its own.
    pub(crate) async fn start_with(wanted: Wanted) -> Self {
        let database = Database::create().await;
        people(&database, wanted.more_agents).await;
        Self::join(&database, wanted).await
    }

    /// Starts a server on a database that is there.
    pub(crate) async fn join(database: &Database, wanted: Wanted) -> Self {
        let (clock, shutdown) = (wanted.clock.clone(), Shutdown::new());
        let config = config(&wanted);
        let database_url = database.url();
        outside::learn(&settings(&wanted, database.plain_url()));
        let starting = build::start(&config, &database_url, clock.clone(), &shutdown);
        let running = Box::pin(starting).await.expect("the server starts");
        let Wanted { redis, files, .. } = wanted;
        Self { database: database.clone(), running, redis, clock, shutdown, files }
    }

    /// Returns the HTTP address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Signs in over HTTP.
    pub(crate) async fn api(&self, name: &str) -> Api {
        Api::sign_in(&self.url(), name).await
    }

    /// Signs in and opens a socket that follows the inbox from now on.
    pub(crate) async fn desk(&self, name: &str) -> (Api, Socket) {
        let api = self.api(name).await;
        let mut socket = Socket::open(&self.url(), &api.token).await;
        socket.subscribe(api.stream(), None).await;
        (api, socket)
    }

    /// Moves the clocks of this process and of the database.
    pub(crate) async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        let ms = i64::try_from(self.clock.offset().as_millis()).expect("not that long");
        self.running.store.set_clock_offset(ms).await.expect("the database's clock");
    }

    /// Returns the time as this server has it.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Returns where its other nodes are heard.
    pub(crate) fn redis(&self) -> Option<RedisConfig> {
        self.redis.clone()
    }

    /// Tells the other nodes that this one goes away.
    pub(crate) fn goodbye(&self) {
        self.running.hub.presence.goodbye();
    }

    /// Begins to drain, as SIGTERM does.
    pub(crate) fn drain(&self) {
        self.shutdown.drain();
    }

    /// Stops the server and waits until nothing of it is left.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        assert!(self.shutdown.wait(Duration::from_secs(10)).await, "tasks are left");
        self.running.store.close().await;
    }
}

/// Returns where the providers and the database are.
fn settings<'a>(wanted: &'a Wanted, database: &'a str) -> Vec<&'a str> {
    let twilio = wanted.twilio.as_ref().map(|it| it.api_url.as_str());
    let whatsapp = wanted.whatsapp.as_ref().map(|it| it.api_url.as_str());
    let rbm = wanted.rbm.as_ref().map(|it| it.api_url.as_str());
    [Some(database), twilio, whatsapp, rbm].into_iter().flatten().collect()
}

/// Makes settings for nodes that hear each other, and no other test's nodes.
pub(crate) fn redis() -> RedisConfig {
    let url = std::env::var("TANDEM_TEST_REDIS").expect("run under scripts/with-redis");
    RedisConfig { url: url.into(), prefix: format!("tandem-{}", uuid::Uuid::now_v7().simple()) }
}

fn config(wanted: &Wanted) -> Config {
    let listen: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    Config {
        http: HttpConfig {
            listen,
            public_url_set: wanted.public_url.as_ref().map(|url| url.parse().expect("a URL")),
            allowed_origins_set: None,
            metrics_token: None,
        },
        auth: wanted.auth.clone(),
        store: StoreConfig {
            database_url: None,
            connections_max: 8,
            data_dir: wanted.data_dir.clone().unwrap_or_else(|| PathBuf::from("/nonexistent")),
            seal_keys: wanted.seal_keys.iter().map(|it| it.as_str().into()).collect(),
        },
        media: MediaConfig {
            blob_dir: wanted.files.path().to_owned(),
            bucket: wanted.bucket.clone(),
            bytes_max: wanted.media_max_bytes,
            allow_loopback: wanted.media_allow_loopback,
        },
        demo: true,
        realtime: RealtimeConfig {
            connections_max: 1_000,
            resume_events_max: wanted.resume_events_max,
            ring_events_max: wanted.ring_events_max,
            ring_bytes_max: 1024 * 1024,
            handshakes_per_second: NonZeroU32::new(wanted.handshakes_per_second).expect("some"),
            frames_per_second: NonZeroU32::new(wanted.frames_per_second).expect("some"),
        },
        redis: wanted.redis.clone(),
        channel_rate: wanted.channel_rate.and_then(NonZeroU32::new),
        twilio: wanted.twilio.clone(),
        whatsapp: wanted.whatsapp.clone(),
        rbm: wanted.rbm.clone(),
        mail: wanted.mail.clone(),
        log: LogConfig {
            format: LogFormat::Pretty,
            filter: "info".to_owned(),
            otlp_endpoint: None,
        },
    }
}

/// Puts the people of all tests into a new database.
pub(crate) async fn people(database: &Database, more: usize) {
    let store = Store::connect(&database.url(), 1).await.expect("the test's database");
    let road = Road::new(
        store.clone(),
        Bus::local(uuid::Uuid::now_v7().into()),
        Wakers::default(),
        Shutdown::new(),
    );
    let hash = password_hash().await;
    let named = ["ann", "ben", "cleo", "sam"].map(str::to_owned);
    let people: Vec<DemoAgent> = named
        .into_iter()
        .chain((0..more).map(|n| format!("agent{n}")))
        .map(|name| DemoAgent {
            email: format!("{name}@demo.example"),
            role: if name == "sam" { Role::Supervisor } else { Role::Agent },
            name,
            password_hash: hash.clone(),
        })
        .collect();
    assert!(road.set_up_demo(people).await.expect("people"), "a new database has nobody");
    store.close().await;
}

async fn password_hash() -> String {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let make = || async { Passwords::default().hash(PASSWORD.to_owned()).await };
    HASH.get_or_init(make).await.clone()
}

/// Makes an agent an administrator, where it is kept; sessions that begin afterwards follow it.
pub(crate) async fn make_admin(database: &Database, email: &str) {
    let mut connection = database.connect().await;
    sqlx::query("update agents set role = 'admin' where email = $1")
        .bind(email)
        .execute(&mut connection)
        .await
        .expect("the role can be set");
}

/// Narrows what an agent may see. There is no door for this yet, so it is done where it is kept;
/// sessions that begin afterwards follow it.
pub(crate) async fn set_scope(database: &Database, agent: AgentId, scope: Scope) {
    let word = if scope == Scope::All { "all" } else { "assigned" };
    let mut connection = database.connect().await;
    sqlx::query("update inbox_members set scope = $2 where agent_id = $1")
        .bind(agent.uuid())
        .bind(word)
        .execute(&mut connection)
        .await
        .expect("the scope can be set");
}
