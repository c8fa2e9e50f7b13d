//! The worker that sends: claims what is due, asks the provider, and reports what it said.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use protocol::{attachments::AttachmentView, contacts::ConsentAbout, views::DeliveryState};
use tokio::sync::{Notify, Semaphore};
use tracing::{Span, field};
use url::Url;

use super::{
    provider::{Accepted, Again, Outgoing, OutgoingFile, SendError, Why},
    registry::Registry,
};
use crate::{
    auth::link::{Links, Part},
    commands::{
        report::{Report, Which},
        road::Road,
    },
    domain::{
        delivery,
        inbound::{Consent, Item, Sender},
    },
    shutdown::Shutdown,
    store::{
        channels,
        deliveries::{self, Claimed, Waiting},
        error::StoreError,
        pool::Store,
    },
    telemetry::metrics::all::metrics,
};

/// How many messages are handed over at a time.
const AT_A_TIME: usize = 16;
/// How long a claim holds: longer than any provider's look-up and sending together. After that the
/// node is taken for dead.
const HOLD: TimeDelta = TimeDelta::seconds(90);
/// How often the queue is looked at without being woken: retries that fall due, other nodes' leavings.
const TICK: Duration = Duration::from_millis(500);
/// How often the queue is measured. It is the same one for all nodes.
const MEASURE: Duration = Duration::from_secs(5);
/// How often a message of unknown outcome is looked at again, where nobody can be asked: with the waits
/// between, some ten minutes.
const WAITS_MAX: u32 = 10;
/// A channel whose credentials are refused is not asked more often than this.
const CREDENTIALS_WAIT: Duration = Duration::from_mins(1);

/// Sends.
#[derive(Clone)]
pub struct Outbound {
    store: Store,
    road: Road,
    registry: Registry,
    public_url: Url,
    links: Links,
    permits: Arc<Semaphore>,
}

impl Outbound {
    /// Starts the worker. `wake` tells that there is something to send.
    pub fn start(
        store: Store,
        road: Road,
        registry: Registry,
        (public_url, links): (Url, Links),
        (wake, shutdown): (Arc<Notify>, &Shutdown),
    ) {
        let permits = Arc::new(Semaphore::new(AT_A_TIME));
        let outbound = Self { store, road, registry, public_url, links, permits };
        let (measuring, ending) = (outbound.clone(), shutdown.clone());
        shutdown.spawn("outbound-gauges", async move { measuring.measure(&ending).await });
        let ending = shutdown.clone();
        shutdown.spawn("outbound", async move { outbound.run(&wake, &ending).await });
    }

