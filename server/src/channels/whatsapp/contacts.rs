//! Who is meant: a number, an id towards this business, or both, beside a list of profiles.
//!
//! Sources: "Business-scoped user IDs" (since April 2026 the number may be absent, where a customer
//! has a username) and "messages webhook reference". The list of contacts is joined by what it says, never
//! by its order: a body with messages of two customers has them in any.

use serde_json::Value;

use super::json;
use crate::domain::{address::Address, inbound::Sender};

/// What a body says about people.
#[derive(Clone, Copy)]
pub(super) struct Contacts<'a>(pub(super) &'a [Value]);

impl Contacts<'_> {
    /// Says whether somebody with this number is among them.
    pub(super) fn know(&self, number: Option<&str>) -> bool {
        number.is_some() && self.0.iter().any(|it| is_of(it, number, None))
    }

    /// Returns the customer with this number, as WhatsApp writes it, and this id; `None` without either.
    pub(super) fn sender(&self, number: Option<&str>, user: Option<&str>) -> Option<Sender> {
        // Some bodies have the id in the place of the number.
        let (number, user) = match number {
            Some(other) if phone(other).is_none() => (None, user.or(Some(other))),
            number => (number, user),
        };
        let contact = self.0.iter().find(|it| is_of(it, number, user)).unwrap_or(&Value::Null);
        let number = number.or_else(|| json::id(contact, "wa_id"));
        let user = user.or_else(|| json::id(contact, "user_id"));
        let mut addresses: Vec<Address> = number.and_then(phone).into_iter().collect();
        addresses.extend(user.map(Address::whatsapp_user));
        if addresses.is_empty() {
            return None;
        }
        let profile = contact.get("profile").unwrap_or(&Value::Null);
        addresses.extend(json::id(profile, "username").map(Address::whatsapp_name));
        Some(Sender { addresses, profile_name: json::filled(profile, "name") })
    }
}

/// Says whether a contact is the customer with this number and this id.
fn is_of(contact: &Value, number: Option<&str>, user: Option<&str>) -> bool {
    match (user, json::id(contact, "user_id")) {
        (Some(user), Some(theirs)) => user == theirs,
        _ => [number, user].into_iter().flatten().any(|it| json::id(contact, "wa_id") == Some(it)),
    }
}

/// Reads a number: WhatsApp writes it without the plus.
pub(super) fn phone(number: &str) -> Option<Address> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let good = (4..=20).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
    good.then(|| Address::phone(&format!("+{digits}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = "US.13491208655302741918";

    fn phone(number: &str) -> Address {
        Address::phone(number)
    }

    #[track_caller]
    fn is(contacts: &Value, number: Option<&str>, user: Option<&str>, expected: &[Address]) {
        let contacts = contacts.as_array().unwrap();
        let found = Contacts(contacts).sender(number, user);
        assert_eq!(found.map_or(Vec::new(), |it| it.addresses), expected);
    }

    #[test]
    fn a_customer_has_a_number_or_an_id_or_both() {
        let (mine, user) = (phone("+12025550123"), Address::whatsapp_user(USER));
        let none = json!([]);
        is(&none, Some("12025550123"), None, std::slice::from_ref(&mine));
        is(&none, Some("+12025550123"), None, std::slice::from_ref(&mine));
        is(&none, Some("12025550123"), Some(USER), &[mine.clone(), user.clone()]);
        is(&none, None, Some(USER), std::slice::from_ref(&user));
        is(&none, Some(USER), None, std::slice::from_ref(&user));
        is(&none, Some(USER), Some(USER), std::slice::from_ref(&user));
        is(&none, None, None, &[]);
        let both = json!([{ "wa_id": "12025550123", "user_id": USER, "profile": {} }]);
        is(&both, Some("12025550123"), None, &[mine.clone(), user.clone()]);
        is(&both, None, Some(USER), &[mine, user.clone()]);
        let named = json!([{ "wa_id": USER, "profile": { "username": "kfisher", "name": " " } }]);
        is(&named, None, Some(USER), &[user, Address::whatsapp_name("kfisher")]);
    }

    #[test]
    fn people_are_joined_by_what_they_are_called_and_not_by_their_place() {
        let contacts = json!([
            null, 7, { "profile": 7 },
            { "wa_id": "12025550111", "user_id": "US.1", "profile": { "name": "Ann" } },
            { "wa_id": "12025550122", "profile": { "name": "Bob" } },
        ]);
        let name = |number, user| {
            Contacts(contacts.as_array().unwrap()).sender(number, user).unwrap().profile_name
        };
        assert_eq!(name(Some("12025550122"), None).unwrap(), "Bob");
        assert_eq!(name(Some("12025550111"), None).unwrap(), "Ann");
        assert_eq!(name(None, Some("US.1")).unwrap(), "Ann");
        assert_eq!(name(Some("12025550122"), Some("US.2")).unwrap(), "Bob");
        // A number that has passed on to somebody else.
        assert_eq!(name(Some("12025550111"), Some("US.2")), None);
        assert_eq!(name(Some("12025550199"), None), None);
    }
}
