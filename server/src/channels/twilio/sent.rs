//! Which message of Twilio's list is ours: how a send whose answer was lost is found again.
//!
//! Creating a message knows no idempotency key ("Messages resource", `docs/messaging/api/
//! message-resource`), so after a lost answer the list is all there is to ask. It knows our text,
//! not our id. Hence the limit: of two messages with the same words to the same number, both of
//! unknown outcome at once, the older one found is taken first, whichever of ours it really is;
//! the customer has each of them once all the same. And another program that sends the same
//! words from the same number within the window cannot be told from us.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::webhook::delivery_state;
use crate::channels::provider::{Accepted, Outgoing};

/// Twilio states times in whole seconds, and its clock is not ours.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(2);
/// A trial account's messages carry this in front ("How to work with your free Twilio trial
/// account").
const TRIAL_PREFIX: &str = "Sent from your Twilio trial account - ";

/// A page of the list.
#[derive(Deserialize)]
pub(super) struct Page {
    messages: Vec<Listed>,
    pub(super) next_page_uri: Option<String>,
}

/// A message as Twilio describes it; every number is a string there.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) sid: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    num_media: Option<String>,
    #[serde(default)]
    date_created: Option<String>,
}

impl Listed {
    /// Returns the message as the worker wants to know it. It is Twilio's from the moment that it
    /// has an id, whatever word its state has.
    pub(super) fn accepted(self) -> Accepted {
        let state = delivery_state(&self.status).unwrap_or(protocol::views::DeliveryState::Sent);
        Accepted { provider_id: self.sid, state }
    }

    fn created_at(&self) -> Option<DateTime<Utc>> {
        let text = self.date_created.as_deref()?;
        DateTime::parse_from_rfc2822(text).ok().map(|it| it.to_utc())
    }

    fn is(&self, out: &Outgoing) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let body = body.strip_prefix(TRIAL_PREFIX).unwrap_or(body);
        self.direction == "outbound-api"
            && body.trim() == out.text.trim()
            // Which files they are, the list does not tell.
            && self.num_media.as_deref().unwrap_or("0") == out.files.len().to_string()
            && !out.known_ids.contains(&self.sid)
            // Without a readable date it may be ours; a second text to a customer is worse.
            && self.created_at().is_none_or(|at| at >= earliest(out))
    }
}

impl Page {
    /// Appends what may be ours to `found`. The list has the newest first, so the oldest is last.
    pub(super) fn take_ours(self, out: &Outgoing, found: &mut Vec<Listed>) {
        found.extend(self.messages.into_iter().filter(|it| it.is(out)));
    }

    /// Returns whether every message on the page is older than our first attempt, so that no
    /// later page can have ours.
    pub(super) fn is_before(&self, out: &Outgoing) -> bool {
        let mut dates = self.messages.iter().filter_map(Listed::created_at);
        self.messages.is_empty() || dates.all(|at| at < earliest(out))
    }
}

fn earliest(out: &Outgoing) -> DateTime<Utc> {
    out.first_attempt_at - CLOCK_SLACK
}

#[cfg(test)]
mod tests {
    use protocol::{ids::MessageId, views::ChannelKind};
    use uuid::Uuid;

    use super::*;
    use crate::domain::address::Address;

    #[test]
    fn a_message_of_the_list_is_ours_or_not() {
        let out = Outgoing {
            message_id: MessageId::from(Uuid::nil()),
            channel: ChannelKind::Sms,
            from: "+12025550143".into(),
            external_id: None,
            to: Address::phone("+14155552671"),
            text: "Hello".into(),
            template: None,
            files: vec![],
            essential: false,
            status_callback: None,
            may_go: true,
            attempt: 2,
            first_attempt_at: "2026-11-22T10:00:00.900Z".parse().unwrap(),
            known_ids: vec!["SM2".into()],
        };
        let check = |sid: &str, direction: &str, body: &str, date: Option<&str>, expected| {
            let it = Listed {
                sid: sid.to_owned(),
                status: "queued".into(),
                direction: direction.to_owned(),
                body: Some(body.to_owned()),
                num_media: Some("0".into()),
                date_created: date.map(str::to_owned),
            };
            assert_eq!(it.is(&out), expected, "{sid} {direction} {body} {date:?}");
        };
        let date = Some("Sun, 22 Nov 2026 10:00:00 +0000");
        let ours = "outbound-api";
        check("SM1", ours, "Hello", date, true);
        check("SM1", ours, "Sent from your Twilio trial account - Hello", date, true);
        check("SM1", ours, "Hello ", date, true);
        check("SM1", ours, "Hello", None, true);
        check("SM1", ours, "Hello", Some("yesterday"), true);
        check("SM1", ours, "Hello", Some("Sun, 22 Nov 2026 09:59:58 +0000"), false);
        check("SM1", ours, "Hello", Some("Sun, 22 Nov 2026 09:59:59 +0000"), true);
        check("SM1", ours, "hello", date, false);
        check("SM1", "inbound", "Hello", date, false);
        check("SM1", "outbound-reply", "Hello", date, false);
        check("SM2", ours, "Hello", date, false);
        let with_a_picture = Listed {
            sid: "SM3".into(),
            status: "queued".into(),
            direction: ours.to_owned(),
            body: Some("Hello".into()),
            num_media: Some("1".into()),
            date_created: None,
        };
        assert!(!with_a_picture.is(&out), "another message with the same words");
    }
}
