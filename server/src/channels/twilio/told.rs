//! What Twilio's webhooks tell, in the one form that all providers have.
//!
//! The channels that Twilio carries write addresses with a prefix: `whatsapp:+14155552671`,
//! `whatsapp:US.13491208655302741918`, `rcs:…`; text messages have none.

use protocol::{
    contacts::ConsentAbout,
    views::{ChannelKind, MessageForm},
};

use super::{
    codes::{Class, class},
    webhook::{Inbound, OptOut, StatusCallback},
};
use crate::{
    domain::{
        address::{self, Address},
        inbound::{Consent, Item, Media, MediaSource, Message, Sender},
        place,
    },
    store::channels::Channel,
};

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

/// Says what a message tells; `None` where its sender is of another channel.
pub fn items(channel: &Channel, it: Inbound) -> Option<Vec<Item>> {
    let who = sender(channel, &it)?;
    let consent = it.opt_out.and_then(|word| {
        let wanted = match word {
            OptOut::Stop => false,
            OptOut::Start => true,
            OptOut::Help => return None,
        };
        let about = ConsentAbout::Everything;
        let (provider_id, who) = (None, who.clone());
        Some(Item::Consent(Consent { provider_id, who, about, wanted }))
    });
    let mut items = vec![Item::Message(message(who, it))];
    items.extend(consent);
    Some(items)
}

/// Says that a message failed because the customer wants none: every further one would.
pub fn refused(channel: &Channel, it: &StatusCallback) -> Option<Item> {
    let code = it.error_code.as_ref()?.parse().ok()?;
    if class(code) != Class::OptOut {
        return None;
    }
    let who = Sender::of(customer(channel, it.to.as_deref()?)?);
    let about = ConsentAbout::Everything;
    Some(Item::Consent(Consent { provider_id: None, who, about, wanted: false }))
}

fn customer(channel: &Channel, text: &str) -> Option<Address> {
    let text = without_prefix(channel.kind, text)?;
    Some(match channel.kind {
        ChannelKind::Whatsapp if !text.starts_with('+') => Address::whatsapp_user(text),
        _ => address::of_text_sender(text, &channel.address),
    })
}

fn sender(channel: &Channel, it: &Inbound) -> Option<Sender> {
    let mut addresses = vec![customer(channel, &it.from)?];
    let user = it.external_user_id.as_deref();
    if let Some(user) = user.and_then(|id| without_prefix(ChannelKind::Whatsapp, id)) {
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
    if let Some(button) = it.button {
        form = MessageForm::Choice;
        // The body of a tapped button says the same.
        if lines.first() != Some(&button) {
            lines.push(button);
        }
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
        lines.push("[no text]".to_owned());
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
