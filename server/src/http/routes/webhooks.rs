//! Webhooks of providers: handed to the provider's endpoint as they came in.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{errors::ErrorCode, ids::ChannelId};
use tracing::Instrument;

use crate::{
    channels::registry::{Answer, Webhook},
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
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::new(ErrorCode::NotFound, "there is no such webhook");
    let endpoint = state.registry.endpoint(&provider).ok_or_else(nothing)?;
    let id: ChannelId = read::id(&channel, "webhook")?;
    let body = read::body(body).await?;
    let channel = channels::find(&state.store, id).await?;
    let channel = channel.filter(|channel| channel.provider == provider).ok_or_else(nothing)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let headers = once(&headers);
    let webhook =
        Webhook { channel: &channel, topic: &topic, target, headers: &headers, body: &body };
    let span = tracing::error_span!("webhook", provider, channel.id = %channel.id);
    let answer = endpoint.take(&state.road, webhook).instrument(span).await;
    if let Some(reason) = refusal(answer) {
        metrics().webhooks_refused.inc([reason]);
    }
    match answer {
        Answer::Taken { content_type, body } => {
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, content_type)], body).into_response())
        }
        Answer::Unknown => Err(nothing()),
        Answer::Forged => {
            Err(ApiError::new(ErrorCode::BadSignature, "the signature does not match"))
        }
        Answer::Unreadable(field) => {
            Err(ApiError::invalid(field, "missing, or not a value that this channel can take"))
        }
        Answer::Failed => Err(ApiError::new(ErrorCode::Unavailable, "not stored; try again")),
    }
}

fn refusal(answer: Answer) -> Option<&'static str> {
    match answer {
        Answer::Taken { .. } => None,
        Answer::Unknown => Some("unknown"),
        Answer::Forged => Some("forged"),
        Answer::Unreadable(_) => Some("unreadable"),
        Answer::Failed => Some("not_stored"),
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
