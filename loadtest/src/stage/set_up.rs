//! Signing in, finding out what there is, and making the world of a run.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use protocol::{
    http::Me,
    ids::{InboxId, StreamId},
    views::{ChannelKind, Scope},
};
use uuid::Uuid;

use crate::{
    api::{self, Api, Place},
    check::{
        commands::Orders, findings::Findings, ghosts::Said, log::StreamLog, reader::Reader,
        texts::Texts,
    },
    customers::{
        fake_twilio::FakeTwilio,
        writing::{Post, Road},
    },
    measure::meter::Meter,
    scenario::file::Via,
    settings::Settings,
    target::Target,
    world::{
        clock::RunClock,
        crowd::Crowd,
        frames::FrameCache,
        seat::{Follow, Seat},
        shared::{Stream, World},
        threads::Threads,
    },
};

const HTTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything that a run works with.
pub(crate) struct Stage {
    pub(crate) world: Rc<World>,
    pub(crate) targets: Rc<[Target]>,
    pub(crate) logins: Vec<SignedIn>,
    pub(crate) post: Rc<Post>,
    pub(crate) fake: Option<FakeTwilio>,
}

/// A login, and what it may see.
pub(crate) struct SignedIn {
    pub(crate) api: Api,
    pub(crate) me: Me,
    pub(crate) places: HashMap<InboxId, Place>,
}

impl Stage {
    /// Ends the sessions: none is left behind.
    pub(crate) async fn sign_out(&self) {
        for login in &self.logins {
            if let Err(error) = login.api.sign_out().await {
                self.world.note(format!("cannot sign out: {error:#}"));
            }
        }
    }
}

/// Signs in and makes the world.
pub(crate) async fn set_up(settings: &Settings) -> anyhow::Result<Stage> {
    let scenario = &settings.scenario;
    ensure!(!settings.targets.is_empty(), "--url is missing");
    let logins = sign_in(settings).await?;
    let via = scenario.load.via;
    let http = api::client(HTTP_TIMEOUT)?;
    let road = road(&logins, settings)?;
    let fake = match (&settings.twilio, via) {
        (Some(twilio), Via::Twilio) => {
            Some(FakeTwilio::start(twilio, scenario.provider.doubt, settings.seed).await?)
        }
        _ => None,
    };
    let random = Uuid::now_v7().as_u128();
    let run = u32::try_from((random >> 80) % 100_000).unwrap_or_default();
    let streams = streams(&logins);
    let bases: Vec<u64> = streams.iter().map(|it| base(&logins, it.id)).collect();
    let agents = agents(&logins);
    let seats = seats(&logins, &streams, &bases, &agents, scenario.load.agents);
    let world = World {
        clock: RunClock::new(),
        scenario: scenario.clone(),
        tag: format!("lt{:08x}", (random >> 64) & 0xffff_ffff),
        logs: RefCell::new(bases.iter().map(|base| StreamLog::after(*base)).collect()),
        streams,
        seats,
        colleagues: colleagues(&logins),
        agents,
        starts: Cell::new(0),
        meter: RefCell::new(Meter::new()),
        found: RefCell::new(Findings::default()),
        threads: RefCell::new(Threads::default()),
        crowd: RefCell::new(Crowd::new(scenario.load.customers, run, via == Via::Sandbox)),
        orders: RefCell::new(Orders::default()),
        texts: RefCell::new(Texts::default()),
        said: RefCell::new(Said::default()),
        cache: RefCell::new(FrameCache::default()),
        connected: Cell::new(0),
        connections: Cell::new(0),
        newcomers: RefCell::new(Vec::new()),
        notes: RefCell::new(Vec::new()),
    };
    let targets: Rc<[Target]> = settings.targets.clone().into();
    let post = Rc::new(Post { http, targets: Rc::clone(&targets), road });
    Ok(Stage { world: Rc::new(world), targets, logins, post, fake })
}

async fn sign_in(settings: &Settings) -> anyhow::Result<Vec<SignedIn>> {
    ensure!(
        !settings.logins.is_empty(),
        "no login: give --login email:password or --logins FILE (the demo's server keeps \
         demo-logins.txt in its data folder)"
    );
    let target = settings.targets.first().context("--url is missing")?;
    let wanted = usize::try_from(settings.scenario.load.agents).unwrap_or(usize::MAX);
    let mut all = Vec::new();
    for login in settings.logins.iter().take(wanted) {
        let words = (login.email.as_str(), login.password.as_str());
        let api = Api::sign_in(target, words, HTTP_TIMEOUT)
            .await
            .with_context(|| format!("as {} at {}", login.email, target.http))?;
        let me = api.me().await?;
        let mut places = HashMap::new();
        for inbox in &me.inboxes {
            places.insert(inbox.id, api.place(inbox.id).await?);
        }
        if me.inboxes.is_empty() {
            bail!("{} is a member of no inbox", login.email);
        }
        all.push(SignedIn { api, me, places });
    }
    Ok(all)
}

