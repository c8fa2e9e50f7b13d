//! Snapshots: lists and timelines.

use axum::{Json, extract::State};
use protocol::{
    drafts::DraftContent,
    http::{ThreadPage, ThreadSnapshot, Timeline},
    ids::{AgentId, TeamId},
};
use serde::de::{
    DeserializeOwned, IntoDeserializer,
    value::{self, StrDeserializer},
};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath, Params},
        signed_in::Agent,
        state::HttpState,
    },
    queries::{drafts, threads},
    store::views::{Filter, OfTeam},
};

/// How many threads or events come where the client does not say.
const LIMIT: u32 = 50;

/// Most values of one filter.
const VALUES_MAX: usize = 20;

/// `GET /api/v1/inboxes/{id}/threads`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<String>,
    params: Params,
) -> Result<Json<ThreadPage>, ApiError> {
    let inbox = read::id(&inbox, "inbox")?;
    let filter = Filter {
        statuses: several(&params, "status", "new, open, pending, escalated, closed")?,
        assignee: params.get("assignee").map(|word| assignee(word, who.agent.id)).transpose()?,
        team: teams(&params, &who.visibility.teams)?,
        priorities: several(&params, "priority", "low, normal, high, urgent")?,
        tags: several(&params, "tag", "tags' ids")?,
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

/// Reads one value, or several with commas between them: a thread may have any of them.
fn several<T: DeserializeOwned>(
    params: &Params,
    field: &str,
    allowed: &str,
) -> Result<Option<Vec<T>>, ApiError> {
    let one = |word: &str| {
        let word: StrDeserializer<'_, value::Error> = word.into_deserializer();
        T::deserialize(word)
    };
    let Some(words) = params.get(field) else { return Ok(None) };
    let read: Result<Vec<T>, value::Error> = words.split(',').map(one).collect();
    match read {
        Ok(found) if found.len() <= VALUES_MAX => Ok(Some(found)),
        _ => {
            let allowed =
                format!("must be one of {allowed}, or up to {VALUES_MAX} with commas between");
            Err(ApiError::invalid(field, &allowed))
        }
    }
}

fn teams(params: &Params, mine: &[TeamId]) -> Result<Option<OfTeam>, ApiError> {
    match params.get("team").map(String::as_str) {
        Some("mine") => Ok(Some(OfTeam::One(mine.to_vec()))),
        Some("none") => Ok(Some(OfTeam::None)),
        _ => Ok(several(params, "team", "mine, none, teams' ids")?.map(OfTeam::One)),
    }
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
