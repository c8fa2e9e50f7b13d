//! Channels: listed with their health, added, tried, paused, let go on.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    admin::{ChannelSettings, Channels, NewChannel, Tested, WebhookUrl},
    errors::ErrorCode,
    ids::ChannelId,
};

use super::accounts::try_out;
use crate::{
    channels::{registry::Registry, sandbox, webhook::webhook_url},
    commands::channel::AddChannel,
    config::value,
    domain::visibility::Visibility,
    http::{
        error::ApiError,
        read::{self, InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
    store::channels,
};

/// `GET /api/v1/admin/channels`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Channels>, ApiError> {
    let found = settings::channels(&state.store, &who.visibility).await?;
    let channels = found.into_iter().map(|it| with_webhooks(&state, it)).collect();
    Ok(Json(Channels { channels }))
}

/// `POST /api/v1/admin/channels`.
pub async fn add(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(it): InBody<NewChannel>,
) -> Result<(StatusCode, Json<ChannelSettings>), ApiError> {
    let wanted = match it.account_id {
        Some(id) => {
            let account = settings::account(&state.store, &who.visibility, id).await?;
            let maker = state.registry.maker(&account.provider);
            let form = maker.map(|maker| maker.form()).ok_or_else(read::nothing_here)?;
            let (address, external_id) =
                form.check_channel(it.kind, &it.address, it.external_id.as_deref())?;
            let (inbox_id, account_id, kind) = (it.inbox_id, Some(id), it.kind);
            let provider = account.provider;
            AddChannel { inbox_id, account_id, provider, kind, address, external_id }
        }
        None => of_sandbox(&state.registry, &it)?,
    };
    let id = state.road.add_channel(&who.visibility, wanted).await?;
    Ok((StatusCode::CREATED, Json(one(&state, &who.visibility, id).await?)))
}

/// `POST /api/v1/admin/channels/{id}/test`.
pub async fn test(
    State(state): State<HttpState>,
    Agent(_who): Agent,
    InPath(id): InPath<ChannelId>,
) -> Result<Json<Tested>, ApiError> {
    let nothing = || ApiError::new(ErrorCode::NotFound, "there is no such channel");
    let channel = channels::find(&state.store, id).await?.ok_or_else(nothing)?;
    let provider = state.registry.provider(&channel.provider, channel.account).await;
    Ok(Json(try_out(provider, Some(&channel)).await))
}

/// `POST /api/v1/admin/channels/{id}/pause`.
pub async fn pause(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<ChannelId>,
) -> Result<Json<ChannelSettings>, ApiError> {
    state.road.pause_by_hand(&who.visibility, id).await?;
    Ok(Json(one(&state, &who.visibility, id).await?))
}

/// `POST /api/v1/admin/channels/{id}/resume`.
pub async fn resume(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<ChannelId>,
) -> Result<Json<ChannelSettings>, ApiError> {
    state.road.resume_by_hand(&who.visibility, id).await?;
    Ok(Json(one(&state, &who.visibility, id).await?))
}

async fn one(
    state: &HttpState,
    who: &Visibility,
    id: ChannelId,
) -> Result<ChannelSettings, ApiError> {
    Ok(with_webhooks(state, settings::channel(&state.store, who, id).await?))
}

/// The sandbox needs no account, and plays all kinds.
fn of_sandbox(registry: &Registry, it: &NewChannel) -> Result<AddChannel, ApiError> {
    if !registry.has_fixed(sandbox::NAME) {
        return Err(ApiError::invalid(
            "account_id",
            "needed: the account that carries the channel",
        ));
    }
    let address = it.address.trim();
    let address = value::e164(address).map_err(|allowed| ApiError::invalid("address", &allowed))?;
    if it.external_id.is_some() {
        return Err(ApiError::invalid("external_id", "the sandbox has none"));
    }
    let (inbox_id, provider, kind) = (it.inbox_id, sandbox::NAME.to_owned(), it.kind);
    Ok(AddChannel { inbox_id, account_id: None, provider, kind, address, external_id: None })
}

fn with_webhooks(state: &HttpState, mut it: ChannelSettings) -> ChannelSettings {
    let topics = state.registry.maker(&it.provider).map_or(&[][..], |maker| maker.form().webhooks);
    it.webhooks = topics
        .iter()
        .map(|(what, topic)| {
            let url = webhook_url(&state.public_url, &it.provider, it.id, topic).to_string();
            WebhookUrl { what: (*what).to_owned(), url }
        })
        .collect();
    it
}
