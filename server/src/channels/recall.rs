//! Calls messages back of which there was no word in their time, and lets them go another way.

use std::time::Duration;

use chrono::TimeDelta;
use protocol::views::DeliveryState;

use super::{
    outbound::{HOLD, Outbound},
    provider::SendError,
    settle::{failed, report},
};
use crate::{
    commands::report::Report,
    shutdown::Shutdown,
    store::claims::{self, Back, Claimed},
};

/// How often it is looked for such messages: they have waited for much longer.
const LOOK: Duration = Duration::from_secs(1);
/// How many are called back at a time, one after the other.
const AT_A_TIME: i64 = 20;
/// How long one waits that could not be called back just now.
const AGAIN: TimeDelta = TimeDelta::minutes(1);
/// Why a message goes another way, or failed.
const NO_WORD: &str = "no_word";
/// What there is to say of a message that could not be called back.
const NOT_REVOKED: &str = "not_revoked";

impl Outbound {
    /// Calls back what is due, until the end.
    pub(super) async fn call_back(&self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = shutdown.cancelled() => return,
            }
            let claimed = match claims::claim_recalls(&self.store, AT_A_TIME, HOLD).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(error = %error, "messages to call back could not be claimed");
                    continue;
                }
            };
            for one in claimed {
                if shutdown.has_begun() {
                    return;
                }
                if let Err(error) = self.recall(&one).await {
                    tracing::error!(error = %error, "a message was not called back");
                }
            }
        }
    }

    #[tracing::instrument(name = "recall", skip_all, fields(message.id = %claimed.message_id))]
    async fn recall(&self, claimed: &Claimed) -> anyhow::Result<()> {
        let Some(provider) = self.registry.provider(&claimed.provider) else { return Ok(()) };
        let out = self.outgoing(claimed, provider.as_ref()).await?;
        match provider.recall(&out).await {
            Ok(()) => {
                let gone = failed(claimed, NO_WORD.to_owned());
                self.report(Report { unreached: true, ..gone }).await
            }
            // It may be on the phone.
            Err(SendError::Rejected { .. }) => {
                let remark = Some(NOT_REVOKED.to_owned());
                self.report(report(claimed, DeliveryState::Sent, remark)).await?;
                self.lay_down(claimed).await
            }
            Err(SendError::Credentials { code }) => {
                self.pause(claimed, code).await?;
                self.lay_down(claimed).await
            }
            Err(SendError::Retry { .. } | SendError::Unknown { .. }) => {
                self.lay_down(claimed).await
            }
        }
    }

    async fn lay_down(&self, claimed: &Claimed) -> anyhow::Result<()> {
        let in_doubt = claimed.in_doubt;
        claims::put_back(&self.store, claimed, Back { wait: AGAIN, in_doubt, counts: true })
            .await?;
        Ok(())
    }
}
