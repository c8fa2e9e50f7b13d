//! Builds a server out of its settings: everything that runs, and the routes.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, http::StatusCode, middleware::from_fn, response::IntoResponse, routing::get};
use protocol::views::ChannelKind;
use secrecy::SecretString;
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

use super::{
    demo,
    files::{self, Files},
    rbm, twilio, whatsapp,
};
use crate::{
    auth::{link::Links, oidc::Oidc, origin::Origins, password::Passwords},
    automation::{mail::Mailer, timers},
    bus::{
        handle::Bus,
        pubsub::connect::{self, RedisSettings},
    },
    channels::{
        courtesy,
        maker::{Account, Secret},
        outbound::{self, Outbound},
        rbm::maker::{self as rbm_maker, RbmMaker},
        registry::Registry,
        sandbox::{self, Sandbox},
        templates,
        troubles::Troubles,
        twilio::maker::{self as twilio_maker, TwilioMaker},
        whatsapp::maker::{self as whatsapp_maker, WhatsappMaker},
    },
    clock::Clock,
    commands::{
        road::{Road, Wakers},
        setup::WantedChannel,
    },
    config::settings::Config,
    http::{
        error::as_problem,
        request,
        router::router,
        serve,
        state::{HttpState, Ready},
    },
    realtime::{hub::Hub, pages::Pages, ring::RingLimits},
    seal::{Keys, Sealer},
    shutdown::Shutdown,
    store::pool::Store,
    ws::{admission::Admission, state::WsState, upgrade},
};

/// How often what is over is forgotten.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// The number of the sandbox's business: reserved for fiction (555-01xx).
const SANDBOX_NUMBER: &str = "+12025550100";

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// How it is reached.
    pub public_url: Url,
    /// The database.
    pub store: Store,
    /// The real-time core.
    pub hub: Hub,
    /// All writes.
    pub road: Road,
    /// Whether it takes work.
    pub ready: Ready,
    /// The demo's logins, if they were made just now.
    pub logins: Vec<demo::Login>,
}

/// Builds and starts a server on a database.
pub async fn start(
    config: &Config,
    database_url: &SecretString,
    clock: Clock,
    shutdown: &Shutdown,
) -> anyhow::Result<Running> {
    // Fails only where it was installed before, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let store = Store::connect(database_url, config.store.connections_max)
        .await
        .context("DATABASE_URL: cannot connect")?;
    store.migrate().await.context("cannot bring the database's schema up to date")?;
    let listen = config.http.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("TANDEM_LISTEN: cannot listen on {listen}"))?;
    let address = listener.local_addr().context("the listening address is unknown")?;
    let public_url: Url =
        config.http.public_url(address).parse().context("TANDEM_PUBLIC_URL is no URL")?;

    let bus = bus(config, &clock, shutdown)?;
    let wakers = Wakers::default();
    let road = Road::new(store.clone(), bus.clone(), wakers.clone(), shutdown.clone());
    let pages = Pages::new(store.clone(), resume_readers(config));
    let hub = Hub::start(pages, &bus, clock.clone(), shutdown, ring_limits(config)).await?;
    let passwords = Passwords::default();
    let logins = set_up(config, &road, &passwords).await?;
    let registry = registry(config, &store, &public_url, &clock)?;
    let (parts, place) = ((&store, &road, &registry), (&public_url, &clock));
    let media = (Arc::clone(&wakers.media), shutdown);
    let Files { blobs, uploads, links } = files::start(&config.media, parts, place, media).await?;
    let sending = (public_url.clone(), links.clone(), config.channel_rate);
    start_workers(parts, wakers, sending, shutdown);
    start_mail(config, &store, &hub, &public_url, shutdown)?;

    let origins = Arc::new(Origins::new(config.http.allowed_origins(address)));
    let ready = Ready::default();
    let http = HttpState {
        store: store.clone(),
        road: road.clone(),
        passwords,
        idle: config.auth.idle,
        oidc: oidc(config, &public_url, &clock)?,
        sign_ins: Arc::default(),
        registry: Arc::new(registry),
        troubles: Troubles::new(store.clone()),
        public_url: public_url.clone(),
        blobs,
        uploads,
        links,
        origins: Arc::clone(&origins),
        secure: public_url.scheme() == "https",
        sandbox: config.demo,
        ready: ready.clone(),
        metrics_token: config.http.metrics_token.clone(),
    };
    let ws = WsState {
        store: store.clone(),
        road: road.clone(),
        hub: hub.clone(),
        idle: config.auth.idle,
        origins,
        clock,
        shutdown: shutdown.clone(),
        resume_events_max: config.realtime.resume_events_max,
        handshakes: Admission::new(config.realtime.handshakes_per_second),
        frames_per_second: config.realtime.frames_per_second,
    };
    let routes = sockets(ws).merge(router(http)).layer(from_fn(request::observe));
    let serving = serve::serve(listener, routes, config.realtime.connections_max, shutdown.clone());
    shutdown.spawn("accept", serving);
    let (tidying, ending) = (road.clone(), shutdown.clone());
    shutdown.spawn("housekeeping", async move { housekeeping(&tidying, &ending).await });
    ready.set(true);
    Ok(Running { address, public_url, store, hub, road, ready, logins })
}

/// Tells agents by mail, where that is set up.
fn start_mail(
    config: &Config,
    store: &Store,
    hub: &Hub,
    public_url: &Url,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let Some(mail) = &config.mail else { return Ok(()) };
    Mailer::new(store.clone(), hub.presence.clone(), mail, public_url.clone())
        .context("SMTP_URL: cannot be used")?
        .start(shutdown);
    Ok(())
}

