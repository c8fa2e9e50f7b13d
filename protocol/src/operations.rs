//! The operations of `/api/v1`, each with what it takes. The server's routes are built from this table, its
//! first check of every request reads it, and the OpenAPI document is made of it.

use crate::permissions::Permission;
#[cfg(feature = "codegen")]
use crate::{
    admin::{
        AccountView, Accounts, ChangeAccount, ChannelSettings, Channels, Inboxes, NewAccount,
        NewChannel, NewSecret, Providers, Tested, WantedInbox,
    },
    attachments::AttachmentView,
    bulk::{BulkAnswers, BulkRequest},
    canned::{
        ApproveCanned, CannedList, CannedReply, CannedRule, CannedSaved, CheckCanned,
        CheckedCanned, FilledCanned, WantedCanned,
    },
    drafts::{DraftContent, ReviewRule},
    http::{
        CommandAnswer, CommandRequest, Me, SignIn, SignInWays, SignedIn, ThreadPage,
        ThreadSnapshot, Timeline,
    },
    labels::{Tags, WantedTag},
    notes::NoteHistory,
    notifications::NotificationPage,
    rights::{
        Agents, Made, Members, NewAgent, PasswordReset, Teams, WantedAgent, WantedMember,
        WantedRole, WantedTeam,
    },
    sessions::{NewToken, Sessions, TokenMade, Tokens},
    templates::TemplateList,
};

/// How an operation is asked for (RFC 9110, section 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes, or does.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

/// What an operation takes of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is for who has not signed in yet.
    Nothing,
    /// A session or a token, and no permission.
    Somebody,
    /// A person's own session: it is about that person's account, and no token may do it.
    Person,
    /// One permission in the inbox that it is about.
    InInbox(Permission),
    /// The permissions of the commands in its body.
    OfCommands,
    /// One of these permissions in the organisation.
    Of(&'static [Permission]),
}

impl Takes {
    /// Returns the permissions, of which one is enough.
    pub fn permissions(&self) -> &[Permission] {
        match self {
            Self::InInbox(permission) => std::slice::from_ref(permission),
            Self::Of(permissions) => permissions,
            Self::Nothing | Self::Somebody | Self::Person | Self::OfCommands => &[],
        }
    }
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])* $name:ident $method:ident $path:literal
        ($takes:ident $($permission:ident)*) $([$($query:literal)*])?
        $(< $body:ident)? => $status:literal $($answer:ident)?;)*) => {
        /// An operation of `/api/v1`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])* $name,)*
        }

        impl Operation {
            /// All of them, in the order of their paths' subjects.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns its name, which the OpenAPI document calls `operationId`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns its method.
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// Returns its path below `/api/v1`, with its variable parts in braces.
            pub fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }

            /// Returns what it takes of who asks.
            pub fn takes(self) -> Takes {
                match self { $(Self::$name => takes!($takes $($permission)*),)* }
            }

            /// Returns the names that its query may have.
            pub fn query(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($($query,)*)?],)* }
            }
        }

        #[cfg(feature = "codegen")]
        impl Operation {
            /// Returns what it does, in sentences.
            pub(crate) fn docs(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)*),)* }
            }

            /// Returns the status of its success.
            pub(crate) fn status(self) -> &'static str {
                match self { $(Self::$name => stringify!($status),)* }
            }

            /// Returns the schemas of its body and of its answer.
            pub(crate) fn schemas(
                self,
                maker: &mut schemars::SchemaGenerator,
            ) -> (Option<schemars::Schema>, Option<schemars::Schema>) {
                match self {
                    $(Self::$name => (
                        None::<schemars::Schema>$(.or(Some(maker.subschema_for::<$body>())))?,
                        None::<schemars::Schema>$(.or(Some(maker.subschema_for::<$answer>())))?,
                    ),)*
                }
            }
        }
    };
}

macro_rules! takes {
    (InInbox $permission:ident) => { Takes::InInbox(Permission::$permission) };
    (Of $($permission:ident)+) => { Takes::Of(&[$(Permission::$permission,)+]) };
    ($other:ident) => { Takes::$other };
}

