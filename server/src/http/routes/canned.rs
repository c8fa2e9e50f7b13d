//! Canned replies.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    canned::{
        ApproveCanned, CannedList, CannedReply, CannedRule, CannedSaved, CheckCanned,
        CheckedCanned, FilledCanned, WantedCanned,
    },
    ids::{CannedId, InboxId, ThreadId},
    language::LanguageTag,
    views::ChannelKind,
};
use serde::{Deserialize, de::IntoDeserializer};

use crate::{
    auth::session::SignedIn,
    http::{
        error::ApiError,
        read::{self, InBody, InPath, Params},
        signed_in::Agent,
        state::HttpState,
    },
    queries::canned,
    store::canned::{Owner, Wanted},
};

/// `GET /api/v1/inboxes/{id}/canned`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
    params: Params,
) -> Result<Json<CannedList>, ApiError> {
    let wanted = wanted(&params)?;
    Ok(Json(canned::list(&state.store, &who.visibility, Some(inbox), &wanted).await?))
}

/// `GET /api/v1/me/canned`.
pub async fn mine(
    State(state): State<HttpState>,
    Agent(who): Agent,
    params: Params,
) -> Result<Json<CannedList>, ApiError> {
    let wanted = wanted(&params)?;
    Ok(Json(canned::list(&state.store, &who.visibility, None, &wanted).await?))
}

/// `POST /api/v1/inboxes/{id}/canned`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
    InBody(wanted): InBody<WantedCanned>,
) -> Result<(StatusCode, Json<CannedSaved>), ApiError> {
    make(&state, &who, Owner::Inbox(inbox), wanted).await
}

/// `POST /api/v1/me/canned`.
pub async fn create_mine(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(wanted): InBody<WantedCanned>,
) -> Result<(StatusCode, Json<CannedSaved>), ApiError> {
    make(&state, &who, Owner::Agent(who.agent.id), wanted).await
}

async fn make(
    state: &HttpState,
    who: &SignedIn,
    owner: Owner,
    wanted: WantedCanned,
) -> Result<(StatusCode, Json<CannedSaved>), ApiError> {
    let id = state.road.set_canned(&who.visibility, owner, None, wanted).await?;
    Ok((StatusCode::CREATED, saved(state, who, id).await?))
}

async fn saved(
    state: &HttpState,
    who: &SignedIn,
    id: CannedId,
) -> Result<Json<CannedSaved>, ApiError> {
    let (_owner, reply) = canned::one(&state.store, &who.visibility, id).await?;
    Ok(Json(CannedSaved { canned: reply.canned }))
}

/// `GET /api/v1/canned/{id}`.
pub async fn one(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<CannedId>,
) -> Result<Json<CannedReply>, ApiError> {
    let (_owner, reply) = canned::one(&state.store, &who.visibility, id).await?;
    Ok(Json(reply))
}

/// `PUT /api/v1/canned/{id}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<CannedId>,
    InBody(wanted): InBody<WantedCanned>,
) -> Result<Json<CannedSaved>, ApiError> {
    let (owner, _reply) = canned::one(&state.store, &who.visibility, id).await?;
    state.road.set_canned(&who.visibility, owner, Some(id), wanted).await?;
    saved(&state, &who, id).await
}

/// `POST /api/v1/canned/{id}/approve`.
pub async fn approve(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<CannedId>,
    InBody(it): InBody<ApproveCanned>,
) -> Result<Json<CannedSaved>, ApiError> {
    let (owner, _reply) = canned::one(&state.store, &who.visibility, id).await?;
    state.road.approve_canned(&who.visibility, (owner, id), it.version).await?;
    saved(&state, &who, id).await
}

/// `DELETE /api/v1/canned/{id}?version=`.
pub async fn remove(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<CannedId>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let version = read::number(params.get("version"), "version")?;
    let (owner, _reply) = canned::one(&state.store, &who.visibility, id).await?;
    let version = version
        .ok_or_else(|| ApiError::invalid("version", "must be the version that was on screen"))?;
    state.road.remove_canned(&who.visibility, (owner, id), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/canned/check`.
pub async fn check(
    Agent(_who): Agent,
    InBody(it): InBody<CheckCanned>,
) -> Result<Json<CheckedCanned>, ApiError> {
    Ok(Json(canned::check(&it)))
}

/// `GET /api/v1/threads/{id}/canned/{canned}`.
pub async fn fill(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((thread, id)): InPath<(ThreadId, CannedId)>,
    params: Params,
) -> Result<Json<FilledCanned>, ApiError> {
    let language = params.get("language").map(|tag| LanguageTag::new(tag)).transpose();
    let language = language.map_err(|bad| ApiError::invalid("language", &bad.to_string()))?;
    Ok(Json(canned::fill(&state.store, &who.visibility, thread, id, language).await?))
}

/// `GET /api/v1/admin/inboxes/{id}/canned`.
pub async fn rule(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
) -> Result<Json<CannedRule>, ApiError> {
    Ok(Json(canned::rule(&state.store, &who.visibility, inbox).await?))
}

/// `PUT /api/v1/admin/inboxes/{id}/canned`.
pub async fn set_rule(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
    InBody(wanted): InBody<CannedRule>,
) -> Result<Json<CannedRule>, ApiError> {
    state.road.set_canned_rule(&who.visibility, inbox, wanted.clone()).await?;
    Ok(Json(wanted))
}

/// Longest text that is searched for, in bytes.
const SEARCH_BYTES_MAX: usize = 200;

fn wanted(params: &Params) -> Result<Wanted, ApiError> {
    let text = params.get("q").map(|text| text.trim()).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > SEARCH_BYTES_MAX || text.contains('\0')) {
        return Err(ApiError::invalid("q", "must be 200 bytes at most, without U+0000"));
    }
    let folder = params.get("folder").filter(|folder| !folder.is_empty());
    if folder.is_some_and(|folder| folder.contains('\0')) {
        return Err(ApiError::invalid("folder", "must not contain U+0000"));
    }
    let by_use = match params.get("sort").map(String::as_str) {
        None | Some("title") => false,
        Some("use") => true,
        Some(_) => return Err(ApiError::invalid("sort", "must be one of title, use")),
    };
    let kind = params.get("kind").map(|word| kind(word)).transpose()?;
    Ok(Wanted { text: text.map(str::to_owned), folder: folder.cloned(), kind, by_use })
}

fn kind(word: &str) -> Result<ChannelKind, ApiError> {
    let words: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        word.into_deserializer();
    ChannelKind::deserialize(words)
        .map_err(|_unknown| ApiError::invalid("kind", "must be one of sms, whatsapp, rcs, sandbox"))
}