/// Makes what signs people in with OpenID Connect, where that is set up.
fn oidc(config: &Config, public_url: &Url, clock: &Clock) -> anyhow::Result<Option<Oidc>> {
    let made =
        config.auth.oidc.clone().map(|it| Oidc::new(it, public_url, sealer(config), clock.clone()));
    made.transpose().context("OpenID Connect")
}

/// Returns the route of the sockets.
fn sockets(ws: WsState) -> Router {
    Router::new()
        // Refused methods get a problem; a refused handshake keeps its own line of text.
        .route("/ws", get(upgrade::upgrade))
        .with_state(ws)
        .method_not_allowed_fallback(async || as_problem(StatusCode::METHOD_NOT_ALLOWED.into_response()).await)
}

/// Starts what turns outside events and time into commands.
fn start_workers(
    (store, road, registry): (&Store, &Road, &Registry),
    wakers: Wakers,
    (public_url, links, channel_rate): (Url, Links, Option<NonZeroU32>),
    shutdown: &Shutdown,
) {
    timers::start(store.clone(), road.clone(), wakers.timers, shutdown);
    courtesy::start(store.clone(), registry.clone(), wakers.attentions, shutdown);
    templates::start(store.clone(), road.clone(), registry.clone(), shutdown);
    let sending = outbound::Parts {
        store: store.clone(),
        road: road.clone(),
        registry: registry.clone(),
        public_url,
        links,
        channel_rate,
    };
    Outbound::start(sending, wakers.deliveries, shutdown);
}

fn bus(config: &Config, clock: &Clock, shutdown: &Shutdown) -> anyhow::Result<Bus> {
    let node = Uuid::now_v7().into();
    let Some(redis) = &config.redis else { return Ok(Bus::local(node)) };
    let settings = RedisSettings { url: redis.url.clone(), prefix: redis.prefix.clone() };
    connect::start(node, &settings, clock, shutdown).context("REDIS_URL: cannot be used")
}

fn ring_limits(config: &Config) -> RingLimits {
    RingLimits {
        events_max: config.realtime.ring_events_max,
        bytes_max: config.realtime.ring_bytes_max,
    }
}

/// Clients who come back may use a quarter of the database's connections.
fn resume_readers(config: &Config) -> usize {
    usize::try_from(config.store.connections_max / 4).unwrap_or_default().max(1)
}

/// Forgets what is over, now and then.
async fn housekeeping(road: &Road, shutdown: &Shutdown) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(HOUSEKEEPING) => {}
            () = shutdown.cancelled() => return,
        }
        match road.forget_old_keys().await {
            Ok(keys) => tracing::debug!(keys, "old keys were forgotten"),
            Err(error) => tracing::warn!(error = %error, "old keys could not be forgotten"),
        }
    }
}

async fn set_up(
    config: &Config,
    road: &Road,
    passwords: &Passwords,
) -> anyhow::Result<Vec<demo::Login>> {
    let mut logins = Vec::new();
    if config.demo {
        logins = demo::set_up(road, passwords).await?;
        // It plays all kinds: one number, as a customer sees it.
        for kind in
            [ChannelKind::Sandbox, ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Rcs]
        {
            let (provider, address) = (sandbox::NAME, SANDBOX_NUMBER.to_owned());
            road.set_up_channel(WantedChannel { kind, provider, address, external_id: None })
                .await?;
        }
    }
    let twilio = config.twilio.as_ref().map(twilio::channel);
    let whatsapp = config.whatsapp.as_ref().map(whatsapp::channel);
    let rbm = config.rbm.as_ref().map(rbm::channel);
    for channel in [twilio, whatsapp, rbm].into_iter().flatten() {
        road.set_up_channel(channel).await?;
    }
    Ok(logins)
}

/// Makes all that can talk to providers.
pub(super) fn registry(
    config: &Config,
    store: &Store,
    public_url: &Url,
    clock: &Clock,
) -> anyhow::Result<Registry> {
    let twilio = TwilioMaker { public_url: public_url.clone() };
    let rbm = RbmMaker { clock: clock.clone() };
    let mut registry = Registry::new(store.clone(), sealer(config), clock.clone());
    if config.demo {
        registry = registry.with(sandbox::NAME, Arc::new(Sandbox::new(store.clone())));
    }
    if let Some(settings) = &config.twilio {
        let provider = twilio::provider(settings, &twilio).context("Twilio's settings")?;
        registry = registry.with(twilio_maker::NAME, Arc::new(provider));
    }
    if let Some(settings) = &config.whatsapp {
        let provider = whatsapp::provider(settings).context("WhatsApp's settings")?;
        registry = registry.with(whatsapp_maker::NAME, Arc::new(provider));
    }
    if let Some(settings) = &config.rbm {
        registry = registry.with(rbm_maker::NAME, Arc::new(rbm::provider(settings, &rbm)?));
    }
    Ok(registry
        .with_maker(Arc::new(twilio))
        .with_maker(Arc::new(WhatsappMaker))
        .with_maker(Arc::new(rbm)))
}

/// Keys that were set are everybody's; one in a file is this machine's.
pub(super) fn sealer(config: &Config) -> Sealer {
    let set = &config.store.seal_keys;
    Sealer::new(match &config.redis {
        _ if !set.is_empty() => Keys::Set(set.clone()),
        None => Keys::File(config.store.data_dir.clone()),
        Some(_) => Keys::None,
    })
}

/// Makes an account of settings: the first of several secrets of one name is in use.
pub(super) fn account(settings: &[(&str, &str)], secrets: &[(&str, &SecretString)]) -> Account {
    let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let secrets = secrets.iter().map(|(name, value)| Secret {
        name: (*name).to_owned(),
        value: (*value).clone(),
        retires_at: None,
        retired: false,
    });
    Account { settings: settings.collect(), secrets: secrets.collect() }
}