/// Bytes, of whatever kind the answer says.
#[cfg(feature = "codegen")]
#[derive(schemars::JsonSchema)]
struct Bytes(#[expect(dead_code, reason = "only its schema is used")] String);

operations! {
    /// Sign in with an e-mail address and a password.
    SignIn Post "/sessions" (Nothing) < SignIn => 201 SignedIn;
    /// Say which ways there are to sign in.
    ReadSignInWays Get "/sessions/ways" (Nothing) => 200 SignInWays;
    /// Begin to sign in with OpenID Connect: for browsers, which are sent to the provider.
    BeginOidc Get "/sessions/oidc" (Nothing) => 303;
    /// End that: the provider sends the browser here, and it is sent to the desk.
    EndOidc Get "/sessions/oidc/callback" (Nothing) ["code" "state"] => 303;
    /// Sign out: the session ends, and its connections are closed on every node.
    SignOut Delete "/sessions/current" (Person) => 204;
    /// List one's own sessions.
    ListSessions Get "/sessions" (Person) => 200 Sessions;
    /// End one of them: its connections are closed on every node.
    EndSession Delete "/sessions/{session}" (Person) => 204;
    /// List one's own API tokens.
    ListTokens Get "/tokens" (Person) => 200 Tokens;
    /// Make an API token. What it is made of is told now and never again.
    CreateToken Post "/tokens" (Of CreateTokens) < NewToken => 201 TokenMade;
    /// Revoke one of one's own: its connections are closed on every node.
    RevokeToken Delete "/tokens/{token}" (Person) => 204;
    /// Say who asks, and which inboxes that is a member of.
    ReadMe Get "/me" (Somebody) => 200 Me;

    /// List the threads of an inbox that may be seen, newest activity first.
    ListThreads Get "/inboxes/{inbox}/threads" (InInbox ReadThreads)
        ["status" "assignee" "team" "priority" "tag" "before" "limit"] => 200 ThreadPage;
    /// Read a thread and the newest part of what was said.
    ReadThread Get "/threads/{thread}" (InInbox ReadThreads) ["limit"] => 200 ThreadSnapshot;
    /// Read older parts of what was said.
    ReadTimeline Get "/threads/{thread}/timeline" (InInbox ReadThreads) ["before" "limit"] => 200 Timeline;
    /// Read the draft that agents write together.
    ReadDraft Get "/threads/{thread}/draft" (InInbox ReadThreads) => 200 DraftContent;
    /// Read all that a note has said: its author, or who moderates notes.
    ReadNoteHistory Get "/notes/{note}/history" (InInbox ReadThreads) => 200 NoteHistory;
    /// List what the agent was told of and may still see, newest first.
    ListNotifications Get "/notifications" (Person) ["before" "limit"] => 200 NotificationPage;
    /// Give a command: each takes its own permission.
    Command Post "/commands" (OfCommands) < CommandRequest => 200 CommandAnswer;
    /// Give several commands; each is answered for itself.
    BulkCommands Post "/commands/bulk" (OfCommands) < BulkRequest => 200 BulkAnswers;

    /// Read a file of a message, or a range of it (RFC 9110, section 14).
    ReadAttachment Get "/attachments/{attachment}" (InInbox ReadAttachments) => 200 Bytes;
    /// Read the small picture of a file.
    ReadThumbnail Get "/attachments/{attachment}/thumbnail" (InInbox ReadAttachments) => 200 Bytes;
    /// Bring a file for a reply. The body is the file; `X-File-Name` has its name, percent-encoded.
    Upload Post "/inboxes/{inbox}/uploads" (InInbox SendAttachments) < Bytes => 201 AttachmentView;
    /// Take such a file back.
    RemoveUpload Delete "/uploads/{attachment}" (Somebody) => 204;
    /// List the templates of a channel.
    ListTemplates Get "/channels/{channel}/templates" (InInbox ReadThreads) => 200 TemplateList;

    /// List the tags of an inbox.
    ListTags Get "/inboxes/{inbox}/tags" (InInbox ReadThreads) => 200 Tags;
    /// Make a tag.
    CreateTag Post "/inboxes/{inbox}/tags" (InInbox ManageTags) < WantedTag => 201 Tags;
    /// Change a tag.
    ChangeTag Put "/inboxes/{inbox}/tags/{tag}" (InInbox ManageTags) < WantedTag => 200 Tags;
    /// Remove a tag, from the threads that have it, too.
    RemoveTag Delete "/inboxes/{inbox}/tags/{tag}" (InInbox ManageTags) => 200 Tags;

    /// List the canned replies that an inbox shares, and one's own.
    ListCanned Get "/inboxes/{inbox}/canned" (InInbox ReadThreads)
        ["q" "folder" "kind" "sort"] => 200 CannedList;
    /// Make a canned reply that an inbox shares.
    CreateCanned Post "/inboxes/{inbox}/canned" (InInbox WriteCanned) < WantedCanned => 201 CannedSaved;
    /// List one's own canned replies.
    ListMyCanned Get "/me/canned" (Person) ["q" "folder" "kind" "sort"] => 200 CannedList;
    /// Make a canned reply of one's own.
    CreateMyCanned Post "/me/canned" (Person) < WantedCanned => 201 CannedSaved;
    /// Say what is wrong with texts while they are written.
    CheckCanned Post "/canned/check" (Somebody) < CheckCanned => 200 CheckedCanned;
    /// Read a canned reply of one's own, or of an inbox that one works in.
    ReadCanned Get "/canned/{canned}" (Somebody) => 200 CannedReply;
    /// Change a canned reply: of an inbox, this takes `canned.write` there.
    ChangeCanned Put "/canned/{canned}" (Somebody) < WantedCanned => 200 CannedSaved;
    /// Delete a canned reply: of an inbox, this takes `canned.write` there.
    RemoveCanned Delete "/canned/{canned}" (Somebody) ["version"] => 204;
    /// Approve exactly this version of a canned reply.
    ApproveCanned Post "/canned/{canned}/approve" (InInbox ApproveCanned) < ApproveCanned => 200 CannedSaved;
    /// Fill a canned reply for a thread.
    FillCanned Get "/threads/{thread}/canned/{canned}" (InInbox ReadThreads)
        ["language"] => 200 FilledCanned;

    /// List all inboxes with their settings, and who could be a member.
    ListInboxes Get "/admin/inboxes" (Of ManageInboxes CreateInboxes ManageMembers) => 200 Inboxes;
    /// Make an inbox.
    CreateInbox Post "/admin/inboxes" (Of CreateInboxes) < WantedInbox => 201 Inboxes;
    /// Change an inbox.
    ChangeInbox Put "/admin/inboxes/{inbox}" (Of ManageInboxes) < WantedInbox => 200 Inboxes;
    /// Read which replies have to be approved first.
    ReadReviewRule Get "/admin/inboxes/{inbox}/review" (Of ManageInboxes) => 200 ReviewRule;
    /// Say which replies have to be approved first.
    SetReviewRule Put "/admin/inboxes/{inbox}/review" (Of ManageInboxes) < ReviewRule => 200 ReviewRule;
    /// Read how an inbox takes canned replies.
    ReadCannedRule Get "/admin/inboxes/{inbox}/canned" (Of ManageInboxes) => 200 CannedRule;
    /// Say how an inbox takes canned replies.
    SetCannedRule Put "/admin/inboxes/{inbox}/canned" (Of ManageInboxes) < CannedRule => 200 CannedRule;
    /// List who works in an inbox, and the roles that there are.
    ListMembers Get "/admin/inboxes/{inbox}/members" (Of ManageMembers ManageRoles) => 200 Members;
    /// Make somebody a member, or change one.
    SetMember Put "/admin/inboxes/{inbox}/members/{agent}" (Of ManageMembers) < WantedMember => 204;
    /// Take a member out.
    RemoveMember Delete "/admin/inboxes/{inbox}/members/{agent}" (Of ManageMembers) => 204;
    /// Make a role of an inbox.
    CreateRole Post "/admin/inboxes/{inbox}/roles" (Of ManageRoles) < WantedRole => 201 Made;
    /// Change a role.
    ChangeRole Put "/admin/roles/{role}" (Of ManageRoles) < WantedRole => 204;
    /// Remove a role that nobody has.
    RemoveRole Delete "/admin/roles/{role}" (Of ManageRoles) => 204;
    /// List all teams.
    ListTeams Get "/admin/teams" (Of ManageTeams ManageMembers) => 200 Teams;
    /// Make a team.
    CreateTeam Post "/admin/teams" (Of ManageTeams) < WantedTeam => 201 Made;
    /// Change a team.
    ChangeTeam Put "/admin/teams/{team}" (Of ManageTeams) < WantedTeam => 204;
    /// Remove a team.
    RemoveTeam Delete "/admin/teams/{team}" (Of ManageTeams) => 204;
    /// List all agents, the disabled ones, too.
    ListAgents Get "/admin/agents" (Of ManageAgents ResetPasswords) => 200 Agents;
    /// Add an agent.
    AddAgent Post "/admin/agents" (Of ManageAgents) < NewAgent => 201 Made;
    /// Change an agent, or disable it, which ends its sessions.
    ChangeAgent Put "/admin/agents/{agent}" (Of ManageAgents) < WantedAgent => 204;
    /// Give an agent a new password, which ends its sessions.
    ResetPassword Put "/admin/agents/{agent}/password" (Of ResetPasswords) < PasswordReset => 204;
    /// List everybody's sessions.
    ListAllSessions Get "/admin/sessions" (Of RevokeSessions) => 200 Sessions;
    /// End somebody's session.
    EndAnySession Delete "/admin/sessions/{session}" (Of RevokeSessions) => 204;
    /// List everybody's API tokens.
    ListAllTokens Get "/admin/tokens" (Of ManageTokens) => 200 Tokens;
    /// Revoke somebody's API token.
    RevokeAnyToken Delete "/admin/tokens/{token}" (Of ManageTokens) => 204;

    /// List the providers that accounts can be at, and the settings that they take.
    ListProviders Get "/admin/providers" (Of ManageAccounts) => 200 Providers;
    /// List the accounts at providers; of secrets only how they end.
    ListAccounts Get "/admin/accounts" (Of ManageAccounts ManageChannels) => 200 Accounts;
    /// Set up an account.
    CreateAccount Post "/admin/accounts" (Of ManageAccounts) < NewAccount => 201 AccountView;
    /// Change an account.
    ChangeAccount Put "/admin/accounts/{account}" (Of ManageAccounts) < ChangeAccount => 200 AccountView;
    /// Give an account a new secret; the old one still verifies webhooks for a while.
    RotateSecret Post "/admin/accounts/{account}/secrets" (Of ManageAccounts) < NewSecret => 200 AccountView;
    /// Ask the provider whether it knows the account.
    TestAccount Post "/admin/accounts/{account}/test" (Of ManageAccounts) => 200 Tested;
    /// List all channels with their health.
    ListChannels Get "/admin/channels" (Of ManageChannels PauseChannels) => 200 Channels;
    /// Add a channel to an inbox.
    AddChannel Post "/admin/channels" (Of ManageChannels) < NewChannel => 201 ChannelSettings;
    /// Ask the provider whether it knows the channel.
    TestChannel Post "/admin/channels/{channel}/test" (Of ManageChannels) => 200 Tested;
    /// Send nothing over a channel until it is told to go on.
    PauseChannel Post "/admin/channels/{channel}/pause" (Of PauseChannels) => 200 ChannelSettings;
    /// Let a channel go on.
    ResumeChannel Post "/admin/channels/{channel}/resume" (Of PauseChannels) => 200 ChannelSettings;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_address_takes_a_method_once() {
        let mut seen = HashSet::new();
        for it in Operation::ALL {
            assert!(seen.insert(format!("{:?} {}", it.method(), it.path())), "{it:?}");
        }
    }

    #[test]
    fn administration_takes_permissions_of_the_organisation() {
        for it in Operation::ALL {
            let of_organisation = matches!(it.takes(), Takes::Of(_));
            assert!(of_organisation || !it.path().starts_with("/admin/"), "{it:?}");
            for permission in it.takes().permissions() {
                assert_eq!(permission.is_of_organisation(), of_organisation, "{it:?}");
            }
        }
    }
}
