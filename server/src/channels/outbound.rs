//! The worker that sends: claims what is due and may go, asks the provider, and has it settled.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chrono::TimeDelta;
use protocol::attachments::AttachmentView;
use tokio::sync::Notify;
use tracing::{Span, field};
use url::Url;

use super::{
    provider::{Accepted, Again, Outgoing, OutgoingFile, Provider, SendError, Why},
    registry::{NoProvider, Registry},
    throttle::Throttle,
    webhook::webhook_url,
};
use crate::{
    auth::link::{Links, Part},
    commands::road::Road,
    shutdown::Shutdown,
    store::{
        claims::{self, Claimed},
        deliveries::{self, Waiting},
        error::StoreError,
        pool::Store,
    },
    telemetry::metrics::all::metrics,
};

/// How long a claim holds: longer than any provider's look-up and sending together. After that the
/// node is taken for dead.
pub(super) const HOLD: TimeDelta = TimeDelta::seconds(90);
/// How often the queue is looked at without being woken: retries that fall due, other nodes' leavings.
const TICK: Duration = Duration::from_millis(500);
/// How soon again, where another node was just claiming.
const BUSY: Duration = Duration::from_millis(50);
/// How often the queue is measured. It is the same one for all nodes.
const MEASURE: Duration = Duration::from_secs(5);
/// How often a message of unknown outcome is looked at again, where nobody can be asked: with the waits
/// between, some ten minutes.
const WAITS_MAX: u32 = 10;

/// What sending needs.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// All writes.
    pub road: Road,
    /// The providers.
    pub registry: Registry,
    /// Where providers find us.
    pub public_url: Url,
    /// How they get files.
    pub links: Links,
    /// Messages a second over each channel, in place of what its provider takes.
    pub channel_rate: Option<NonZeroU32>,
}

/// Sends.
#[derive(Clone)]
pub struct Outbound {
    pub(super) store: Store,
    pub(super) road: Road,
    pub(super) registry: Registry,
    public_url: Url,
    links: Links,
    throttle: Throttle,
}

impl Outbound {
    /// Starts the worker. `wake` tells that there is something to send.
    pub fn start(parts: Parts, wake: Arc<Notify>, shutdown: &Shutdown) {
        let Parts { store, road, registry, public_url, links, channel_rate } = parts;
        let throttle = Throttle::new(registry.clone(), channel_rate);
        let outbound = Self { store, road, registry, public_url, links, throttle };
        let (measuring, ending) = (outbound.clone(), shutdown.clone());
        shutdown.spawn("outbound-gauges", async move { measuring.measure(&ending).await });
        let (recalling, ending) = (outbound.clone(), shutdown.clone());
        shutdown.spawn("outbound-recalls", async move { recalling.call_back(&ending).await });
        let ending = shutdown.clone();
        shutdown.spawn("outbound", async move { outbound.run(&wake, &ending).await });
    }

