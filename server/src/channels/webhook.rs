//! Webhooks: how they come in, what a provider reads in them, and how what they tell is taken.

use std::collections::HashMap;

use protocol::ids::ChannelId;
use url::Url;

use super::{provider::Provider, troubles::Troubles};
use crate::{
    commands::road::Road,
    domain::inbound::Item,
    store::{
        channels::{self, Channel},
        pool::Store,
        webhooks,
    },
};

/// A webhook as it came in, nothing decoded.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// The channel that the address names.
    pub channel: &'a Channel,
    /// Whether it is a GET, by which some providers ask whether we are there.
    pub is_get: bool,
    /// What it is about: the part of the address after the channel.
    pub topic: &'a str,
    /// Path and query, as on the request line.
    pub target: &'a str,
    /// The headers, by name in lower case. One that came twice is left out: two signatures are none.
    pub headers: &'a HashMap<String, String>,
    /// The body.
    pub body: &'a [u8],
}

/// What a provider has read in a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// What it is answered once everything is stored.
    pub answer: Answer,
    /// What it tells.
    pub told: Vec<Told>,
}

/// What a webhook is answered: a content type and a body that the provider reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// One thing that a webhook tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// To whom.
    pub to: To,
    /// What.
    pub item: Item,
}

/// Which of our channels a thing is told to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// The one that the webhook's address names.
    This,
    /// The one that the provider knows by this id.
    External(String),
    /// The one of the same kind that has this address; where there is none, the one that the webhook's
    /// address names.
    Address(String),
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such topic.
    #[error("there is no such webhook")]
    Unknown,
    /// It is not the provider's, or cannot be shown to be.
    #[error("the signature does not match")]
    Forged,
    /// It cannot be read: the field at fault.
    #[error("`{0}` is missing, or not a value that this channel can take")]
    Unreadable(&'static str),
    /// It could not be stored; the provider should come again.
    #[error("not stored; try again")]
    NotStored,
}

impl Read {
    /// An answer without a body, and what was told to the channel of the address.
    pub fn here(items: impl IntoIterator<Item = Item>) -> Self {
        let told = items.into_iter().map(|item| Told { to: To::This, item }).collect();
        Self { answer: Answer { content_type: "text/plain", body: String::new() }, told }
    }
}

/// Returns the address of a webhook, below the public URL's own path, where a proxy serves us under one.
pub fn webhook_url(public_url: &Url, provider: &str, channel: ChannelId, topic: &str) -> Url {
    let mut url = public_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/webhooks/{provider}/{channel}/{topic}"));
    url
}

/// Verifies a webhook, reads it and takes all that it tells. Each thing is taken alone; one that could
/// not be stored makes the provider come again, and then the others are known.
pub async fn take(
    (store, road, troubles): (&Store, &Road, &Troubles),
    provider: &dyn Provider,
    webhook: Webhook<'_>,
) -> Result<Answer, Refused> {
    let Read { answer, told } = match provider.read(&webhook) {
        Ok(told) => told,
        Err(refused) => {
            troubles.note(provider, &webhook, refused).await;
            return Err(refused);
        }
    };
    note_taken(store, webhook.channel).await;
    let mut failed = false;
    for Told { to, item } in told {
        if let Err(error) = take_one((store, road), &webhook, to, item).await {
            tracing::error!(error = %error, "what a webhook told could not be stored");
            failed = true;
        }
    }
    if failed { Err(Refused::NotStored) } else { Ok(answer) }
}

/// Notes that webhooks come through, now and then. It is for people, and no reason to refuse one.
async fn note_taken(store: &Store, channel: &Channel) {
    if !channel.webhook_unnoted {
        return;
    }
    if let Err(error) = webhooks::taken(store, channel.id).await {
        tracing::debug!(error = %error, "a webhook was not noted");
    }
}

async fn take_one(
    (store, road): (&Store, &Road),
    webhook: &Webhook<'_>,
    to: To,
    item: Item,
) -> anyhow::Result<()> {
    let this = webhook.channel;
    // Others are known by the same account, which has signed for them.
    let other = match to {
        To::This => None,
        To::Address(address) => channels::by_address(store, this, &address).await?,
        To::External(id) => {
            let Some(channel) = channels::by_external_id(store, this, &id).await? else {
                tracing::warn!(external = id, "a webhook tells of a channel that we do not have");
                return Ok(());
            };
            Some(channel)
        }
    };
    road.take(other.as_ref().unwrap_or(this), item).await?;
    Ok(())
}
