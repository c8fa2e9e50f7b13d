//! Which replies somebody else has to approve first.

use protocol::{drafts::ReviewRule, ids::ChannelId, rights::MemberRole};

/// Says whether a reply has to be approved.
pub fn is_required(rule: &ReviewRule, who: MemberRole, channel: ChannelId, text: &str) -> bool {
    rule.roles.contains(&who)
        || rule.channels.contains(&channel)
        || rule.keywords.iter().any(|keyword| has(text, keyword.as_str()))
}

/// Says whether a text has a word or phrase in it, whole, whatever the capitals and the blanks, and
/// whatever is in it that nobody sees.
fn has(text: &str, keyword: &str) -> bool {
    let (text, keyword) = (plain(text), plain(keyword));
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let starts = keyword.chars().next().is_some_and(char::is_alphanumeric);
    let ends = keyword.chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(&keyword).any(|(at, found)| {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(found).unwrap_or_default();
        let joined = (starts && is_word(before.chars().next_back()))
            || (ends && is_word(after.chars().next()));
        !joined
    })
}

fn plain(text: &str) -> String {
    let seen =
        |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let lower: String = text.chars().filter(seen).flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use protocol::{text::Name, views::Role};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_keyword_is_a_whole_word_however_it_is_written() {
        for (text, found) in [
            ("We refund you.", true),
            ("REFUND", true),
            ("re\u{200b}fund", true),
            ("A money\n  back guarantee", true),
            ("non-refundable", false),
            ("prerefund", false),
            ("Straße: 100% sure", true),
            ("", false),
        ] {
            let keywords = ["refund", "Money back", "100%"].map(|it| Name::new(it.to_owned()));
            let keywords = keywords.into_iter().map(|it| it.expect("a keyword")).collect();
            let rule = ReviewRule { keywords, ..ReviewRule::default() };
            let (who, channel) = (MemberRole::BuiltIn(Role::Agent), Uuid::nil().into());
            assert_eq!(is_required(&rule, who, channel, text), found, "{text:?}");
        }
    }

    #[test]
    fn a_role_or_a_channel_is_enough() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rule = ReviewRule {
            roles: vec![MemberRole::Own(one.into())],
            channels: vec![one.into()],
            keywords: Vec::new(),
        };
        let agent = MemberRole::BuiltIn(Role::Agent);
        assert!(is_required(&rule, MemberRole::Own(one.into()), other.into(), "x"));
        assert!(is_required(&rule, agent, one.into(), "x"));
        assert!(!is_required(&rule, agent, other.into(), "x"));
    }
}
