//! Texts that are checked as they are read: no NUL, nothing empty, nothing over its limit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::limits::{
    AUTO_REPLY_UNITS_MAX, EMAIL_UNITS_MAX, KEY_BYTES_MAX, NAME_UNITS_MAX, NOTE_UNITS_MAX,
    PASSWORD_CHARS_MIN, PASSWORD_UNITS_MAX, REASON_UNITS_MAX, REPLY_UNITS_MAX, TAG_UNITS_MAX,
    TITLE_UNITS_MAX,
};

macro_rules! text {
    ($name:ident, $max:expr, $what:literal) => {
        text!($name, $max, $what, "Not empty", check);
    };
    ($name:ident, $max:expr, $what:literal, $empty:literal, $check:ident) => {
        #[doc = concat!("The text of ", $what, ". ", $empty, ", no NUL; its limit counts UTF-16 units.")]
        #[derive(Clone, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
        #[cfg_attr(feature = "codegen", ts(type = "string"))]
        pub struct $name(#[cfg_attr(feature = "codegen", schemars(length(max = $max)))] String);

        impl $name {
            /// Checks a text.
            pub fn new(text: String) -> Result<Self, BadText> {
                $check(&text, $max).map(|()| Self(text))
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // What people write stays out of logs, so `Debug` shows its length only.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

text!(ReplyText, REPLY_UNITS_MAX, "a reply", "Empty where files speak for themselves", check_reply);
text!(NoteText, NOTE_UNITS_MAX, "a note");
text!(Reason, REASON_UNITS_MAX, "a reason");
text!(ContactName, NAME_UNITS_MAX, "a contact's name");
text!(AutoReply, AUTO_REPLY_UNITS_MAX, "an automatic reply");
text!(Name, TITLE_UNITS_MAX, "the name of an inbox, an account, a person, a role, a team");
text!(TagName, TAG_UNITS_MAX, "the name of a tag");
text!(Email, EMAIL_UNITS_MAX, "an e-mail address", "With one `@` inside", check_email);
text!(
    NewPassword,
    PASSWORD_UNITS_MAX,
    "a new password",
    "At least 15 characters, as NIST SP 800-63B-4 (section 3.1.1.2) asks where nothing else is asked for",
    check_password
);

/// A text that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// U+0000, which Postgres cannot store.
    #[error("must not contain U+0000")]
    Nul,
    /// No address.
    #[error("must be an e-mail address, such as ann@example.com")]
    NotAnEmail,
    /// Too easy to guess.
    #[error("too short: {chars} characters, needed are {min}")]
    TooShort {
        /// How long it is.
        chars: usize,
        /// How long it must be.
        min: usize,
    },
    /// Over the limit.
    #[error("too long: {units} UTF-16 units, allowed are {max}")]
    TooLong {
        /// How long it is.
        units: usize,
        /// How long it may be.
        max: usize,
    },
}

fn check(text: &str, max: usize) -> Result<(), BadText> {
    if text.contains('\0') {
        return Err(BadText::Nul);
    }
    if text.trim().is_empty() {
        return Err(BadText::Empty);
    }
    let units = text.encode_utf16().count();
    if units > max {
        return Err(BadText::TooLong { units, max });
    }
    Ok(())
}

/// Nothing at all is a reply where it has files; blanks never are.
fn check_reply(text: &str, max: usize) -> Result<(), BadText> {
    if text.is_empty() { Ok(()) } else { check(text, max) }
}

fn check_email(text: &str, max: usize) -> Result<(), BadText> {
    check(text, max)?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace());
    let parts = text
        .split_once('@')
        .filter(|(name, host)| plain(name) && plain(host) && !host.contains('@'));
    parts.map(|_address| ()).ok_or(BadText::NotAnEmail)
}

fn check_password(text: &str, max: usize) -> Result<(), BadText> {
    check(text, max)?;
    let chars = text.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err(BadText::TooShort { chars, min: PASSWORD_CHARS_MIN });
    }
    Ok(())
}

/// A client's own name for one wish, unique per actor: the same key is done once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct Key(
    #[cfg_attr(feature = "codegen", schemars(regex(pattern = "^[-A-Za-z0-9_.:]{1,64}$")))] String,
);

impl Key {
    /// Checks a key: 1 to 64 of `A-Z a-z 0-9 - _ . :`.
    pub fn new(key: String) -> Result<Self, BadKey> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
        if key.is_empty() || key.len() > KEY_BYTES_MAX || !key.bytes().all(allowed) {
            return Err(BadKey);
        }
        Ok(Self(key))
    }

    /// Returns the key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 1 to 64 of A-Z a-z 0-9 - _ . :")]
pub struct BadKey;

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked_where_they_are_read() {
        let read = |json: &str| serde_json::from_str::<ReplyText>(json).map_err(|e| e.to_string());
        assert_eq!(read(r#""Grüße 😀""#).as_ref().map(ReplyText::as_str), Ok("Grüße 😀"));
        assert!(read(r#""a\u0000b""#).is_err_and(|e| e.contains("U+0000")));
        assert!(read(r#"" \n ""#).is_err_and(|e| e.contains("empty")));
        assert_eq!(read(r#""""#).as_ref().map(ReplyText::as_str), Ok(""));
        assert!(NoteText::new(String::new()).is_err());
        assert!(read(r#""\ud83d""#).is_err(), "a lone surrogate is not a text");
        let long = format!("\"{}\"", "😀".repeat(2_049));
        assert!(read(&long).is_err_and(|e| e.contains("4098 UTF-16 units, allowed are 4096")));
    }

    #[test]
    fn a_reply_does_not_show_itself_in_logs() {
        let text = ReplyText::new("my secret".to_owned()).unwrap();
        assert_eq!(format!("{text:?}"), "ReplyText(9 bytes)");
    }
}
