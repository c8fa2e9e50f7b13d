//! What roles allow.

use protocol::{permissions::Permission, views::Role};

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    /// Everything.
    pub const ALL: Self = Self(u64::MAX);

    /// Returns what a built-in role allows.
    pub fn of(role: Role) -> Self {
        use Permission as P;
        let reader = [P::ReadThreads, P::ReadAttachments, P::RevealContacts, P::WatchAgents];
        let agent = [
            P::SendReplies,
            P::SendTemplates,
            P::SendAttachments,
            P::AddNotes,
            P::ClaimThreads,
            P::AssignThreads,
            P::SetStatus,
            P::CloseThreads,
            P::SnoozeThreads,
            P::EscalateThreads,
            P::PrioritiseThreads,
            P::TagThreads,
            P::RenameContacts,
            P::MergeContacts,
            P::WriteDrafts,
            P::CreateTokens,
        ];
        let supervisor = [
            P::ModerateNotes,
            P::TakeOverLocks,
            P::ReviewDrafts,
            P::WriteCanned,
            P::ApproveCanned,
            P::ManageTags,
        ];
        let reader = reader.into_iter().collect::<Self>();
        match role {
            Role::Reviewer => reader.and_also(P::ReadAudit),
            Role::Agent => reader.extended(&agent),
            Role::Supervisor => reader.extended(&agent).extended(&supervisor),
            Role::Admin => Self::ALL,
        }
    }

    /// Says whether a permission is among them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Returns what is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns what is in one of them.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns them by name.
    pub fn list(self, of_organisation: bool) -> Vec<Permission> {
        let wanted = |it: &Permission| it.is_of_organisation() == of_organisation && self.has(*it);
        Permission::ALL.iter().copied().filter(wanted).collect()
    }

    fn and_also(self, permission: Permission) -> Self {
        Self(self.0 | bit(permission))
    }

    fn extended(self, more: &[Permission]) -> Self {
        more.iter().fold(self, |all, one| all.and_also(*one))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::default(), Self::and_also)
    }
}

fn bit(permission: Permission) -> u64 {
    let place = Permission::ALL.iter().position(|it| *it == permission).unwrap_or_default();
    1 << place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_allow_what_their_names_say() {
        assert!(Permission::ALL.len() <= 64, "they fit into the set");
        let of = Permissions::of;
        let reviewer = of(Role::Reviewer);
        assert!(reviewer.has(Permission::ReadAudit) && !reviewer.has(Permission::SendReplies));
        assert!(of(Role::Agent).has(Permission::SendReplies));
        assert!(!of(Role::Agent).has(Permission::TakeOverLocks));
        assert!(of(Role::Supervisor).has(Permission::TakeOverLocks));
        assert_eq!(of(Role::Supervisor).list(true), [Permission::CreateTokens]);
        assert!(Permission::ALL.iter().all(|it| of(Role::Admin).has(*it)));
    }
}
