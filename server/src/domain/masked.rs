//! Addresses of people, as logs may show them, and those who may not see them.

use std::fmt;

use protocol::contacts::{AddressView, ContactView, ReachView};

/// Shows the last two characters of an address that is long enough to stay unknown by them.
pub struct Masked<'a>(pub &'a str);

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars = self.0.chars().count();
        let end: String =
            if chars < 6 { String::new() } else { self.0.chars().skip(chars - 2).collect() };
        write!(f, "…{end}")
    }
}

/// Takes the addresses out of a contact.
pub fn contact(contact: &mut ContactView) {
    addresses(&mut contact.addresses);
    for merged in &mut contact.merged {
        addresses(&mut merged.addresses);
    }
}

/// Takes the address out of a way to answer.
pub fn reach(reach: &mut ReachView) {
    address(&mut reach.address);
}

fn addresses(addresses: &mut [AddressView]) {
    addresses.iter_mut().for_each(address);
}

fn address(address: &mut AddressView) {
    address.value = format!("{:?}", Masked(&address.value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_end_unless_that_is_most_of_it() {
        assert_eq!(format!("{:?}", Masked("+14155552671")), "…71");
        assert_eq!(format!("{:?}", Masked("12345")), "…");
    }
}
