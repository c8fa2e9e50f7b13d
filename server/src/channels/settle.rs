//! What follows from a provider's answer: the message is sent, waits, fails or goes another way, its channel is
//! paused or goes again, and what the provider knows of its customer is kept.

use std::time::Duration;

use chrono::TimeDelta;
use protocol::{contacts::ConsentAbout, pauses::PauseReason, views::DeliveryState};

use super::{
    outbound::Outbound,
    provider::{Accepted, SendError, Why},
};
use crate::{
    commands::report::{Report, Which},
    domain::{
        actor::Actor,
        delivery,
        inbound::{Consent, Item, Sender},
    },
    jitter::jitter,
    store::{
        channels,
        claims::{self, Back, Claimed},
    },
    telemetry::metrics::all::metrics,
};

impl Outbound {
    /// Records what came of an attempt.
    pub(super) async fn settle(
        &self,
        claimed: &Claimed,
        result: Result<Accepted, SendError>,
    ) -> anyhow::Result<()> {
        let error = match result {
            Ok(accepted) => return self.accepted(claimed, accepted).await,
            Err(error) => error,
        };
        let in_doubt = claimed.in_doubt || matches!(error, SendError::Unknown { .. });
        let code = error.code().to_owned();
        tracing::warn!(code, "a message was not taken by its provider: {error}");
        let wait = delivery::backoff(claimed.attempt, jitter());
        let (wait, counts) = match error {
            SendError::Rejected { why, .. } => return self.rejected(claimed, why, code).await,
            SendError::Credentials { .. } => {
                // It waits with its channel, however long that takes.
                self.pause(claimed, code).await?;
                (Duration::ZERO, false)
            }
            _ if claimed.attempt >= delivery::ATTEMPTS_MAX => {
                return self.report(failed(claimed, code)).await;
            }
            SendError::Retry { after, .. } => (after.unwrap_or_default().max(wait), true),
            SendError::Unknown { .. } => {
                // Told once; the claim holds until it is put back, so nobody asks again too early.
                self.report(report(claimed, DeliveryState::Unknown, Some(code))).await?;
                (wait, true)
            }
        };
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        claims::put_back(&self.store, claimed, Back { wait, in_doubt, counts }).await?;
        Ok(())
    }

    async fn accepted(&self, claimed: &Claimed, accepted: Accepted) -> anyhow::Result<()> {
        // Whatever the provider calls it, it is no longer ours to send.
        let state = accepted.state.max(DeliveryState::Sent);
        metrics().files.add(["sent"], u64::try_from(claimed.files.len()).unwrap_or(0));
        let provider = self.registry.provider(&claimed.provider, claimed.account).await;
        let word_within = provider
            .ok()
            .and_then(|provider| provider.word_within(claimed.channel_kind))
            .filter(|_within| state == DeliveryState::Sent);
        let provider_id = Some(accepted.provider_id);
        let sent = Report { provider_id, word_within, ..report(claimed, state, None) };
        self.report(sent).await?;
        if claimed.probes {
            self.road.resume_channel(Actor::System, claimed.channel_id).await?;
            tracing::info!(channel.id = %claimed.channel_id, "a channel goes again");
        }
        Ok(())
    }

    async fn rejected(&self, claimed: &Claimed, why: Why, code: String) -> anyhow::Result<()> {
        let unreached = self.is_unreached(claimed, why).await;
        self.report(Report { unreached, ..failed(claimed, code) }).await?;
        match why {
            // What the customer has told us itself is known as it was said.
            Why::OptedOut if !claimed.refused => {
                self.no_more(claimed, ConsentAbout::Everything).await
            }
            Why::Marketing => self.no_more(claimed, ConsentAbout::Marketing).await,
            _ => Ok(()),
        }
    }

    /// Says whether a refused message surely is on no phone: an earlier attempt that may have been taken is
    /// called back before.
    async fn is_unreached(&self, claimed: &Claimed, why: Why) -> bool {
        let provider = self.registry.provider(&claimed.provider, claimed.account).await.ok();
        let falls_back = provider.filter(|it| it.word_within(claimed.channel_kind).is_some());
        let Some(provider) = falls_back else { return false };
        if !matches!(why, Why::Recipient | Why::Content) {
            return false;
        }
        if !claimed.in_doubt {
            return true;
        }
        match self.outgoing(claimed, provider.as_ref()).await {
            Ok(out) => provider.recall(&out).await.is_ok(),
            Err(_not_now) => false,
        }
    }

    /// Lets nothing more go out over a channel that its provider refuses: every message would be refused,
    /// and none is at fault. One is let through now and then, so it goes again by itself where that passes.
    pub(super) async fn pause(&self, claimed: &Claimed, code: String) -> anyhow::Result<()> {
        let channel = claimed.channel_id;
        let reason = PauseReason::Credentials;
        let new =
            self.road.pause_channel(Actor::System, channel, reason, Some(code.clone())).await?;
        if new {
            metrics().channel_pauses.inc();
            tracing::warn!(channel.id = %channel, code, "a channel is paused: its provider refuses it");
        }
        Ok(())
    }

    /// Keeps in mind what the provider knows: it would refuse every further message, too.
    async fn no_more(&self, claimed: &Claimed, about: ConsentAbout) -> anyhow::Result<()> {
        let Some(channel) = channels::find(&self.store, claimed.channel_id).await? else {
            return Ok(());
        };
        let who = Sender::of(claimed.to.clone());
        let consent = Consent { provider_id: None, who, about, wanted: false };
        self.road.take(&channel, Item::Consent(consent)).await?;
        Ok(())
    }

    pub(super) async fn report(&self, report: Report) -> anyhow::Result<()> {
        self.road.report(report).await?;
        Ok(())
    }
}

/// Says how far a message is.
pub(super) fn report(claimed: &Claimed, state: DeliveryState, error: Option<String>) -> Report {
    Report {
        which: Which::Message(claimed.message_id),
        inbox: Some(claimed.inbox_id),
        state,
        error,
        provider_id: None,
        by: claimed.channel_id,
        unreached: false,
        word_within: None,
    }
}

pub(super) fn failed(claimed: &Claimed, code: String) -> Report {
    report(claimed, DeliveryState::Failed, Some(code))
}
