//! Webhooks of providers: handed to the provider's endpoint as they came in.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::{OriginalUri, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{errors::ErrorCode, ids::ChannelId};
use tracing::Instrument;

use crate::{
    channels::{
        registry::NoProvider,
        webhook::{self, Answer, Refused, Webhook},
    },
    http::{
        error::ApiError,
        read::{self, InPath},
        state::HttpState,
    },
    store::channels,
    telemetry::metrics::all::metrics,
};

/// `POST` and `GET /webhooks/{provider}/{channel}/{topic}`.
pub async fn take(
    State(state): State<HttpState>,
    InPath((provider, channel, topic)): InPath<(String, String, String)>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::new(ErrorCode::NotFound, "there is no such webhook");
    let id: ChannelId = read::id(&channel, "webhook")?;
    let channel = channels::find(&state.store, id).await?;
    let channel = channel.filter(|channel| channel.provider == provider).ok_or_else(nothing)?;
    let adapter = state.registry.provider(&provider, channel.account).await;
    let adapter = adapter.map_err(|error| match error {
        NoProvider::Unknown => nothing(),
        error => {
            tracing::error!(error = %error, channel.id = %id, "a webhook cannot be read");
            ApiError::new(ErrorCode::Unavailable, "not taken; try again")
        }
    })?;
    let body = read::body_of(body, adapter.body_max()).await?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let headers = once(&headers);
    let webhook = Webhook {
        channel: &channel,
        is_get: method == Method::GET,
        topic: &topic,
        target,
        headers: &headers,
        body: &body,
    };
    let span = tracing::error_span!("webhook", provider, channel.id = %channel.id);
    let taking =
        webhook::take((&state.store, &state.road, &state.troubles), adapter.as_ref(), webhook);
    match taking.instrument(span).await {
        Ok(Answer { content_type, body }) => {
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, content_type)], body).into_response())
        }
        Err(refused) => {
            metrics().webhooks_refused.inc([reason(refused)]);
            Err(refusal(refused))
        }
    }
}

fn reason(refused: Refused) -> &'static str {
    match refused {
        Refused::Unknown => "unknown",
        Refused::Forged => "forged",
        Refused::Unreadable(_) => "unreadable",
        Refused::NotStored => "not_stored",
    }
}

fn refusal(refused: Refused) -> ApiError {
    match refused {
        Refused::Unknown => ApiError::new(ErrorCode::NotFound, refused.to_string()),
        Refused::Forged => ApiError::new(ErrorCode::BadSignature, refused.to_string()),
        Refused::Unreadable(field) => {
            ApiError::invalid(field, "missing, or not a value that this channel can take")
        }
        Refused::NotStored => ApiError::new(ErrorCode::Unavailable, refused.to_string()),
    }
}

/// Returns the headers that came once, as text.
fn once(headers: &HeaderMap) -> HashMap<String, String> {
    headers
        .keys()
        .filter(|name| headers.get_all(*name).iter().count() == 1)
        .filter_map(|name| Some((name.to_string(), read::header(headers, name.as_str())?)))
        .collect()
}
