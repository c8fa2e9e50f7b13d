//! Addresses of people, as logs may show them.

use std::fmt;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_end_unless_that_is_most_of_it() {
        assert_eq!(format!("{:?}", Masked("+14155552671")), "…71");
        assert_eq!(format!("{:?}", Masked("12345")), "…");
    }
}
