//! What a note may mention: places in its text, one after the other.

use protocol::{
    ids::{AgentId, TeamId},
    limits::MENTIONS_MAX,
    notes::Mention,
};

/// A mention that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMention {
    /// Which one; `None` where it is all of them.
    pub index: Option<usize>,
    /// What is wrong.
    pub message: &'static str,
}

impl BadMention {
    /// Returns the field of the command.
    pub fn field(&self) -> String {
        match self.index {
            Some(index) => format!("command.mentions[{index}]"),
            None => "command.mentions".to_owned(),
        }
    }
}

/// Who is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// An agent.
    Agent(AgentId),
    /// A team.
    Team(TeamId),
}

/// Checks the mentions of a text against it, and returns who is mentioned, one for each.
pub fn targets(text: &str, mentions: &[Mention]) -> Result<Vec<Target>, BadMention> {
    if mentions.len() > MENTIONS_MAX {
        return Err(BadMention { index: None, message: "must be 20 at most" });
    }
    let mut free = 0;
    let one = |(index, mention): (usize, &Mention)| {
        let bad = |message| BadMention { index: Some(index), message };
        let target = match (mention.agent_id, mention.team_id) {
            (Some(agent), None) => Target::Agent(agent),
            (None, Some(team)) => Target::Team(team),
            _ => return Err(bad("must name an agent or a team, and not both")),
        };
        if mention.from >= mention.to || mention.from < free {
            return Err(bad("must be a part of the text that follows on the one before"));
        }
        free = mention.to;
        if !is_edge(text, mention.from) || !is_edge(text, mention.to) {
            return Err(bad("must begin and end between characters of the text"));
        }
        Ok(target)
    };
    mentions.iter().enumerate().map(one).collect()
}

/// Says whether a place, in UTF-16 units, is between two characters of a text, or at its ends.
fn is_edge(text: &str, place: u32) -> bool {
    let Ok(place) = usize::try_from(place) else { return false };
    let mut at = 0;
    for c in text.chars() {
        if at >= place {
            break;
        }
        at += c.len_utf16();
    }
    at == place
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mention(from: u32, to: u32) -> Mention {
        Mention { agent_id: Some(Uuid::from_u128(1).into()), team_id: None, from, to }
    }

    fn check(text: &str, mentions: &[Mention]) -> Result<(), Option<usize>> {
        targets(text, mentions).map(drop).map_err(|bad| bad.index)
    }

    #[test]
    fn mentions_are_places_in_the_text_one_after_the_other() {
        let text = "📦 @Ann, @Ben";
        assert_eq!(check(text, &[mention(3, 7), mention(9, 13)]), Ok(()));
        assert_eq!(check(text, &[mention(0, 2)]), Ok(()), "an emoji is two units");
        assert_eq!(check(text, &[mention(1, 7)]), Err(Some(0)), "the middle of an emoji");
        assert_eq!(check(text, &[mention(3, 7), mention(9, 14)]), Err(Some(1)), "past the end");
        assert_eq!(check(text, &[mention(3, 7), mention(6, 13)]), Err(Some(1)), "overlap");
        assert_eq!(check(text, &[mention(9, 13), mention(3, 7)]), Err(Some(1)), "order");
        assert_eq!(check(text, &[mention(3, 3)]), Err(Some(0)), "nothing");
        assert_eq!(check(text, &[mention(3, u32::MAX)]), Err(Some(0)));
        let team = Some(Uuid::from_u128(2).into());
        let both = Mention { team_id: team, ..mention(3, 7) };
        let none = Mention { agent_id: None, ..mention(3, 7) };
        assert_eq!(check(text, &[both]), Err(Some(0)));
        assert_eq!(check(text, std::slice::from_ref(&none)), Err(Some(0)));
        assert_eq!(
            targets(text, &[Mention { team_id: team, ..none }]).ok(),
            team.map(|team| vec![Target::Team(team)])
        );
        let many: Vec<_> = (0..21).map(|n| mention(n, n + 1)).collect();
        assert_eq!(check(&"a".repeat(30), &many), Err(None));
        assert_eq!(check(&"a".repeat(30), &many[..20]), Ok(()));
    }
}
