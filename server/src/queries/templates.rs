//! The templates of a channel, for members of its inbox.

use protocol::{ids::ChannelId, templates::TemplateList};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{channels, pool::Store, templates},
};

/// Lists them.
pub async fn list(
    store: &Store,
    visibility: &Visibility,
    channel: ChannelId,
) -> Result<TemplateList, QueryError> {
    let found = channels::find(store, channel).await?;
    found
        .filter(|it| visibility.of(it.inbox_id).is_some())
        .ok_or(QueryError::NotFound { what: "channel" })?;
    Ok(TemplateList { templates: templates::list(store, channel).await? })
}