fn road(logins: &[SignedIn], settings: &Settings) -> anyhow::Result<Road> {
    let inboxes = logins.iter().flat_map(|it| &it.me.inboxes);
    let channels = inboxes.flat_map(|it| &it.channels);
    if settings.scenario.load.via == Via::Sandbox {
        let mut ids: Vec<String> = channels
            .filter(|it| it.kind == ChannelKind::Sandbox)
            .map(|it| it.id.to_string())
            .collect();
        ids.sort();
        ids.dedup();
        ensure!(
            !ids.is_empty(),
            "no inbox of these logins has a sandbox channel; start the server with its demo \
             (TANDEM_DEMO=on)"
        );
        return Ok(Road::Sandbox(ids));
    }
    let twilio = settings.twilio.clone().context(
        "this scenario goes through Twilio's webhooks: set TANDEM_TWILIO_ACCOUNT_SID, \
         TANDEM_TWILIO_AUTH_TOKEN and TANDEM_TWILIO_NUMBER as the server has them, or say \
         --via sandbox",
    )?;
    let mut channels = channels;
    let channel = channels
        .find(|it| it.kind == ChannelKind::Sms && it.address == twilio.number)
        .with_context(|| format!("no inbox of these logins has the number {}", twilio.number))?;
    Ok(Road::Twilio(channel.id.to_string(), twilio))
}

fn streams(logins: &[SignedIn]) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    for inbox in logins.iter().flat_map(|it| &it.me.inboxes) {
        let id = inbox.id.uuid().as_u128();
        if !streams.iter().any(|it| it.id == id) {
            let name = StreamId::from(inbox.id).to_string();
            streams.push(Stream { name, id });
        }
    }
    streams
}

/// The earliest place that any login begins from.
fn base(logins: &[SignedIn], stream: u128) -> u64 {
    let inbox = InboxId::from(Uuid::from_u128(stream));
    let places = logins.iter().filter_map(|it| it.places.get(&inbox));
    places.map(|it| it.seq).min().unwrap_or_default()
}

fn agents(logins: &[SignedIn]) -> HashMap<u128, u32> {
    let mut agents = HashMap::new();
    for login in logins {
        let next = u32::try_from(agents.len()).unwrap_or(u32::MAX);
        agents.entry(login.me.agent.id.uuid().as_u128()).or_insert(next);
    }
    agents
}

/// Agents to whom any thread can be given.
fn colleagues(logins: &[SignedIn]) -> Vec<u128> {
    let inboxes: Vec<_> = logins.iter().flat_map(|it| &it.me.inboxes).collect();
    let Some(first) = inboxes.first() else { return Vec::new() };
    let ids = first.agents.iter().map(|it| it.id);
    ids.filter(|id| inboxes.iter().all(|inbox| inbox.agents.iter().any(|it| it.id == *id)))
        .map(|id| id.uuid().as_u128())
        .collect()
}

fn seats(
    logins: &[SignedIn],
    streams: &[Stream],
    bases: &[u64],
    agents: &HashMap<u128, u32>,
    count: u32,
) -> Vec<RefCell<Seat>> {
    let mut seats = Vec::new();
    for index in 0..usize::try_from(count).unwrap_or_default() {
        let login = index % logins.len();
        let Some(signed_in) = logins.get(login) else { continue };
        let agent = agents.get(&signed_in.me.agent.id.uuid().as_u128()).copied();
        let follow = |(stream, (it, base)): (usize, (&Stream, &u64))| {
            let inbox = InboxId::from(Uuid::from_u128(it.id));
            let member = signed_in.me.inboxes.iter().find(|it| it.id == inbox)?;
            let place = signed_in.places.get(&inbox)?;
            let mut reader = Reader::new(*base);
            reader.start(place.seq);
            Some(Follow {
                stream: u32::try_from(stream).ok()?,
                sees_all: member.scope == Scope::All,
                reader,
                cursor: Some(Rc::from(place.cursor.0.as_str())),
                head: 0,
                subscribed: false,
            })
        };
        seats.push(RefCell::new(Seat {
            name: format!("desk {index} ({})", signed_in.me.agent.name),
            login,
            agent: agent.unwrap_or(u32::MAX),
            follows: streams.iter().zip(bases).enumerate().filter_map(follow).collect(),
            live: false,
            connected: false,
            stalled: false,
            healthy_from: 0,
            gone: None,
            shown: HashMap::new(),
            pending: std::collections::BTreeMap::new(),
            tokens: HashMap::new(),
        }));
    }
    seats
}
