//! Webhooks that are refused: counted for administrators, with what the last one was checked against.
//!
//! Anybody can send them, so they cost the database little: what comes faster than a few a second is
//! counted here first.

use std::{num::NonZeroU32, sync::Arc};

use dashmap::DashMap;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use protocol::{
    admin::{KeyTried, TroubleKind},
    ids::ChannelId,
};

use super::{
    provider::Provider,
    webhook::{Refused, Webhook},
};
use crate::store::{
    pool::Store,
    webhooks::{self, Trouble},
};

/// How many a second are written.
const WRITTEN_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// What a signature was checked against, and what is probably wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// Our address, where it is part of what is signed.
    pub url: Option<String>,
    /// The keys that were tried.
    pub keys: Vec<KeyTried>,
    /// What is probably wrong.
    pub hint: Option<String>,
}

/// Counts them.
#[derive(Clone)]
pub struct Troubles {
    store: Store,
    limit: Arc<DefaultDirectRateLimiter>,
    /// Those that were not written yet.
    unwritten: Arc<DashMap<(ChannelId, TroubleKind), u64>>,
}

impl Troubles {
    /// Makes a counter that has counted nothing.
    pub fn new(store: Store) -> Self {
        let limit = Arc::new(RateLimiter::direct(Quota::per_second(WRITTEN_PER_SECOND)));
        Self { store, limit, unwritten: Arc::default() }
    }

    /// Counts a webhook that was refused. What is only unknown or could not be stored is no trouble of
    /// the channel's.
    pub async fn note(&self, provider: &dyn Provider, webhook: &Webhook<'_>, refused: Refused) {
        let kind = match refused {
            Refused::Forged => TroubleKind::WrongSignature,
            Refused::Unreadable(_) => TroubleKind::Unreadable,
            Refused::Unknown | Refused::NotStored => return,
        };
        let channel = webhook.channel.id;
        let key = (channel, kind);
        *self.unwritten.entry(key).or_default() += 1;
        if self.limit.check().is_err() {
            return;
        }
        let Diagnosis { url, keys, hint } = match refused {
            Refused::Unreadable(field) => Diagnosis {
                hint: Some(format!("`{field}` is missing, or not a value of this channel")),
                ..Diagnosis::default()
            },
            _ => provider.diagnose(webhook),
        };
        let Some((_key, count)) = self.unwritten.remove(&key) else { return };
        let trouble = Trouble { kind, count, url, keys, hint };
        if let Err(error) = webhooks::refused(&self.store, channel, &trouble).await {
            tracing::warn!(error = %error, "a refused webhook was not counted");
            *self.unwritten.entry(key).or_default() += count;
        }
    }
}
