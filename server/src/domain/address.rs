//! Ways to reach a customer. What a provider calls a sender is kept as it was sent; what kind of
//! address it is decides who is taken for the same person.

use protocol::{contacts::AddressKind, views::ChannelKind};

use super::phone;

/// An address, and where it means what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Its kind.
    pub kind: AddressKind,
    /// Within what the value means one person; empty where it is the same everywhere.
    pub scope: String,
    /// The address.
    pub value: String,
}

/// The phones of the sandbox are nobody's real numbers.
pub const SANDBOX: &str = "sandbox";

impl Address {
    /// A phone number in E.164. One that is no valid number is still somebody's: new ranges and
    /// numbers for fiction come through providers as well.
    pub fn phone(value: &str) -> Self {
        Self { kind: AddressKind::Phone, scope: String::new(), value: value.to_owned() }
    }

    /// A phone of the sandbox.
    pub fn sandbox_phone(value: &str) -> Self {
        Self { kind: AddressKind::Phone, scope: SANDBOX.to_owned(), value: value.to_owned() }
    }

    /// The id of a WhatsApp user towards a business, such as `US.13491208655302741918`.
    pub fn whatsapp_user(value: &str) -> Self {
        Self { kind: AddressKind::WhatsappUser, scope: String::new(), value: value.to_owned() }
    }

    /// A name that a WhatsApp user has chosen. Somebody else may have it tomorrow.
    pub fn whatsapp_name(value: &str) -> Self {
        Self { kind: AddressKind::WhatsappName, scope: String::new(), value: value.to_owned() }
    }

    /// A short code or an alphanumeric sender: it means something only where our number is, so it is
    /// somebody towards that number.
    pub fn sender_id(value: &str, our_number: &str) -> Self {
        let (scope, value) = (our_number.to_owned(), value.to_owned());
        Self { kind: AddressKind::SenderId, scope, value }
    }

    /// Says whether it names one person for good. A name does not.
    pub fn identifies(&self) -> bool {
        self.kind != AddressKind::WhatsappName
    }
}

/// Reads the sender of a text message: a number, in whatever form, or else a short code or a name.
pub fn of_text_sender(from: &str, our_number: &str) -> Address {
    match from.strip_prefix('+') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Address::phone(from)
        }
        _ => match phone::national(from, our_number) {
            Some(number) => Address::phone(&number),
            None => Address::sender_id(from, our_number),
        },
    }
}

/// Says whether a channel of this kind can send to an address of that kind.
pub fn reaches(channel: ChannelKind, address: AddressKind) -> bool {
    match address {
        AddressKind::Phone => true,
        AddressKind::WhatsappUser => channel == ChannelKind::Whatsapp,
        AddressKind::SenderId => channel == ChannelKind::Sms,
        AddressKind::WhatsappName => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_person_everywhere_and_a_short_code_is_not() {
        assert_eq!(of_text_sender("+14155552671", "+12025550100"), Address::phone("+14155552671"));
        let national = of_text_sender("4155552671", "+12025550100");
        assert_eq!(national, Address::phone("+14155552671"), "the same person");
        for code in ["38438", "ACME", "+", "+1415x", "911"] {
            let sender = of_text_sender(code, "+12025550100");
            assert_eq!(sender, Address::sender_id(code, "+12025550100"));
            assert_ne!(sender, of_text_sender(code, "+12025550111"));
        }
    }

    #[test]
    fn an_address_is_reached_by_the_channels_that_know_it() {
        let all = [ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Rcs, ChannelKind::Sandbox];
        let by =
            |address| all.into_iter().filter(|kind| reaches(*kind, address)).collect::<Vec<_>>();
        assert_eq!(by(AddressKind::Phone), all);
        assert_eq!(by(AddressKind::WhatsappUser), [ChannelKind::Whatsapp]);
        assert_eq!(by(AddressKind::SenderId), [ChannelKind::Sms]);
        assert_eq!(by(AddressKind::WhatsappName), []);
    }
}
