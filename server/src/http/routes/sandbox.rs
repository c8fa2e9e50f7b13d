//! The far side of the sandbox: what the page with the customer's phone asks for. Open to everyone
//! who reaches the server, and there only where the sandbox is switched on.

use axum::{Json, body::Body, extract::State, http::StatusCode};
use protocol::{
    attachments::AttachmentView,
    errors::ErrorCode,
    http::{
        SandboxChannels, SandboxFile, SandboxMessage, SandboxPhone, SandboxPlays, SandboxSend,
        SandboxTyping,
    },
    ids::{ChannelId, MessageId},
    limits::REPLY_UNITS_MAX,
    text::Key,
    views::{DeliveryState, MessageForm},
};

use crate::{
    auth::link::Part,
    channels::sandbox::NAME,
    domain::{
        address::Address,
        inbound::{Item, Message, Sender, Status},
        phone,
    },
    http::{
        error::ApiError,
        read::{self as reading, InPath},
        state::HttpState,
    },
    store::{
        attachments,
        channels::{self, Channel},
        sandbox,
    },
};

/// `GET /sandbox/api/channels`.
pub async fn list(State(state): State<HttpState>) -> Result<Json<SandboxChannels>, ApiError> {
    check(&state)?;
    Ok(Json(SandboxChannels { channels: channels::sandboxes(&state.store).await? }))
}

/// `POST /sandbox/api/channels/{id}/messages`.
pub async fn send(
    State(state): State<HttpState>,
    InPath(channel): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    check(&state)?;
    let channel = find(&state, &channel).await?;
    let it: SandboxSend = protocol::read::body(&reading::body(body).await?)?;
    let phone = number(&it.from)?;
    if it.text.contains('\0') || it.text.trim().is_empty() {
        return Err(ApiError::invalid("text", "must not be empty or contain U+0000"));
    }
    if it.text.encode_utf16().count() > REPLY_UNITS_MAX {
        return Err(ApiError::too_long("text", REPLY_UNITS_MAX));
    }
    let id = Key::new(it.id).map_err(|bad| ApiError::invalid("id", &bad.to_string()))?;
    // Stored first, shown on the phone then: what the phone shows as sent has arrived.
    let message = Message {
        provider_id: format!("{phone}/{}", id.as_str()),
        who: Sender::of(Address::sandbox_phone(&phone)),
        at: None,
        form: MessageForm::Text,
        text: it.text.clone(),
        media: Vec::new(),
        answers: None,
    };
    state.road.take(&channel, Item::Message(message)).await?;
    sandbox::type_in(&state.store, channel.id, &phone, id.as_str(), &it.text).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /sandbox/api/channels/{id}/typing`.
pub async fn typing(
    State(state): State<HttpState>,
    InPath(channel): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    check(&state)?;
    let channel = find(&state, &channel).await?;
    let it: SandboxTyping = protocol::read::body(&reading::body(body).await?)?;
    let who = Sender::of(Address::sandbox_phone(&number(&it.from)?));
    state.road.take(&channel, Item::Typing(who)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `GET /sandbox/api/channels/{id}/phones/{number}`.
pub async fn phone(
    State(state): State<HttpState>,
    InPath((channel, phone)): InPath<(String, String)>,
) -> Result<Json<SandboxPhone>, ApiError> {
    check(&state)?;
    let channel = find(&state, &channel).await?;
    let phone = number(&phone)?;
    let mut messages = sandbox::messages(&state.store, channel.id, &phone).await?;
    // Those of the business have our ids.
    let ours = |it: &SandboxMessage| it.id.parse::<MessageId>().ok().map(MessageId::uuid);
    let ids: Vec<_> = messages.iter().filter_map(ours).collect();
    let mut files = attachments::of(&state.store, &ids).await?;
    for message in &mut messages {
        let Some(files) = ours(message).and_then(|id| files.remove(&id)) else { continue };
        let file = |it: AttachmentView| SandboxFile {
            path: state.links.path(it.id, Part::File),
            mime_type: it.mime_type,
        };
        message.files = files.into_iter().map(file).collect();
    }
    let plays = sandbox::plays_on(&state.store, channel.id, &phone).await?;
    Ok(Json(SandboxPhone { messages, plays }))
}

/// `POST /sandbox/api/channels/{id}/phones/{number}/plays`.
pub async fn play(
    State(state): State<HttpState>,
    InPath((channel, phone)): InPath<(String, String)>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    check(&state)?;
    let channel = find(&state, &channel).await?;
    let it: SandboxPlays = protocol::read::body(&reading::body(body).await?)?;
    let arrived = sandbox::play(&state.store, channel.id, &number(&phone)?, it.plays).await?;
    report(&state, &channel, arrived, DeliveryState::Delivered).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /sandbox/api/channels/{id}/phones/{number}/read`: its owner has looked at it.
pub async fn read(
    State(state): State<HttpState>,
    InPath((channel, phone)): InPath<(String, String)>,
) -> Result<StatusCode, ApiError> {
    check(&state)?;
    let channel = find(&state, &channel).await?;
    let read = sandbox::read(&state.store, channel.id, &number(&phone)?).await?;
    report(&state, &channel, read, DeliveryState::Read).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tells, as a provider does, how far messages are.
async fn report(
    state: &HttpState,
    channel: &Channel,
    messages: Vec<MessageId>,
    now: DeliveryState,
) -> Result<(), ApiError> {
    for id in messages {
        let (provider_id, ours) = (id.to_string(), Some(id));
        let status = Status { provider_id, ours, state: now, error: None, unreached: false };
        state.road.take(channel, Item::Status(status)).await?;
    }
    Ok(())
}

fn check(state: &HttpState) -> Result<(), ApiError> {
    if state.sandbox {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::NotFound, "the sandbox is switched off"))
}

async fn find(state: &HttpState, channel: &str) -> Result<Channel, ApiError> {
    let id: ChannelId = reading::id(channel, "channel")?;
    channels::find(&state.store, id)
        .await?
        .filter(|channel| channel.provider == NAME)
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, "there is no such channel"))
}

/// A phone number, however it was typed.
fn number(text: &str) -> Result<String, ApiError> {
    phone::typed(text, None)
        .ok_or_else(|| ApiError::invalid("from", "must be a number like +12025550123"))
}
