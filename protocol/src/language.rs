//! Names of languages: the form of BCP 47 (RFC 5646, section 2.1), without a list of those that exist.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::limits::LANGUAGE_BYTES_MAX;

/// A language, such as `de` or `pt-BR`: the usual spelling, whatever was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct LanguageTag(String);

/// What names no language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be named by a language tag (BCP 47), such as de or pt-BR")]
pub struct BadLanguage;

impl LanguageTag {
    /// Checks a tag.
    pub fn new(tag: &str) -> Result<Self, BadLanguage> {
        let parts: Vec<&str> = tag.split('-').collect();
        let part = |part: &&str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if tag.len() > LANGUAGE_BYTES_MAX || !parts.iter().all(part) || !in_order(&parts) {
            return Err(BadLanguage);
        }
        Ok(Self(spelled(&parts)))
    }

    /// Returns it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the tag, and then ever less of it: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647, section 3.4).
    pub fn lookup(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.0.as_str()), |tag| {
            let (rest, _last) = tag.rsplit_once('-')?;
            // What a single letter begins goes with it.
            let single = rest.rsplit_once('-').filter(|(_rest, last)| last.len() == 1);
            Some(single.map_or(rest, |(rest, _last)| rest))
        })
    }
}

/// Says whether the parts come as RFC 5646 wants them: language, script, region, variants, extensions.
fn in_order(parts: &[&str]) -> bool {
    let letters = |part: &str, n: &[usize]| {
        n.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let mut rest = parts.iter().copied().peekable();
    let Some(language) = rest.next().filter(|it| letters(it, &[2, 3, 4, 5, 6, 7, 8])) else {
        return false;
    };
    let mut extended = 0;
    while language.len() < 4 && extended < 3 && rest.next_if(|it| letters(it, &[3])).is_some() {
        extended += 1;
    }
    rest.next_if(|it| letters(it, &[4]));
    rest.next_if(|it| {
        letters(it, &[2]) || (it.len() == 3 && it.bytes().all(|b| b.is_ascii_digit()))
    });
    let digit = |it: &str| it.starts_with(|c: char| c.is_ascii_digit());
    while rest.next_if(|it| it.len() >= 5 || (it.len() == 4 && digit(it))).is_some() {}
    while rest.next_if(|it| it.len() == 1).is_some() {
        if rest.next_if(|it| it.len() > 1).is_none() {
            return false;
        }
        while rest.next_if(|it| it.len() > 1).is_some() {}
    }
    rest.next().is_none()
}

/// `de-latn-at` is written `de-Latn-AT`.
fn spelled(parts: &[&str]) -> String {
    let mut single = false;
    let spelled = parts.iter().enumerate().map(|(n, part)| {
        let lower = part.to_ascii_lowercase();
        if n == 0 || single {
            return lower;
        }
        single = part.len() == 1;
        match part.len() {
            2 => part.to_ascii_uppercase(),
            4 => {
                let (first, rest) = lower.split_at(1);
                first.to_ascii_uppercase() + rest
            }
            _ => lower,
        }
    });
    spelled.collect::<Vec<_>>().join("-")
}

impl fmt::Debug for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for LanguageTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_form_and_the_usual_spelling() {
        for (tag, spelled) in [
            ("de", "de"),
            ("PT-br", "pt-BR"),
            ("zh-hant-TW", "zh-Hant-TW"),
            ("sl-rozaj-biske", "sl-rozaj-biske"),
            ("de-CH-1996", "de-CH-1996"),
            ("es-419", "es-419"),
            ("en-US-u-CA-gregory", "en-US-u-ca-gregory"),
            ("zh-cmn-Hans", "zh-cmn-Hans"),
            ("de-x-inhouse", "de-x-inhouse"),
        ] {
            assert_eq!(LanguageTag::new(tag).map(|it| it.0), Ok(spelled.to_owned()), "{tag}");
        }
        let long = format!("de-x-{}", ["abcdefgh"; 4].join("-"));
        for tag in [
            "",
            "d",
            "-",
            "de-",
            "de--at",
            "de_AT",
            "deutsch!",
            "12",
            "de-DE-Latn",
            "ä",
            "de-x",
            "abcdefghi",
            "de AT",
            "en-u",
            "de-x-y",
            &long,
        ] {
            assert_eq!(LanguageTag::new(tag), Err(BadLanguage), "{tag}");
        }
    }

    #[test]
    fn a_language_is_looked_up_by_ever_less_of_it() {
        let looked = |tag| {
            let tag = LanguageTag::new(tag).expect("a tag");
            tag.lookup().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(looked("zh-Hant-TW"), ["zh-Hant-TW", "zh-Hant", "zh"]);
        assert_eq!(looked("de-x-house"), ["de-x-house", "de"]);
    }
}
