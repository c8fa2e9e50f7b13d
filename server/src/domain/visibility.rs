//! Who may see what, and do what. Every query and every delivery asks here; there is no other rule.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    ids::{AgentId, InboxId, TeamId, TokenId},
    owners::Assignment,
    permissions::Permission,
    views::{Role, Scope},
};
use uuid::Uuid;

use super::{actor::Actor, rights::Permissions};

/// What one agent, or a token of it, may see and do, as of one version of its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// The agent.
    pub agent_id: AgentId,
    /// Who acts: the agent, or its token.
    pub actor: Actor,
    /// Its role.
    pub role: Role,
    /// Grows whenever this changes; a part of every cursor.
    pub rights_version: i64,
    /// What it may do in the organisation.
    pub permissions: Permissions,
    /// The inboxes that it is a member of.
    pub inboxes: BTreeMap<InboxId, Membership>,
    /// The teams that it is in.
    pub teams: Arc<[TeamId]>,
}

/// What a member may see and do in an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Which threads it sees.
    pub scope: Scope,
    /// What it may do with them.
    pub permissions: Permissions,
}

/// What a role, or a token, does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this takes the permission `{}`", .0.name())]
pub struct Missing(pub Permission);

/// Which threads of one inbox one agent may see, and what of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The agent.
    pub agent_id: AgentId,
    /// How much.
    pub scope: Scope,
    /// The teams that it is in.
    pub teams: Arc<[TeamId]>,
    /// What it may do there.
    pub permissions: Permissions,
}

/// Who owned a thread before and after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience {
    /// Before.
    pub before: Assignment,
    /// After.
    pub after: Assignment,
}

impl Audience {
    /// The audience of what leaves the owner as it is.
    pub fn still(owner: Assignment) -> Self {
        Self { before: owner, after: owner }
    }
}

impl Visibility {
    /// Returns what whoever has the server's settings may do: all that is of the organisation.
    pub fn operator() -> Self {
        Self {
            agent_id: Uuid::nil().into(),
            actor: Actor::System,
            role: Role::Admin,
            rights_version: 0,
            permissions: Permissions::ALL,
            inboxes: BTreeMap::new(),
            teams: [].into(),
        }
    }

    /// Returns what a token of the agent may see and do: what its scopes name, of what the agent may.
    #[must_use]
    pub fn limited(mut self, token: TokenId, scopes: Permissions) -> Self {
        self.actor = Actor::Token(token);
        self.permissions = self.permissions.and(scopes);
        for membership in self.inboxes.values_mut() {
            membership.permissions = membership.permissions.and(scopes);
        }
        self
    }

    /// Says whether a token asks, and no person.
    pub fn is_token(&self) -> bool {
        matches!(self.actor, Actor::Token(_))
    }

    /// Returns the person that asks. A token is none, and what is a person's own is not its.
    pub fn person(&self) -> Option<AgentId> {
        (!self.is_token()).then_some(self.agent_id)
    }

    /// Returns all that it may do, wherever.
    pub fn anywhere(&self) -> Permissions {
        let memberships = self.inboxes.values();
        memberships.fold(self.permissions, |all, it| all.or(it.permissions))
    }

    /// Returns which threads of an inbox may be seen; `None` where that is none at all.
    pub fn of(&self, inbox: InboxId) -> Option<Sight> {
        let Membership { scope, permissions } = *self.inboxes.get(&inbox)?;
        if !permissions.has(Permission::ReadThreads) {
            return None;
        }
        let teams = Arc::clone(&self.teams);
        Some(Sight { agent_id: self.agent_id, scope, teams, permissions })
    }

    /// Says whether a thread with this owner may be seen.
    pub fn sees(&self, inbox: InboxId, owner: Assignment) -> bool {
        self.of(inbox).is_some_and(|sight| sight.sees(owner))
    }

    /// Returns who acts, if it may do something in an inbox.
    pub fn needs_in(&self, inbox: InboxId, permission: Permission) -> Result<Actor, Missing> {
        if self.may(inbox, permission) { Ok(self.actor) } else { Err(Missing(permission)) }
    }

    /// Returns who acts, if it may do something in the organisation.
    pub fn needs(&self, permission: Permission) -> Result<Actor, Missing> {
        self.needs_any(&[permission])
    }

