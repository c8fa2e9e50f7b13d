//! What agents need to know of a channel.

use axum::{Json, extract::State};
use protocol::templates::TemplateList;

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::templates,
};

/// `GET /api/v1/channels/{id}/templates`.
pub async fn templates(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(channel): InPath<String>,
) -> Result<Json<TemplateList>, ApiError> {
    let channel = read::id(&channel, "channel")?;
    Ok(Json(templates::list(&state.store, &who.visibility, channel).await?))
}
