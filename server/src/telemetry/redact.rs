//! What the log may show of an address.

/// Shorter ones show less, so that what stays out is never easy to guess.
const WHOLE_LENGTH_MIN: usize = 11;

/// Returns enough of a phone number to recognise it, not enough to call it: `+1202…23`.
pub fn phone(number: &str) -> String {
    let length = number.chars().count();
    let (first, last) = if length < WHOLE_LENGTH_MIN { (2, 0) } else { (5, 2) };
    let mut redacted: String = number.chars().take(first.min(length / 2)).collect();
    redacted.push('…');
    redacted.extend(number.chars().skip(length - last));
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_recognised_but_not_told() {
        let check = |number: &str, expected: &str| assert_eq!(phone(number), expected);
        check("+12025550123", "+1202…23");
        check("+4915112345678", "+4915…78");
        check("+1234567", "+1…");
        check("7", "…");
        check("", "…");
        check("äöüäöüäöüäöü", "äöüäö…öü");
    }
}
