//! What Twilio's webhooks tell, in the one form that all providers have.
//!
//! The channels that Twilio carries write addresses with a prefix: `whatsapp:+14155552671`,
//! `whatsapp:US.13491208655302741918`, `rcs:…`; text messages have none.

use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{
    contacts::ConsentAbout,
    views::{ChannelKind, DeliveryState, MessageForm},
};

use super::{
    codes::{Class, class},
    webhook::{Inbound, OptOut, StatusCallback},
};
use crate::{
    domain::{
        address::{self, Address},
        inbound::{Consent, Item, Media, MediaSource, Message, Sender, Status, Unknown},
        place, placeholder,
    },
    store::channels::Channel,
};

/// Twice what any of Twilio's channels carries, and short enough for a frame to a desk.
const TEXT_CHARS_MAX: usize = 8_192;
/// What is shorter may be a word.
const BASE64_BYTES_MIN: usize = 40;

/// Returns how Twilio writes the address of a channel, or of a customer over a channel.
pub fn with_prefix(kind: ChannelKind, address: &str) -> String {
    format!("{}{address}", prefix(kind))
}

/// Returns the address without the prefix; `None` where it is another channel's.
pub fn without_prefix(kind: ChannelKind, address: &str) -> Option<&str> {
    match prefix(kind) {
        "" => (!address.contains(':')).then_some(address),
        prefix => address.strip_prefix(prefix),
    }
}

fn prefix(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Whatsapp => "whatsapp:",
        ChannelKind::Rcs => "rcs:",
        ChannelKind::Sms | ChannelKind::Sandbox => "",
    }
}

/// Says what a message tells; `None` where its sender is of another channel. `raw` is kept where there is
/// more to the message than can be shown.
pub fn items(channel: &Channel, it: Inbound, raw: &[u8]) -> Option<Vec<Item>> {
    let who = sender(channel, &it)?;
    let consent = it.opt_out.and_then(|word| match word {
        OptOut::Stop => Some(consent(who.clone(), false)),
        OptOut::Start => Some(consent(who.clone(), true)),
        OptOut::Help => None,
    });
    let encoded = decoded(channel.kind, &it.body);
    let mut more = encoded.is_some();
    let mut message = message(who, Inbound { body: encoded.unwrap_or(it.body), ..it });
    if let Some((end, _)) = message.text.char_indices().nth(TEXT_CHARS_MAX) {
        message.text.truncate(end);
        message.text.push_str("… [cut]");
        more = true;
    }
    let kept = more || message.form == MessageForm::Unsupported;
    let kept = kept.then(|| unknown("message", raw));
    Some([Some(Item::Message(message)), kept, consent].into_iter().flatten().collect())
}

/// Long texts in parts come as base64 now and then. Nobody writes it by hand: it is shown as what it says
/// where that is words, with blanks between them, and kept as it came.
fn decoded(kind: ChannelKind, body: &str) -> Option<String> {
    if kind != ChannelKind::Sms || body.len() < BASE64_BYTES_MIN {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(body).ok()?).ok()?;
    let is_words = text.contains(' ') && !text.chars().any(|it| it.is_control() && it != '\n');
    is_words.then_some(text)
}

fn unknown(what: &str, raw: &[u8]) -> Item {
    let raw = String::from_utf8_lossy(raw).replace('\0', "\u{FFFD}");
    Item::Unknown(Unknown { what: what.to_owned(), raw })
}

/// Says how far a message of ours is, and what else that tells. `raw` is kept where we do not know the word.
pub fn status(channel: &Channel, it: StatusCallback, raw: &[u8]) -> Vec<Item> {
    let Some(state) = it.status else { return vec![unknown("status", raw)] };
    let code = it.error_code.as_deref().and_then(|code| code.parse().ok());
    let refuses = state == DeliveryState::Failed && code.map(class) == Some(Class::OptOut);
    let who = it.to.filter(|_| refuses).and_then(|to| address_of(channel, &to)).map(Sender::of);
    let (provider_id, ours, error) = (it.message_sid, it.our_message, it.error_code);
    let mut items =
        vec![Item::Status(Status { provider_id, ours, state, error, unreached: false })];
    items.extend(who.map(|who| consent(who, false)));
    items
}

fn consent(who: Sender, wanted: bool) -> Item {
    let about = ConsentAbout::Everything;
    Item::Consent(Consent { provider_id: None, who, about, wanted })
}

fn address_of(channel: &Channel, address: &str) -> Option<Address> {
    let address = without_prefix(channel.kind, address).filter(|it| !it.is_empty())?;
    Some(match channel.kind {
        ChannelKind::Whatsapp if !address.starts_with('+') => Address::whatsapp_user(address),
        _ => address::of_text_sender(address, &channel.address),
    })
}

fn sender(channel: &Channel, it: &Inbound) -> Option<Sender> {
    let mut addresses = vec![address_of(channel, &it.from)?];
    let user = it.external_user_id.as_deref();
    let user = user.and_then(|id| without_prefix(ChannelKind::Whatsapp, id));
    if let Some(user) = user.filter(|it| !it.is_empty()) {
        let user = Address::whatsapp_user(user);
        if !addresses.contains(&user) {
            addresses.push(user);
        }
    }
    Some(Sender { addresses, profile_name: it.profile_name.clone() })
}

fn message(who: Sender, it: Inbound) -> Message {
    let named = it.media.len();
    let unnamed = usize::try_from(it.num_media).unwrap_or_default().min(10).saturating_sub(named);
    let mut lines: Vec<String> = Vec::new();
    let mut form = MessageForm::Text;
    if !it.body.trim().is_empty() {
        lines.push(it.body);
    }
    if let Some(chosen) = it.chosen {
        form = MessageForm::Choice;
        // The body says the same as what was tapped.
        let said = lines.first().cloned();
        lines.extend(chosen.into_iter().filter(|line| Some(line) != said.as_ref()));
    }
    if let Some(place) = it.place {
        form = MessageForm::Location;
        lines.push(place::words(&place.words, &place.latitude, &place.longitude));
    }
    if named + unnamed > 0 {
        form = MessageForm::Media;
        // Nobody should think that nothing came: these have no address.
        lines.extend((0..unnamed).map(|_| "[attachment]".to_owned()));
    }
    if lines.is_empty() && named == 0 {
        match it.kind.as_deref() {
            None | Some("text") => lines.push("[no text]".to_owned()),
            Some(kind) => {
                form = MessageForm::Unsupported;
                lines.push(placeholder::of(kind));
            }
        }
    }
    let media = it
        .media
        .into_iter()
        .map(|media| Media {
            source: MediaSource::Url(media.url),
            mime_type: media.content_type,
            name: None,
            bytes: None,
        })
        .collect();
    Message {
        provider_id: it.message_sid,
        who,
        at: None,
        form,
        text: lines.join("\n"),
        media,
        answers: it.answers,
    }
}
