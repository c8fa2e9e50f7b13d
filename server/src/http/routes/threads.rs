//! Snapshots: lists and timelines.

use axum::{Json, extract::State};
use protocol::{
    drafts::DraftContent,
    http::{ThreadPage, ThreadSnapshot, Timeline},
    ids::{AgentId, TagId},
    labels::Priority,
    views::Status,
};
use serde::{Deserialize, de::IntoDeserializer};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath, Params},
        signed_in::Agent,
        state::HttpState,
    },
    queries::{drafts, threads},
    store::views::Filter,
};

/// How many threads or events come where the client does not say.
const LIMIT: u32 = 50;

/// `GET /api/v1/inboxes/{id}/threads`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<String>,
    params: Params,
) -> Result<Json<ThreadPage>, ApiError> {
    let inbox = read::id(&inbox, "inbox")?;
    let filter = Filter {
        status: params.get("status").map(|word| status(word)).transpose()?,
        assignee: params.get("assignee").map(|word| assignee(word, who.agent.id)).transpose()?,
        priority: params.get("priority").map(|word| priority(word)).transpose()?,
        tag: params.get("tag").map(|id| tag(id)).transpose()?,
        before: read::number(params.get("before"), "before")?,
    };
    let limit = read::number(params.get("limit"), "limit")?.unwrap_or(LIMIT);
    Ok(Json(threads::list(&state.store, &who.visibility, inbox, filter, limit).await?))
}

/// `GET /api/v1/threads/{id}`.
pub async fn one(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(thread): InPath<String>,
    params: Params,
) -> Result<Json<ThreadSnapshot>, ApiError> {
    let thread = read::id(&thread, "thread")?;
    let limit = read::number(params.get("limit"), "limit")?.unwrap_or(LIMIT);
    Ok(Json(threads::one(&state.store, &who.visibility, thread, limit).await?))
}

/// `GET /api/v1/threads/{id}/timeline`.
pub async fn timeline(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(thread): InPath<String>,
    params: Params,
) -> Result<Json<Timeline>, ApiError> {
    let thread = read::id(&thread, "thread")?;
    let before = read::number(params.get("before"), "before")?;
    let limit = read::number(params.get("limit"), "limit")?.unwrap_or(LIMIT);
    Ok(Json(threads::page(&state.store, &who.visibility, thread, before, limit).await?))
}

/// `GET /api/v1/threads/{id}/draft`.
pub async fn draft(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(thread): InPath<String>,
) -> Result<Json<DraftContent>, ApiError> {
    let thread = read::id(&thread, "thread")?;
    Ok(Json(drafts::one(&state.store, &who.visibility, thread).await?))
}

fn status(word: &str) -> Result<Status, ApiError> {
    let words: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        word.into_deserializer();
    Status::deserialize(words).map_err(|_unknown| {
        ApiError::invalid("status", "must be one of new, open, pending, escalated, closed")
    })
}

fn priority(word: &str) -> Result<Priority, ApiError> {
    let words: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        word.into_deserializer();
    Priority::deserialize(words).map_err(|_unknown| {
        ApiError::invalid("priority", "must be one of low, normal, high, urgent")
    })
}

fn tag(id: &str) -> Result<TagId, ApiError> {
    id.parse().map_err(|_no_id| ApiError::invalid("tag", "must be a tag's id"))
}

fn assignee(word: &str, me: AgentId) -> Result<Option<AgentId>, ApiError> {
    match word {
        "me" => Ok(Some(me)),
        "none" => Ok(None),
        id => id
            .parse()
            .map(Some)
            .map_err(|_no_id| ApiError::invalid("assignee", "must be me, none or an agent's id")),
    }
}
