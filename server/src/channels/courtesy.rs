//! The worker that tells customers that they are read and answered, where a channel can. It is a
//! courtesy: what fails is not tried again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use protocol::ids::ThreadId;
use tokio::{sync::Semaphore, time::Instant};

use super::{provider::Attended, registry::Registry};
use crate::{
    commands::attention::{Attention, Attentions},
    shutdown::Shutdown,
    store::{error::StoreError, pool::Store, receipts},
};

/// How many customers are told at a time.
const AT_A_TIME: usize = 8;
/// WhatsApp shows that somebody types for 25 s ("Typing indicators"): told again before that is over.
const TYPING_EVERY: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Courtesy {
    store: Store,
    registry: Registry,
    permits: Arc<Semaphore>,
}

/// Starts the worker.
pub fn start(store: Store, registry: Registry, attentions: Attentions, shutdown: &Shutdown) {
    let courtesy = Courtesy { store, registry, permits: Arc::new(Semaphore::new(AT_A_TIME)) };
    let ending = shutdown.clone();
    shutdown.spawn("courtesy", async move {
        let mut typed: HashMap<ThreadId, Instant> = HashMap::new();
        loop {
            tokio::select! {
                () = attentions.news() => {}
                () = ending.cancelled() => return,
            }
            typed.retain(|_thread, at| at.elapsed() < TYPING_EVERY);
            for (thread, what) in attentions.take() {
                if what == Attention::Typing {
                    if typed.contains_key(&thread) {
                        continue;
                    }
                    typed.insert(thread, Instant::now());
                }
                courtesy.begin(thread, what, &ending).await;
            }
        }
    });
}

impl Courtesy {
    async fn begin(&self, thread: ThreadId, what: Attention, shutdown: &Shutdown) {
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let courtesy = self.clone();
        shutdown.spawn("courtesy-one", async move {
            let _permit = permit;
            if let Err(error) = courtesy.tell(thread, what).await {
                tracing::debug!(error = %error, "a customer could not be told");
            }
        });
    }

    async fn tell(&self, thread: ThreadId, what: Attention) -> Result<(), StoreError> {
        let Some(newest) = receipts::newest(&self.store, thread).await? else { return Ok(()) };
        let Some(provider) = self.registry.provider(&newest.channel.provider) else {
            return Ok(());
        };
        let fresh = !newest.told && receipts::tell(&self.store, thread, newest.message_id).await?;
        if what == Attention::Read && !fresh {
            return Ok(());
        }
        let it = Attended {
            channel: &newest.channel,
            to: &newest.from,
            provider_id: &newest.provider_id,
            read: fresh,
            typing: what == Attention::Typing,
        };
        if let Err(error) = provider.attend(it).await {
            tracing::debug!(code = error.code(), "a provider did not tell a customer: {error}");
        }
        Ok(())
    }
}
