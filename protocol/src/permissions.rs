//! What roles allow: verbs on nouns. Most count in one inbox; those of the organisation count everywhere.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $word:literal,)*) => {
        /// One thing that a role allows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
        pub enum Permission {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Permission {
            /// All of them, in the order of PROTOCOL.md.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

permissions! {
    /// Read threads: lists, timelines, what happens live. Without it nothing of an inbox is seen.
    ReadThreads "threads.read",
    /// Reply to customers, and hold the reply lock.
    SendReplies "replies.send",
    /// Send templates.
    SendTemplates "templates.send",
    /// Read the files of messages.
    ReadAttachments "attachments.read",
    /// Upload files and send them.
    SendAttachments "attachments.send",
    /// Write private notes, and change one's own.
    AddNotes "notes.add",
    /// Delete the notes of others.
    ModerateNotes "notes.moderate",
    /// Take a thread that nobody has, and give one's own back.
    ClaimThreads "threads.claim",
    /// Give a thread to anybody, whoever has it.
    AssignThreads "threads.assign",
    /// Open a thread, or let it wait.
    SetStatus "threads.set_status",
    /// Close a thread.
    CloseThreads "threads.close",
    /// Let a thread wait until an instant.
    SnoozeThreads "threads.snooze",
    /// Escalate a thread.
    EscalateThreads "threads.escalate",
    /// Set a thread's priority.
    PrioritiseThreads "threads.prioritise",
    /// Put tags on a thread.
    TagThreads "threads.tag",
    /// Take the reply lock from its holder.
    TakeOverLocks "locks.take_over",
    /// See the addresses and attributes of customers; whoever may not sees them masked.
    RevealContacts "contacts.reveal",
    /// Give customers names.
    RenameContacts "contacts.rename",
    /// Merge customers, and take them apart.
    MergeContacts "contacts.merge",
    /// Write drafts that others see.
    WriteDrafts "drafts.write",
    /// Approve drafts of others, or ask for changes.
    ReviewDrafts "drafts.review",
    /// Write the canned replies of the inbox.
    WriteCanned "canned.write",
    /// Approve canned replies.
    ApproveCanned "canned.approve",
    /// Make and change tags.
    ManageTags "tags.manage",
    /// Watch what all agents do.
    WatchAgents "agents.watch",
    /// Add agents, change their roles, and disable them. Of the organisation, as all that follow.
    ManageAgents "agents.manage",
    /// Give agents new passwords.
    ResetPasswords "agents.reset_password",
    /// See and end the sessions of others.
    RevokeSessions "sessions.revoke",
    /// Make API tokens of one's own.
    CreateTokens "tokens.create",
    /// See and revoke the tokens of others.
    ManageTokens "tokens.manage",
    /// Make teams, and say who is in them.
    ManageTeams "teams.manage",
    /// Make roles, and say what they allow.
    ManageRoles "roles.manage",
    /// Say who works in which inbox, in which role, and sees what.
    ManageMembers "members.manage",
    /// Make inboxes.
    CreateInboxes "inboxes.create",
    /// Change inboxes.
    ManageInboxes "inboxes.manage",
    /// Set up accounts at providers.
    ManageAccounts "accounts.manage",
    /// Add channels to inboxes.
    ManageChannels "channels.manage",
    /// Pause channels, and let them go on.
    PauseChannels "channels.pause",
    /// Read what is on record of others, and what is private to them.
    ReadAudit "audit.read",
}

impl Permission {
    /// Says whether it is of the organisation and not of one inbox.
    pub fn is_of_organisation(self) -> bool {
        self >= Self::ManageAgents
    }
}