    async fn run(&self, wake: &Notify, shutdown: &Shutdown) {
        loop {
            let wait = match self.round(shutdown).await {
                Ok(None) => continue,
                Ok(Some(wait)) => wait,
                Err(error) => {
                    tracing::warn!(error = %error, "deliveries could not be claimed");
                    TICK
                }
            };
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Keeps the gauges of the queue.
    async fn measure(&self, shutdown: &Shutdown) {
        loop {
            match deliveries::waiting(&self.store).await {
                Ok(Waiting { count, oldest_seconds, paused_channels }) => {
                    metrics().deliveries_waiting.set(count);
                    metrics().deliveries_oldest_seconds.set(oldest_seconds);
                    metrics().channels_paused.set(paused_channels);
                }
                Err(error) => tracing::debug!(error = %error, "the queue was not measured"),
            }
            tokio::select! {
                () = tokio::time::sleep(MEASURE) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Claims what may go now; says how long to wait before the next look, if there may be no more.
    async fn round(&self, shutdown: &Shutdown) -> Result<Option<Duration>, StoreError> {
        if shutdown.has_begun() {
            return Ok(Some(TICK));
        }
        let rooms = self.throttle.rooms(&claims::due(&self.store).await?).await;
        if rooms.now.is_empty() {
            return Ok(Some(rooms.more_in.map_or(TICK, |wait| wait.min(TICK))));
        }
        let claimed = claims::claim(&self.store, &rooms.now, HOLD).await?;
        if claimed.is_empty() {
            return Ok(Some(BUSY));
        }
        for one in claimed {
            let hand = self.throttle.take(one.channel_id);
            let outbound = self.clone();
            shutdown.spawn("delivery", async move {
                let _hand = hand;
                outbound.deliver(one).await;
            });
        }
        Ok(None)
    }

    #[tracing::instrument(
        name = "delivery",
        level = "error",
        skip_all,
        fields(
            message.id = %claimed.message_id,
            provider = claimed.provider,
            attempt = claimed.attempt,
            outcome = field::Empty,
        )
    )]
    async fn deliver(&self, claimed: Claimed) {
        let timed = metrics().delivery_duration_seconds.time();
        let result = self.attempt(&claimed).await;
        drop(timed);
        let outcome = match &result {
            Ok(_accepted) => "accepted",
            Err(SendError::Rejected { .. }) => "rejected",
            Err(SendError::Retry { .. }) => "later",
            Err(SendError::Credentials { .. }) => "credentials",
            Err(SendError::Unknown { .. }) => "unknown",
        };
        metrics().deliveries.inc([outcome]);
        Span::current().record("outcome", outcome);
        if let Err(error) = self.settle(&claimed, result).await {
            // The claim runs out, and the message is looked up before it is sent again.
            tracing::error!(error = %error, "a delivery's outcome could not be recorded");
        }
    }

    async fn attempt(&self, claimed: &Claimed) -> Result<Accepted, SendError> {
        let provider = self.registry.provider(&claimed.provider, claimed.account).await;
        let provider = provider.map_err(|error| no_provider(&error))?;
        match provider.again() {
            Again::Wait if claimed.in_doubt => return Err(waited(claimed)),
            Again::LookUp | Again::SameId if claimed.in_doubt => {}
            _ if claimed.refused => return Err(SendError::opted_out()),
            _ => {}
        }
        match self.outgoing(claimed, provider.as_ref()).await {
            Ok(out) => provider.send(&out).await,
            Err(error) => {
                tracing::warn!(error = %error, "a delivery could not be prepared");
                Err(SendError::Retry { code: "database".to_owned(), after: None })
            }
        }
    }

    /// Says what its provider needs to know of a message.
    pub(super) async fn outgoing(
        &self,
        claimed: &Claimed,
        provider: &dyn Provider,
    ) -> Result<Outgoing, StoreError> {
        let looks = claimed.attempt > 1 && provider.again() == Again::LookUp;
        let known_ids = if looks {
            claims::known_provider_ids(&self.store, claimed.message_id).await?
        } else {
            Vec::new()
        };
        let (provider, channel) = (&claimed.provider, claimed.channel_id);
        let mut callback = webhook_url(&self.public_url, provider, channel, "status");
        callback.query_pairs_mut().append_pair("msg", &claimed.message_id.to_string());
        Ok(Outgoing {
            message_id: claimed.message_id,
            channel: claimed.channel_kind,
            from: claimed.from.clone(),
            external_id: claimed.external_id.clone(),
            to: claimed.to.clone(),
            text: claimed.text.clone(),
            template: claimed.under.template.clone(),
            files: claimed.files.iter().map(|file| self.file(file)).collect(),
            essential: claimed.under.essential,
            status_callback: Some(callback),
            may_go: !claimed.refused,
            attempt: claimed.attempt,
            first_attempt_at: claimed.first_attempt_at,
            known_ids,
        })
    }

    fn file(&self, file: &AttachmentView) -> OutgoingFile {
        let small = file.has_thumbnail.then(|| self.links.url(file.id, Part::Thumbnail));
        OutgoingFile {
            mime_type: file.mime_type.clone(),
            name: file.name.clone(),
            url: self.links.url(file.id, Part::File),
            thumbnail_url: small,
        }
    }
}

/// Where nobody can be asked, the provider's report is waited for, and in the end the team is told that
/// nobody knows. A report that comes later still counts.
fn waited(claimed: &Claimed) -> SendError {
    if claimed.attempt > WAITS_MAX {
        return SendError::Rejected { why: Why::Other, code: "outcome_unknown".to_owned() };
    }
    SendError::Unknown { code: "no_answer".to_owned() }
}

/// Somebody has to mend it, unless it is the database that is away.
fn no_provider(error: &NoProvider) -> SendError {
    tracing::warn!(error = %error, "there is nobody to send by");
    let code = match error {
        NoProvider::Store(_) => {
            return SendError::Retry { code: "database".to_owned(), after: None };
        }
        NoProvider::Unknown => "no_provider",
        NoProvider::Sealed(_) => "secrets_sealed",
        NoProvider::Bad(_) => "bad_account",
    };
    SendError::Credentials { code: code.to_owned() }
}
