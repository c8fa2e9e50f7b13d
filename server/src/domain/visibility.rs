//! Who may see what. Every query and every delivery asks here; there is no other rule.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId},
    views::{Role, Scope},
};

/// What one agent may see, as of one version of its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// The agent.
    pub agent_id: AgentId,
    /// Its role.
    pub role: Role,
    /// Grows whenever this changes; a part of every cursor.
    pub rights_version: i64,
    /// The inboxes that it is a member of.
    pub inboxes: BTreeMap<InboxId, Scope>,
}

/// Which threads of one inbox one agent may see. Statements that list threads take both columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// The agent.
    pub agent_id: AgentId,
    /// How much.
    pub scope: Scope,
}

/// Who owned a thread before and after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience {
    /// The assignee before.
    pub before: Option<AgentId>,
    /// The assignee after.
    pub after: Option<AgentId>,
}

impl Visibility {
    /// Returns which threads of an inbox may be seen; `None` where the agent is no member.
    pub fn of(&self, inbox: InboxId) -> Option<Sight> {
        let scope = *self.inboxes.get(&inbox)?;
        Some(Sight { agent_id: self.agent_id, scope })
    }

    /// Says whether a thread with this owner may be seen.
    pub fn sees(&self, inbox: InboxId, assignee: Option<AgentId>) -> bool {
        self.of(inbox).is_some_and(|sight| sight.sees(assignee))
    }
}

impl Sight {
    /// Says whether a thread with this owner may be seen.
    pub fn sees(&self, assignee: Option<AgentId>) -> bool {
        self.scope == Scope::All || assignee == Some(self.agent_id)
    }

    /// Says whether every thread may be seen: the parameter `all` of statements.
    pub fn all(&self) -> bool {
        self.scope == Scope::All
    }

    /// Says what a reader is told of an event, given who owns the thread now.
    pub fn told(&self, audience: Audience, assignee_now: Option<AgentId>) -> Told {
        let (before, after) = (self.sees(audience.before), self.sees(audience.after));
        match (before, after, self.sees(assignee_now)) {
            (true, false, _) => Told::Gone,
            (false, true, true) => Told::Whole,
            (true, true, true) => Told::Event,
            // Not theirs then, or not theirs now: a replay leaves such content out.
            _ => Told::Nothing,
        }
    }
}

/// What a reader is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The event.
    Event,
    /// The whole thread, which came into sight.
    Whole,
    /// That the thread left its sight.
    Gone,
    /// Nothing.
    Nothing,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_an_agent_is_told_follows_who_owns_the_thread() {
        let agent = |n| Some(AgentId::from(Uuid::from_u128(n)));
        let (ann, ben) = (agent(1), agent(2));
        let sight = |scope| Sight { agent_id: ann.unwrap(), scope };
        let told = |scope, before, after, now| sight(scope).told(Audience { before, after }, now);
        assert_eq!(told(Scope::All, ben, None, ben), Told::Event);
        assert_eq!(told(Scope::Assigned, ann, ann, ann), Told::Event);
        assert_eq!(told(Scope::Assigned, ann, ann, ben), Told::Nothing, "replayed, no longer theirs");
        assert_eq!(told(Scope::Assigned, ann, ben, ben), Told::Gone);
        assert_eq!(told(Scope::Assigned, ben, ann, ann), Told::Whole);
        assert_eq!(told(Scope::Assigned, ben, ann, ben), Told::Nothing);
        assert_eq!(told(Scope::Assigned, ben, ben, ann), Told::Nothing, "before it was theirs");
        assert_eq!(told(Scope::Assigned, None, None, None), Told::Nothing);
    }
}
