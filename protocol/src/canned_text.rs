//! What canned replies are made of: short codes, folders, texts by language.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess},
    ser::SerializeMap,
};

use crate::{
    language::LanguageTag,
    limits::{
        CANNED_FOLDER_DEPTH_MAX, CANNED_LANGUAGES_MAX, FOLDER_UNITS_MAX, REPLY_UNITS_MAX,
        SHORT_CODE_BYTES_MAX,
    },
    text::{BadText, check},
};

/// What is typed after `/` to find a canned reply: letters, digits, `-`, `_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct ShortCode(
    #[cfg_attr(feature = "codegen", schemars(regex(pattern = "^[A-Za-z0-9_-]{1,32}$")))] String,
);

impl ShortCode {
    /// Checks a short code.
    pub fn new(code: String) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        let fits = (1..=SHORT_CODE_BYTES_MAX).contains(&code.len());
        (fits && code.bytes().all(allowed)).then_some(Self(code))
    }

    /// Returns it as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ShortCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::new(code).ok_or_else(|| de::Error::custom("must be 1 to 32 of A-Z a-z 0-9 - _"))
    }
}

/// Where a canned reply is kept: names with `/` between them, at most three; empty where it is in none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct Folder(String);

impl Folder {
    /// Checks a folder, and takes the blanks around its names.
    pub fn new(path: &str) -> Option<Self> {
        if path.trim().is_empty() {
            return Some(Self::default());
        }
        let names: Vec<&str> = path.split('/').map(str::trim).collect();
        let fits = |name: &&str| {
            let units = name.encode_utf16().count();
            (1..=FOLDER_UNITS_MAX).contains(&units) && !name.chars().any(char::is_control)
        };
        let good = names.len() <= CANNED_FOLDER_DEPTH_MAX && names.iter().all(fits);
        good.then(|| Self(names.join("/")))
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        Self::new(&path).ok_or_else(|| {
            de::Error::custom("must be 1 to 3 names of 40 characters at most, with / between them")
        })
    }
}

/// The texts of a canned reply, by language, in the order that they were given in.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "{ [language: string]: string }"))]
pub struct CannedTexts(
    #[cfg_attr(feature = "codegen", schemars(with = "std::collections::BTreeMap<String, String>"))]
    Vec<(LanguageTag, String)>,
);

impl CannedTexts {
    /// Checks texts.
    pub fn new(texts: Vec<(LanguageTag, String)>) -> Result<Self, BadTexts> {
        if texts.is_empty() || texts.len() > CANNED_LANGUAGES_MAX {
            return Err(BadTexts::Count);
        }
        for (n, (tag, text)) in texts.iter().enumerate() {
            check(text, REPLY_UNITS_MAX)?;
            if texts.iter().take(n).any(|(other, _text)| other == tag) {
                return Err(BadTexts::Twice);
            }
        }
        Ok(Self(texts))
    }

    /// Returns them.
    pub fn as_slice(&self) -> &[(LanguageTag, String)] {
        &self.0
    }

    /// Returns the languages.
    pub fn languages(&self) -> impl Iterator<Item = &LanguageTag> {
        self.0.iter().map(|(tag, _text)| tag)
    }
}

/// Texts that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTexts {
    /// None, or too many.
    #[error("must be texts in 1 to {CANNED_LANGUAGES_MAX} languages")]
    Count,
    /// One language has two.
    #[error("must not have one language twice")]
    Twice,
    /// One cannot be taken.
    #[error(transparent)]
    Text(#[from] BadText),
}

// What people write stays out of logs.
impl fmt::Debug for CannedTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.languages()).finish()
    }
}

impl Serialize for CannedTexts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (tag, text) in &self.0 {
            map.serialize_entry(tag.as_str(), text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for CannedTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> de::Visitor<'de> for TextsVisitor {
    type Value = CannedTexts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts by language")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CannedTexts, A::Error> {
        let mut texts = Vec::new();
        while let Some(tag) = map.next_key::<String>()? {
            let text = map.next_value_seed(TextIn(&tag, &texts))?;
            texts.push(text);
        }
        CannedTexts::new(texts).map_err(de::Error::custom)
    }
}

/// Reads one text and checks its language with it: a refusal names the place of the text.
struct TextIn<'a>(&'a str, &'a [(LanguageTag, String)]);

impl<'de> DeserializeSeed<'de> for TextIn<'_> {
    type Value = (LanguageTag, String);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text = String::deserialize(deserializer)?;
        let tag = LanguageTag::new(self.0).map_err(de::Error::custom)?;
        check(&text, REPLY_UNITS_MAX).map_err(de::Error::custom)?;
        if self.1.iter().any(|(other, _text)| *other == tag) {
            return Err(de::Error::custom(BadTexts::Twice));
        }
        Ok((tag, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canned::WantedCanned, errors::ErrorCode};

    #[test]
    fn a_refusal_names_the_text() {
        let long = "x".repeat(4_097);
        for (texts, code, field) in [
            (r"{}".to_owned(), ErrorCode::Invalid, "texts"),
            (r#"{"de":" "}"#.to_owned(), ErrorCode::Invalid, "texts.de"),
            (r#"{"de":"a\u0000"}"#.to_owned(), ErrorCode::Invalid, "texts.de"),
            (r#"{"de":"a","d!":"b"}"#.to_owned(), ErrorCode::Invalid, "texts.d!"),
            (r#"{"de-at":"a","DE-AT":"b"}"#.to_owned(), ErrorCode::Invalid, "texts.de-at"),
            (r#"{"de":7}"#.to_owned(), ErrorCode::Invalid, "texts.de"),
            (format!(r#"{{"de":"{long}"}}"#), ErrorCode::TooLong, "texts.de"),
            (r#"["a"]"#.to_owned(), ErrorCode::Invalid, "texts"),
        ] {
            let body = format!(r#"{{"title":"a","short_code":"a","texts":{texts}}}"#);
            let refused = crate::read::body::<WantedCanned>(body.as_bytes()).unwrap_err();
            let named = refused.details.as_ref().and_then(|it| it.field.as_deref());
            assert_eq!((refused.code, named), (code, Some(field)), "{texts}");
        }
    }

    #[test]
    fn texts_keep_their_order() {
        let json = r#"{"de":"Hallo","en":"Hello","ar":"x"}"#;
        let texts: CannedTexts = serde_json::from_str(json).expect("texts");
        assert_eq!(serde_json::to_string(&texts).expect("JSON"), json);
        assert_eq!(format!("{texts:?}"), r#"["de", "en", "ar"]"#, "no content in logs");
    }

    #[test]
    fn folders_and_short_codes_are_checked() {
        let folder = |path| Folder::new(path).map(|it| it.0);
        assert_eq!(folder(" a / b "), Some("a/b".to_owned()));
        assert_eq!(folder("  "), Some(String::new()));
        let wrong = ["/", "a/", "a//b", "a/b/c/d", "a\nb", &"x".repeat(41)];
        assert_eq!(wrong.map(folder), [const { None }; 6]);
        let code = |code: &str| ShortCode::new(code.to_owned()).is_some();
        assert!(code("refund_2-A") && code(&"x".repeat(32)));
        assert!(!(code("") || code("a b") || code("ä") || code("/a") || code(&"x".repeat(33))));
    }
}
