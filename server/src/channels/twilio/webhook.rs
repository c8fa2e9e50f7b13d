//! Typed reading of what Twilio's webhooks say, after `signature` has verified them.
//!
//! Sources: "Twilio's request to your incoming message webhook URL"
//! (`docs/messaging/guides/webhook-request`) and "Outbound message status in status callbacks".
//! Twilio adds parameters without notice, so what we do not know is ignored. Media addresses are
//! only read here: who fetches them checks the host first, and sends no credentials onwards.

use std::fmt;

use protocol::{ids::MessageId, views::DeliveryState};

use super::signature::Params;
use crate::domain::masked::Masked;

/// A message carries at most ten media items ("Accepted content types for media").
const MEDIA_MAX: usize = 10;
/// A business-scoped id has 131 characters, and a channel's name in front.
const ADDRESS_BYTES_MAX: usize = 256;
/// The query parameter by which our status callbacks name our message.
pub const MESSAGE_PARAM: &str = "msg";

/// A customer's message.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Twilio's id of it: a repeated webhook has the same one.
    pub message_sid: String,
    /// The account that it came in for.
    pub account_sid: String,
    /// The customer: E.164, a short code, an alphanumeric sender or a channel address.
    pub from: String,
    /// Our number.
    pub to: String,
    /// The text as it was written, untrimmed; may be empty.
    pub body: String,
    /// How many media items Twilio says there are; `media` has those that it named.
    pub num_media: u32,
    /// The media items that have an address.
    pub media: Vec<Media>,
    /// What Twilio itself took the message for, where it manages opt-outs for the number.
    pub opt_out: Option<OptOut>,
    /// WhatsApp: the name that the customer has there.
    pub profile_name: Option<String>,
    /// WhatsApp: the id of a user towards this business, beside the number or instead of it.
    pub external_user_id: Option<String>,
    /// The button that was tapped, or the row of a list and what it says below.
    pub chosen: Option<Vec<String>>,
    /// A place.
    pub place: Option<Place>,
    /// What kind of thing it is, where Twilio says so: `text`, `image`, `interactive`.
    pub kind: Option<String>,
    /// The message that this one answers.
    pub answers: Option<String>,
}

/// A place that was shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// In degrees, as the provider writes it.
    pub latitude: String,
    /// In degrees, as the provider writes it.
    pub longitude: String,
    /// What it is called, and where it is.
    pub words: Vec<String>,
}

/// A picture or a file beside a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// Where Twilio keeps it; anyone who knows the address may be able to read it.
    pub url: String,
    /// Its type, as the sender's phone stated it.
    pub content_type: String,
}

/// The keyword that Twilio's own opt-out handling has recognised and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOut {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Help was asked for.
    Help,
}

/// News of a message that we sent.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusCallback {
    /// Twilio's id of it.
    pub message_sid: String,
    /// The customer.
    pub to: Option<String>,
    /// Twilio's word for its state.
    pub raw_status: String,
    /// What that is for us; `None` for a word that we do not know, which changes nothing.
    pub status: Option<DeliveryState>,
    /// Why it failed, as Twilio's number.
    pub error_code: Option<String>,
    /// Our id, from the callback's own query; absent where someone else set the callback up.
    pub our_message: Option<MessageId>,
}

/// A parameter without which the webhook means nothing is absent or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's `{name}` is missing or not valid")]
pub struct BadField {
    /// The parameter.
    pub name: &'static str,
}

impl Inbound {
    /// Reads an incoming message.
    pub fn read(params: &Params) -> Result<Self, BadField> {
        let media: Vec<Media> = (0..MEDIA_MAX).filter_map(|n| Media::read(params, n)).collect();
        // Its number is no reason to refuse a message: Twilio would not send it again.
        let num_media = field(params, "NumMedia")
            .and_then(|it| it.parse().ok())
            .unwrap_or_else(|| u32::try_from(media.len()).unwrap_or(u32::MAX));
        Ok(Self {
            message_sid: message_sid(params)?,
            account_sid: sid(params, "AccountSid")?,
            from: address(params, "From")?,
            to: address(params, "To")?,
            body: field(params, "Body").unwrap_or_default(),
            num_media,
            media,
            opt_out: params.get("OptOutType").and_then(OptOut::parse),
            profile_name: filled(params, "ProfileName"),
            external_user_id: address(params, "ExternalUserId").ok(),
            chosen: chosen(params),
            place: Place::read(params),
            kind: filled(params, "MessageType"),
            answers: sid(params, "OriginalRepliedMessageSid").ok(),
        })
    }
}

