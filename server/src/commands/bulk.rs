//! Many wishes at once: each succeeds or fails alone.

use std::sync::Arc;

use futures_util::future::join_all;
use protocol::{bulk::BulkAnswer, http::CommandRequest, ids::ConnectionId};

use super::{context::Wish, road::Road};
use crate::domain::visibility::Visibility;

impl Road {
    /// Runs them together: they wait in their inboxes' lanes at the same time, and so share transactions.
    /// The answers come in the order of the commands. `frame` is as with [`observe`](Self::observe).
    pub async fn bulk(
        &self,
        who: &Arc<Visibility>,
        commands: Vec<CommandRequest>,
        frame: Option<(ConnectionId, u32)>,
    ) -> Vec<BulkAnswer> {
        let answers = commands.into_iter().map(async |CommandRequest { key, command }| {
            let wish = Wish { visibility: Arc::clone(who), key: key.clone(), command };
            match self.observe(&Arc::new(wish), frame).await {
                Ok(outcome) => BulkAnswer { key, outcome: Some(outcome), error: None },
                Err(error) => BulkAnswer { key, outcome: None, error: Some(error.body()) },
            }
        });
        join_all(answers).await
    }
}