    async fn run(&self, wake: &Notify, shutdown: &Shutdown) {
        loop {
            match self.round(shutdown).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = %error, "deliveries could not be claimed"),
            }
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(TICK) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Keeps the gauges of the queue.
    async fn measure(&self, shutdown: &Shutdown) {
        loop {
            match deliveries::waiting(&self.store).await {
                Ok(Waiting { count, oldest_seconds }) => {
                    metrics().deliveries_waiting.set(count);
                    metrics().deliveries_oldest_seconds.set(oldest_seconds);
                }
                Err(error) => tracing::debug!(error = %error, "the queue was not measured"),
            }
            tokio::select! {
                () = tokio::time::sleep(MEASURE) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Claims as much as can be handed over now; says whether there may be more.
    async fn round(&self, shutdown: &Shutdown) -> Result<bool, StoreError> {
        if shutdown.has_begun() {
            return Ok(false);
        }
        let free = self.permits.available_permits();
        if free == 0 {
            return Ok(false);
        }
        let limit = i64::try_from(free).unwrap_or(1);
        let claimed = deliveries::claim(&self.store, limit, HOLD).await?;
        let full = claimed.len() == free;
        for one in claimed {
            let outbound = self.clone();
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            shutdown.spawn("delivery", async move {
                let _permit = permit;
                outbound.deliver(one).await;
            });
        }
        Ok(full)
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
        let Some(provider) = self.registry.provider(&claimed.provider) else {
            return Err(SendError::Credentials { code: "no_provider".to_owned() });
        };
        match provider.again() {
            Again::Wait if claimed.in_doubt => return Err(waited(claimed)),
            Again::LookUp | Again::SameId if claimed.in_doubt => {}
            _ if claimed.refused => return Err(SendError::opted_out()),
            _ => {}
        }
        match self.outgoing(claimed).await {
            Ok(out) => provider.send(&out).await,
            Err(error) => {
                tracing::warn!(error = %error, "a delivery could not be prepared");
                Err(SendError::Retry { code: "database".to_owned(), after: None })
            }
        }
    }

    async fn outgoing(&self, claimed: &Claimed) -> Result<Outgoing, StoreError> {
        let known_ids = if claimed.attempt > 1 {
            deliveries::known_provider_ids(&self.store, claimed.message_id).await?
        } else {
            Vec::new()
        };
        let mut callback = self.public_url.clone();
        // Below the public URL's own path, where a proxy serves us under one.
        let base = callback.path().trim_end_matches('/');
        let path = format!("{base}/webhooks/{}/{}/status", claimed.provider, claimed.channel_id);
        callback.set_path(&path);
        callback.query_pairs_mut().append_pair("msg", &claimed.message_id.to_string());
        Ok(Outgoing {
            message_id: claimed.message_id,
            channel: claimed.channel_kind,
            from: claimed.from.clone(),
            external_id: claimed.external_id.clone(),
            to: claimed.to.clone(),
            text: claimed.text.clone(),
            template: claimed.template.clone(),
            files: claimed.files.iter().map(|file| self.file(file)).collect(),
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

    async fn settle(
        &self,
        claimed: &Claimed,
        result: Result<Accepted, SendError>,
    ) -> anyhow::Result<()> {
        let error = match result {
            Ok(accepted) => {
                // Whatever the provider calls it, it is no longer ours to send.
                let state = accepted.state.max(DeliveryState::Sent);
                metrics().files.add(["sent"], u64::try_from(claimed.files.len()).unwrap_or(0));
                return self.report(claimed, state, None, Some(accepted.provider_id)).await;
            }
            Err(error) => error,
        };
        let in_doubt = claimed.in_doubt || matches!(error, SendError::Unknown { .. });
        let code = error.code().to_owned();
        tracing::warn!(code, "a message was not taken by its provider: {error}");
        let wait = delivery::backoff(claimed.attempt, jitter());
        let wait = match error {
            SendError::Rejected { why, .. } => {
                self.report(claimed, DeliveryState::Failed, Some(code), None).await?;
                // What the customer has told us itself is known as it was said.
                if why == Why::OptedOut && !claimed.refused {
                    self.opt_out(claimed).await?;
                }
                return Ok(());
            }
            _ if claimed.attempt >= delivery::ATTEMPTS_MAX => {
                return self.report(claimed, DeliveryState::Failed, Some(code), None).await;
            }
            SendError::Retry { after, .. } => after.unwrap_or_default().max(wait),
            SendError::Credentials { .. } => wait.max(CREDENTIALS_WAIT),
            SendError::Unknown { .. } => {
                // Told once; the claim holds until it is put back, so nobody asks again too early.
                self.report(claimed, DeliveryState::Unknown, Some(code), None).await?;
                wait
            }
        };
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        deliveries::put_back(&self.store, claimed, wait, in_doubt).await?;
        Ok(())
    }

    /// Keeps in mind what the provider knows: it would refuse every further message, too.
    async fn opt_out(&self, claimed: &Claimed) -> anyhow::Result<()> {
        let Some(channel) = channels::find(&self.store, claimed.channel_id).await? else {
            return Ok(());
        };
        let (who, about) = (Sender::of(claimed.to.clone()), ConsentAbout::Everything);
        let consent = Consent { provider_id: None, who, about, wanted: false };
        self.road.take(&channel, Item::Consent(consent)).await?;
        Ok(())
    }

    async fn report(
        &self,
        claimed: &Claimed,
        state: DeliveryState,
        error: Option<String>,
        provider_id: Option<String>,
    ) -> anyhow::Result<()> {
        let (which, inbox) = (Which::Message(claimed.message_id), Some(claimed.inbox_id));
        self.road.report(Report { which, inbox, state, error, provider_id }).await?;
        Ok(())
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

/// A number from 0 to 1 that spreads retries.
pub(super) fn jitter() -> f64 {
    let mut byte = [0; 1];
    getrandom::fill(&mut byte).expect("the system gives random bytes");
    f64::from(byte[0]) / 255.0
}