    /// Returns who acts, if it may do one of these in the organisation.
    pub fn needs_any(&self, permissions: &[Permission]) -> Result<Actor, Missing> {
        let first = permissions.first().copied().unwrap_or(Permission::ManageAgents);
        let may = permissions.iter().any(|it| self.permissions.has(*it));
        if may { Ok(self.actor) } else { Err(Missing(first)) }
    }

    /// Says whether the agent may do something in an inbox.
    pub fn may(&self, inbox: InboxId, permission: Permission) -> bool {
        self.inboxes.get(&inbox).is_some_and(|it| it.permissions.has(permission))
    }
}

impl Sight {
    /// Says whether a thread with this owner may be seen.
    pub fn sees(&self, owner: Assignment) -> bool {
        let Assignment { agent, team } = owner;
        let (mine, our) = (agent == Some(self.agent_id), team.map(|it| self.teams.contains(&it)));
        match self.scope {
            Scope::All => true,
            Scope::Team => mine || our == Some(true),
            Scope::Unassigned => mine || (agent.is_none() && our.unwrap_or(true)),
            Scope::Assigned => mine,
        }
    }

    /// Says whether every thread may be seen.
    pub fn all(&self) -> bool {
        self.scope == Scope::All
    }

    /// Says whether it is told what all are told who see every thread as it is.
    pub fn is_plain(&self) -> bool {
        self.all() && !self.is_masked()
    }

    /// Says whether addresses of customers are masked.
    pub fn is_masked(&self) -> bool {
        !self.permissions.has(Permission::RevealContacts)
    }

    /// Says what a reader is told of an event, given who owns the thread now.
    pub fn told(&self, audience: Audience, now: Assignment) -> Told {
        let (before, after) = (self.sees(audience.before), self.sees(audience.after));
        match (before, after, self.sees(now)) {
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
    use super::*;

    fn owner(agent: u128, team: u128) -> Assignment {
        let id = |n: u128| (n != 0).then(|| Uuid::from_u128(n));
        Assignment::from_parts(id(agent), id(team))
    }

    fn sight(scope: Scope) -> Sight {
        Sight {
            agent_id: Uuid::from_u128(1).into(),
            scope,
            teams: [Uuid::from_u128(7).into()].into(),
            permissions: Permissions::default(),
        }
    }

    #[test]
    fn an_agent_sees_what_its_scope_says() {
        // Owners: nobody, its team, another team, itself, a colleague of its team, another agent.
        let owners = [(0, 0), (0, 7), (0, 8), (1, 8), (2, 7), (2, 0)].map(|(a, t)| owner(a, t));
        for (scope, sees) in [
            (Scope::All, [true, true, true, true, true, true]),
            (Scope::Team, [false, true, false, true, true, false]),
            (Scope::Unassigned, [true, true, false, true, false, false]),
            (Scope::Assigned, [false, false, false, true, false, false]),
        ] {
            assert_eq!(owners.map(|owner| sight(scope).sees(owner)), sees, "{scope:?}");
        }
    }

    #[test]
    fn an_agent_is_told_what_follows_from_who_owns_the_thread() {
        let (ann, ben, none) = (owner(1, 0), owner(2, 0), owner(0, 0));
        let told = |scope, before, after, now| sight(scope).told(Audience { before, after }, now);
        assert_eq!(told(Scope::All, ben, none, ben), Told::Event);
        assert_eq!(told(Scope::Assigned, ann, ann, ann), Told::Event);
        assert_eq!(
            told(Scope::Assigned, ann, ann, ben),
            Told::Nothing,
            "replayed, no longer theirs"
        );
        assert_eq!(told(Scope::Assigned, ann, ben, ben), Told::Gone);
        assert_eq!(told(Scope::Assigned, ben, ann, ann), Told::Whole);
        assert_eq!(told(Scope::Assigned, ben, ann, ben), Told::Nothing);
        assert_eq!(told(Scope::Assigned, ben, ben, ann), Told::Nothing, "before it was theirs");
        assert_eq!(told(Scope::Assigned, none, none, none), Told::Nothing);
        assert_eq!(told(Scope::Team, owner(0, 7), owner(0, 8), owner(0, 8)), Told::Gone);
        assert_eq!(told(Scope::Unassigned, ben, none, none), Told::Whole, "given back");
    }
}