impl Media {
    fn read(params: &Params, n: usize) -> Option<Self> {
        let url = field(params, &format!("MediaUrl{n}")).filter(|it| !it.is_empty())?;
        let content_type = field(params, &format!("MediaContentType{n}"))
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| "application/octet-stream".to_owned());
        Some(Self { url, content_type })
    }
}

impl Place {
    fn read(params: &Params) -> Option<Self> {
        Some(Self {
            latitude: filled(params, "Latitude")?,
            longitude: filled(params, "Longitude")?,
            words: ["Label", "Address"].iter().filter_map(|name| filled(params, name)).collect(),
        })
    }
}

fn chosen(params: &Params) -> Option<Vec<String>> {
    if let Some(button) = filled(params, "ButtonText") {
        return Some(vec![button]);
    }
    let title = filled(params, "ListTitle")?;
    Some([Some(title), filled(params, "ListDescription")].into_iter().flatten().collect())
}

impl OptOut {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "STOP" => Some(Self::Stop),
            "START" => Some(Self::Start),
            "HELP" => Some(Self::Help),
            _ => None,
        }
    }
}

impl StatusCallback {
    /// Reads a status callback.
    pub fn read(params: &Params) -> Result<Self, BadField> {
        let raw_status = filled(params, "MessageStatus").or_else(|| filled(params, "SmsStatus"));
        let raw_status = raw_status.ok_or(BadField { name: "MessageStatus" })?;
        Ok(Self {
            message_sid: message_sid(params)?,
            to: address(params, "To").ok(),
            status: delivery_state(&raw_status),
            raw_status,
            error_code: error_code(params),
            our_message: params.query(MESSAGE_PARAM).and_then(|it| it.parse().ok()),
        })
    }
}

/// Returns what a status of Twilio's (`message_enum_status` in its OpenAPI) is for us, or `None`
/// if it is unknown or an inbound message's.
pub fn delivery_state(status: &str) -> Option<DeliveryState> {
    Some(match status {
        // Twilio has it. Some recipients of several have it: no more than that is sure.
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => {
            DeliveryState::Sent
        }
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "failed" | "undelivered" | "canceled" => DeliveryState::Failed,
        _ => return None,
    })
}

/// Returns a value fit to be stored: Postgres text cannot hold NUL, and a customer's message must
/// not be lost to one.
fn field(params: &Params, name: &str) -> Option<String> {
    params.get(name).map(|value| value.replace('\0', "\u{FFFD}"))
}

fn filled(params: &Params, name: &str) -> Option<String> {
    field(params, name).filter(|it| !it.trim().is_empty())
}

fn required(params: &Params, name: &'static str) -> Result<String, BadField> {
    filled(params, name).ok_or(BadField { name })
}

/// What is longer is no address, and too long for an index.
fn address(params: &Params, name: &'static str) -> Result<String, BadField> {
    required(params, name)
        .and_then(|it| if it.len() <= ADDRESS_BYTES_MAX { Ok(it) } else { Err(BadField { name }) })
}

fn error_code(params: &Params) -> Option<String> {
    let digits = |it: &String| it.len() <= 10 && it.bytes().all(|byte| byte.is_ascii_digit());
    filled(params, "ErrorCode").filter(|it| it != "0" && digits(it))
}

/// Its older names have the same value.
fn message_sid(params: &Params) -> Result<String, BadField> {
    const OLDER: [&str; 2] = ["SmsSid", "SmsMessageSid"];
    let name = OLDER.into_iter().find(|name| filled(params, name).is_some());
    match name.filter(|_| filled(params, "MessageSid").is_none()) {
        Some(name) => sid(params, name),
        None => sid(params, "MessageSid"),
    }
}

/// Twilio's ids are two letters and 32 hexadecimal digits. Only the alphabet and a bound are
/// asked for, so that a new kind of id loses no message.
fn sid(params: &Params, name: &'static str) -> Result<String, BadField> {
    let sid = required(params, name)?;
    let valid = sid.len() <= 64 && sid.bytes().all(|b| b.is_ascii_alphanumeric());
    if valid { Ok(sid) } else { Err(BadField { name }) }
}

impl fmt::Debug for StatusCallback {
    /// Shows what a log may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusCallback")
            .field("message_sid", &self.message_sid)
            .field("raw_status", &self.raw_status)
            .field("error_code", &self.error_code)
            .field("our_message", &self.our_message)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Inbound {
    /// Shows what a log may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("message_sid", &self.message_sid)
            .field("from", &Masked(&self.from))
            .field("to", &Masked(&self.to))
            .field("body_chars", &self.body.chars().count())
            .field("num_media", &self.num_media)
            .field("opt_out", &self.opt_out)
            .finish_non_exhaustive()
    }
}
