//! Phone numbers as people write them. What a provider sends is somebody's number, whether the rules
//! know it or not: they are for what is typed, and for forms that say less than the whole number.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// A number that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// In E.164.
    pub e164: String,
    /// Whether it can be anybody's, as far as is known. New ranges and numbers for fiction are not.
    pub valid: bool,
    /// The region that it belongs to, as ISO 3166-1 has it.
    pub region: Option<String>,
}

/// Reads a number as people write it. Where it has no country code, it is one of the region.
pub fn read(text: &str, region: Option<&str>) -> Option<Number> {
    let region = region.and_then(|region| Region::from_code(region).ok());
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    Some(Number {
        e164: number.format_as(PhoneNumberFormat::E164).into_owned(),
        valid: number.is_valid(),
        region: number.get_region_code().map(|region| region.as_region_str().to_string()),
    })
}

/// Reads what a person has typed. With a plus, all digits and nothing else it is meant as it is; every
/// other form has to be a valid number, or it is a mistake. `near` is a number of the region that
/// numbers without a country code belong to.
pub fn typed(text: &str, near: Option<&str>) -> Option<String> {
    if is_e164(text) {
        return Some(text.to_owned());
    }
    let region = near.and_then(|near| read(near, None)).and_then(|near| near.region);
    read(text, region.as_deref()).filter(|number| number.valid).map(|number| number.e164)
}

/// The fewest digits of a national form in place of a sender: fewer are a short code.
const NATIONAL_DIGITS_MIN: usize = 9;

/// Reads a sender that is digits only: a number without its plus or its country code, as some
/// operators pass it on, where the rules know it near ours. A short code is none.
pub fn national(digits: &str, ours: &str) -> Option<String> {
    let good = digits.len() >= NATIONAL_DIGITS_MIN && digits.bytes().all(|it| it.is_ascii_digit());
    if good { typed(digits, Some(ours)) } else { None }
}

/// Says whether a text is a whole number, as ITU-T E.164 has it: a plus and up to 15 digits.
pub fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read_and_mistakes_are_not() {
        let near = Some("+493012345678");
        for text in [
            "+49 170 1234567",
            "0049 170 1234567",
            "0170/1234567",
            "(0170) 123-45 67",
            "01701234567",
        ] {
            assert_eq!(typed(text, near).as_deref(), Some("+491701234567"), "{text}");
        }
        assert_eq!(typed("(202) 555-0123", Some("+14155552671")).as_deref(), Some("+12025550123"));
        assert_eq!(typed("+1 (202) 555-0123", None).as_deref(), Some("+12025550123"));
        for text in ["", "+", "ACME", "38438", "0170", "0170 1234567 or so?", "+49 1", "\0", "𝟙𝟚"]
        {
            assert_eq!(typed(text, near), None, "{text}");
        }
        assert_eq!(typed("0170 1234567", None), None, "of no country");
        assert_eq!(typed("0170 1234567", Some("38438")), None, "nor near a short code");
    }

    #[test]
    fn a_national_form_is_the_whole_number_and_a_short_code_is_none() {
        let is = |digits, ours| national(digits, ours);
        for digits in ["2025550123", "12025550123"] {
            assert_eq!(is(digits, "+14155552671").as_deref(), Some("+12025550123"), "{digits}");
        }
        assert_eq!(is("01701234567", "+493012345678").as_deref(), Some("+491701234567"));
        for digits in ["38438", "12345678", "911", "000000000", "ACME12345", "", "99999999999999"] {
            assert_eq!(is(digits, "+14155552671"), None, "{digits}");
        }
        assert_eq!(is("2025550123", "38438"), None, "near a short code nothing is known");
    }

    #[test]
    fn a_whole_number_is_meant_as_it_is() {
        // For fiction, for nobody, too short, and one that others have read with digits lost.
        for text in ["+447700900123", "+19995550123", "+1234", "+78001234567"] {
            assert_eq!(typed(text, None).as_deref(), Some(text));
        }
        for text in ["+12", "+1234567890123456", "12025550123", "+1202555012x", "+", ""] {
            assert!(!is_e164(text), "{text}");
        }
    }
}
