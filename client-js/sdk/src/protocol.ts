// Generated from the `protocol` crate by `make generate`. Do not edit.

/**
 *Names an account at a provider: `acc_` and 32 hexadecimal digits.
 */
export type AccountId = string & { readonly __id?: 'acc' };

/**
 * An account at a provider.
 */
export type AccountView = { 
/**
 * The account.
 */
id: AccountId, 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Grows with every change.
 */
version: number, 
/**
 * The settings, by name.
 */
settings: { [key in string]: string }, 
/**
 * The secrets, newest first; of those that verify nothing any more only the last few.
 */
secrets: Array<SecretView>, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * Why this server cannot use it, where that is so.
 */
trouble: string | null, };

/**
 * `GET /admin/accounts`.
 */
export type Accounts = { 
/**
 * All accounts, by name.
 */
accounts: Array<AccountView>, };

/**
 * What an agent does with a thread right now.
 */
export type Activity = "idle" | "viewing" | "typing";

/**
 * Who did something.
 */
export type ActorView = { "kind": "agent", 
/**
 * Who.
 */
id: AgentId, } | { "kind": "token", 
/**
 * Which.
 */
id: TokenId, } | { "kind": "contact", 
/**
 * Who.
 */
id: ContactId, } | { "kind": "system" };

/**
 * See [`Command::AddNote`].
 */
export type AddNote = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * What to note.
 */
text: NoteText, 
/**
 * Whom it mentions, in the order of the text.
 */
mentions?: Array<Mention>, };

/**
 * What kind of address a contact has. One number is reached by SMS, WhatsApp and RCS.
 */
export type AddressKind = "phone" | "whatsapp_user" | "whatsapp_name" | "sender_id";

/**
 * A way to reach a contact.
 */
export type AddressView = { 
/**
 * Its kind.
 */
kind: AddressKind, 
/**
 * The address as the provider sent it.
 */
value: string, };

/**
 *Names an agent: `agt_` and 32 hexadecimal digits.
 */
export type AgentId = string & { readonly __id?: 'agt' };

/**
 * What one agent is doing, as far as the asking agent may see. Each one replaces the one before.
 */
export type AgentPresence = { 
/**
 * The agent.
 */
agent_id: AgentId, 
/**
 * Whether it is there.
 */
availability: Availability, 
/**
 * Whether it has chosen that itself; otherwise it follows from its connections.
 */
chosen: boolean, 
/**
 * The threads that it has open.
 */
doing: Array<Doing>, 
/**
 * Whether all this may be over: its node cannot be heard, because the bus is down.
 */
stale: boolean, };

/**
 * An agent, as administrators see it.
 */
export type AgentSettings = { 
/**
 * The agent.
 */
id: AgentId, 
/**
 * The name that colleagues see.
 */
name: string, 
/**
 * What it signs in with.
 */
email: string, 
/**
 * Its role in the organisation.
 */
role: Role, 
/**
 * Whether it may not sign in.
 */
disabled: boolean, };

/**
 * An agent, as colleagues see them.
 */
export type AgentView = { 
/**
 * The agent.
 */
id: AgentId, 
/**
 * The name that colleagues see.
 */
name: string, 
/**
 * The role.
 */
role: Role, };

/**
 * `GET /admin/agents`.
 */
export type Agents = { 
/**
 * All agents, by name: the disabled ones, too.
 */
agents: Array<AgentSettings>, };

/**
 * See [`ServerFrame::Agents`].
 */
export type AgentsFrame = { 
/**
 * Whether this is everything: agents who are not listed are not known.
 */
full: boolean, 
/**
 * The agents where something is different.
 */
agents: Array<AgentPresence>, };

/**
 * `POST /canned/{id}/approve`.
 */
export type ApproveCanned = { 
/**
 * The version that was read. Another one by now refuses it.
 */
version: number, };

/**
 * `draft.ask_changes`.
 */
export type AskChanges = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The draft's `digest`.
 */
digest: string, 
/**
 * What shall be changed.
 */
comment: NoteText, };

/**
 * See [`Command::Assign`].
 */
export type Assign = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The owner that the sender saw. Another one by now refuses the command.
 */
from: AgentId | null, 
/**
 * The owner to be; `null` is nobody.
 */
to: AgentId | null, 
/**
 * The team that the sender saw; left out, none.
 */
from_team?: TeamId | null, 
/**
 * The team to be; left out, none.
 */
to_team?: TeamId | null, 
/**
 * What whoever gets it should know: a private note in the thread.
 */
note?: NoteText, 
/**
 * Whom the note mentions.
 */
mentions?: Array<Mention>, };

/**
 * See [`EventBody::AttachmentChanged`](crate::events::EventBody::AttachmentChanged).
 */
export type AttachmentChanged = { 
/**
 * The message that it came with.
 */
message_id: MessageId, 
/**
 * The file as it is now.
 */
attachment: AttachmentView, };

/**
 *Names a file of a message: `att_` and 32 hexadecimal digits.
 */
export type AttachmentId = string & { readonly __id?: 'att' };

/**
 * How far a file is.
 */
export type AttachmentState = "waiting" | "stored" | "refused";

/**
 * A file of a message, read at `/api/v1/attachments/{id}`; or one that was uploaded for a reply and is
 * read once a reply has it.
 */
export type AttachmentView = { 
/**
 * The file.
 */
id: AttachmentId, 
/**
 * What it is: as the provider says while it waits, as its bytes say once it is stored.
 */
mime_type: string, 
/**
 * Its name, where it has one.
 */
name?: string, 
/**
 * Its size, where it is known.
 */
bytes?: number, 
/**
 * How far it is.
 */
state: AttachmentState, 
/**
 * Why it was refused.
 */
error?: string, 
/**
 * Whether there is a small picture of it, at `/api/v1/attachments/{id}/thumbnail`.
 */
has_thumbnail?: boolean, };

/**
 * See [`ClientFrame::Attention`](crate::frames::ClientFrame::Attention).
 */
export type Attention = { 
/**
 * Whether somebody is there. A connection counts as attended until it says otherwise; an agent
 * with no attended connection is away.
 */
present: boolean, };

/**
 *The text of an automatic reply. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type AutoReply = string;

/**
 * Whether an agent is there for customers.
 */
export type Availability = "online" | "away" | "busy" | "offline";

/**
 * A role that every inbox has.
 */
export type BuiltInRole = { 
/**
 * Its name.
 */
role: Role, 
/**
 * What it allows in an inbox.
 */
permissions: Array<Permission>, };

/**
 * What came of one of the commands: an outcome or an error.
 */
export type BulkAnswer = { 
/**
 * The command's key.
 */
key: Key, 
/**
 * What came of it.
 */
outcome?: Outcome, 
/**
 * Why it was refused, as on the socket.
 */
error?: ErrorBody, };

/**
 * The answer: one for each command, in their order.
 */
export type BulkAnswers = { 
/**
 * The answers.
 */
answers: Array<BulkAnswer>, };

/**
 * The answer to `bulk`.
 */
export type BulkDone = { 
/**
 * The id of the request.
 */
id: number, 
/**
 * The answers, in the order of the commands.
 */
answers: Array<BulkAnswer>, };

/**
 * `bulk` on the socket: the same, as a frame. It counts as so many frames.
 */
export type BulkFrame = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The commands, each with a key of its own.
 */
commands: Array<CommandRequest>, };

/**
 * `POST /commands/bulk`: commands that each succeed or fail alone.
 */
export type BulkRequest = { 
/**
 * The commands, each with a key of its own.
 */
commands: Array<CommandRequest>, };

/**
 * One fault of a text.
 */
export type CannedFault = { 
/**
 * The field: `texts.de`.
 */
field: string, 
/**
 * What is wrong, and what is allowed.
 */
message: string, 
/**
 * Where it is in the text, in UTF-16 units.
 */
at: number, };

/**
 *Names a canned reply: `can_` and 32 hexadecimal digits.
 */
export type CannedId = string & { readonly __id?: 'can' };

/**
 * `GET /inboxes/{id}/canned`, `GET /me/canned`, and the answer to every change.
 */
export type CannedList = { 
/**
 * Those of the inbox, and the reading agent's own.
 */
canned: Array<CannedView>, 
/**
 * What texts may have between `{{` and `}}`.
 */
variables: Array<string>, 
/**
 * How the inbox takes them; its own where it is about no inbox.
 */
rule: CannedRule, };

/**
 * See [`EventBody::CannedRemoved`](crate::events::EventBody::CannedRemoved).
 */
export type CannedOnly = { 
/**
 * The canned reply.
 */
canned_id: CannedId, };

/**
 * `GET /canned/{id}`.
 */
export type CannedReply = { 
/**
 * The canned reply.
 */
canned: CannedView, 
/**
 * Its texts, by language: the newest version.
 */
texts: CannedTexts, 
/**
 * The texts that are used until that is approved; `null` where there are none, or they are the same.
 */
usable: CannedTexts | null, };

/**
 * `GET`, `PUT /admin/inboxes/{id}/canned`: how an inbox takes canned replies.
 */
export type CannedRule = { 
/**
 * Whether shared ones have to be approved by somebody who did not write them.
 */
approval: boolean, 
/**
 * The language that is taken where none is asked for; `null` is the first of each.
 */
language: LanguageTag | null, };

/**
 * The answer to a canned reply that was made or changed.
 */
export type CannedSaved = { 
/**
 * As it is now.
 */
canned: CannedView, };

/**
 * Whether the newest version of a canned reply may be used.
 */
export type CannedState = "ready" | "pending";

/**
 * The texts of a canned reply, by language, in the order that they were given in.
 */
export type CannedTexts = { [language: string]: string };

/**
 * See [`EventBody::CannedChanged`](crate::events::EventBody::CannedChanged).
 */
export type CannedVersion = { 
/**
 * The canned reply.
 */
canned_id: CannedId, 
/**
 * Its version.
 */
version: number, };

/**
 * A canned reply in a list.
 */
export type CannedView = { 
/**
 * The canned reply.
 */
id: CannedId, 
/**
 * The inbox that shares it; `null` where it is the reading agent's own.
 */
inbox_id: InboxId | null, 
/**
 * Its title.
 */
title: string, 
/**
 * Its short code.
 */
short_code: string, 
/**
 * Its folder; empty where it is in none.
 */
folder: string, 
/**
 * Its languages, in their order.
 */
languages: Array<string>, 
/**
 * The kinds of channels that it is for; empty where it is for all.
 */
kinds: Array<ChannelKind>, 
/**
 * Grows with every change.
 */
version: number, 
/**
 * Whether this version may be used.
 */
state: CannedState, 
/**
 * The newest version that may be used; `null` where none may.
 */
usable: number | null, 
/**
 * Who has written what is not approved yet, or the newest version.
 */
authors: Array<AgentId>, 
/**
 * When it was changed last.
 */
changed_at: string, 
/**
 * How many replies began with it.
 */
uses: number, 
/**
 * When the last one did.
 */
last_used_at: string | null, };

/**
 * Where somebody's caret is: whatever clients agree on, relative to the text.
 */
export type Caret = string;

/**
 * `PUT /admin/accounts/{id}`: an account as it shall be, secrets apart.
 */
export type ChangeAccount = { 
/**
 * The version that was on screen; another one by now is a conflict.
 */
version: number, 
/**
 * Its name.
 */
name: Name, 
/**
 * The settings, by name.
 */
settings: { [key in string]: string }, };

/**
 * See [`EventBody::ChannelChanged`].
 */
export type ChannelChanged = { 
/**
 * As it is when the event is read.
 */
channel: ChannelView, };

/**
 *Names a channel: `chn_` and 32 hexadecimal digits.
 */
export type ChannelId = string & { readonly __id?: 'chn' };

/**
 * The kind of a channel.
 */
export type ChannelKind = "sms" | "whatsapp" | "rcs" | "sandbox";

/**
 * A channel, as administrators see it.
 */
export type ChannelSettings = { 
/**
 * The channel.
 */
id: ChannelId, 
/**
 * Its inbox.
 */
inbox_id: InboxId, 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its account; absent where the provider comes from the settings of the server.
 */
account_id: AccountId | null, 
/**
 * The business's address.
 */
address: string, 
/**
 * What the provider calls it, where that is not the address.
 */
external_id: string | null, 
/**
 * Why nothing goes out over it now, where that is so.
 */
paused: Pause | null, 
/**
 * How many messages wait to go out.
 */
waiting: number, 
/**
 * The addresses that the provider has to be told.
 */
webhooks: Array<WebhookUrl>, 
/**
 * When a webhook was taken last, give or take ten seconds.
 */
webhook_taken_at: string | null, 
/**
 * Webhooks that were refused.
 */
troubles: Array<WebhookTrouble>, };

/**
 * One address of an inbox at a provider.
 */
export type ChannelView = { 
/**
 * The channel.
 */
id: ChannelId, 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * The business's address, for instance a phone number in E.164.
 */
address: string, 
/**
 * The longest text, in UTF-16 units.
 */
text_max: number, 
/**
 * How many hours after a customer's message free text may be sent; absent where there is no end.
 */
window_hours?: number, 
/**
 * Why nothing goes out over it now, where that is so.
 */
paused?: Pause, };

/**
 * `GET /admin/channels`.
 */
export type Channels = { 
/**
 * All channels, oldest first.
 */
channels: Array<ChannelSettings>, };

/**
 * `POST /canned/check`: texts while they are written.
 */
export type CheckCanned = { 
/**
 * The texts, by language.
 */
texts: CannedTexts, };

/**
 * What is wrong with texts.
 */
export type CheckedCanned = { 
/**
 * All faults; none where they can be saved.
 */
faults: Array<CannedFault>, };

/**
 * From a client. Requests carry an `id`, unique on the connection; the answer carries it back.
 */
export type ClientFrame = { "type": "hello" } & Hello | { "type": "subscribe" } & Subscribe | { "type": "unsubscribe" } & Unsubscribe | { "type": "command" } & CommandFrame | { "type": "bulk" } & BulkFrame | { "type": "signal" } & SignalFrame | { "type": "attention" } & Attention | { "type": "watch_agents" } & WatchAgents | { "type": "unwatch_agents" } & UnwatchAgents | { "type": "draft_open" } & DraftOpen | { "type": "draft_close" } & DraftClose | { "type": "draft_update" } & DraftUpdate | { "type": "draft_cursor" } & DraftCursor | { "type": "ping" } & Ping;

/**
 * The close frame's reason, as JSON: at most 123 bytes (RFC 6455, section 5.5).
 */
export type CloseReason = { 
/**
 * The code's name.
 */
code: string, 
/**
 * When to come back, in milliseconds, chosen per client; absent where it must not.
 */
retry_after_ms?: number, };

/**
 * A wish, named by its `kind`.
 */
export type Command = { "kind": "reply.send" } & SendReply | { "kind": "note.add" } & AddNote | { "kind": "thread.assign" } & Assign | { "kind": "thread.set_status" } & SetStatus | { "kind": "thread.open" } & OpenThread | { "kind": "lock.acquire" } & ThreadOnly | { "kind": "lock.release" } & ReleaseLock | { "kind": "lock.request" } & ThreadOnly | { "kind": "lock.take_over" } & TakeOverLock | { "kind": "contact.rename" } & RenameContact | { "kind": "contact.merge" } & MergeContact | { "kind": "contact.unmerge" } & UnmergeContact | { "kind": "availability.set" } & SetAvailability | { "kind": "thread.prioritise" } & Prioritise | { "kind": "thread.tag" } & TagThread | { "kind": "thread.untag" } & TagThread | { "kind": "thread.mark_unread" } & ThreadOnly | { "kind": "draft.request_review" } & DraftOnly | { "kind": "draft.approve" } & DraftOnly | { "kind": "draft.ask_changes" } & AskChanges | { "kind": "draft.discard" } & DraftOnly | { "kind": "draft.send" } & SendDraft | { "kind": "note.edit" } & EditNote | { "kind": "note.delete" } & DeleteNote | { "kind": "thread.mute" } & MuteThread | { "kind": "notification.read" } & ReadNotifications | { "kind": "notification.read_all" } & ReadAllNotifications;

/**
 * The answer to a command that was done.
 */
export type CommandAnswer = { 
/**
 * What came of it.
 */
outcome: Outcome, };

/**
 * See [`ClientFrame::Command`].
 */
export type CommandFrame = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The client's own name for this wish: repeat it when no answer came.
 */
key: Key, 
/**
 * The wish.
 */
command: Command, };

/**
 * `POST /commands`: the same commands as on the socket.
 */
export type CommandRequest = { 
/**
 * The client's own name for this wish: repeat it when no answer came.
 */
key: Key, 
/**
 * The wish.
 */
command: Command, };

/**
 *Names a connection: `con_` and 32 hexadecimal digits.
 */
export type ConnectionId = string & { readonly __id?: 'con' };

/**
 * What a customer does or does not want to get from us.
 */
export type ConsentAbout = "everything" | "all_but_essential" | "marketing";

/**
 * See [`EventBody::ConsentChanged`].
 */
export type ConsentChanged = { 
/**
 * The channel that it was said to.
 */
channel_id: ChannelId, 
/**
 * What it is about.
 */
about: ConsentAbout, 
/**
 * Whether the customer wants it.
 */
wanted: boolean, };

/**
 * See [`EventBody::ContactChanged`].
 */
export type ContactChanged = { 
/**
 * The contact as it is now.
 */
contact: ContactView, };

/**
 *Names a contact: `cnt_` and 32 hexadecimal digits.
 */
export type ContactId = string & { readonly __id?: 'cnt' };

/**
 *The text of a contact's name. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type ContactName = string;

/**
 * See [`EventBody::ContactMerged`] and [`EventBody::ContactUnmerged`].
 */
export type ContactOnly = { 
/**
 * The contact that was merged into the thread's customer, or is not any more.
 */
contact_id: ContactId, };

/**
 * A customer.
 */
export type ContactView = { 
/**
 * The contact.
 */
id: ContactId, 
/**
 * The name, if one is known.
 */
name: string | null, 
/**
 * The addresses, oldest first: those of the merged ones, too.
 */
addresses: Array<AddressView>, 
/**
 * Those that agents have merged into this one, and can take apart again.
 */
merged?: Array<MergedView>, };

/**
 * How far a reader is in a stream. Opaque: keep it and give it back.
 */
export type Cursor = string & { readonly __cursor?: true };

/**
 * See [`Command::DeleteNote`](crate::commands::Command::DeleteNote).
 */
export type DeleteNote = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The note.
 */
note_id: NoteId, };

/**
 * See [`EventBody::DeliveryChanged`].
 */
export type DeliveryChanged = { 
/**
 * The message.
 */
message_id: MessageId, 
/**
 * How far it is.
 */
delivery: DeliveryView, };

/**
 * How far an outbound message is. It only moves forward.
 */
export type DeliveryState = "queued" | "sending" | "unknown" | "sent" | "failed" | "delivered" | "read";

/**
 * The life of an outbound message at its provider.
 */
export type DeliveryView = { 
/**
 * How far it is.
 */
state: DeliveryState, 
/**
 * The provider's error code, where it failed; a reason, where it goes another way than it was to.
 */
error?: string, 
/**
 * The channel that it goes by, where that is not the message's own any more: it could not be reached.
 */
channel_id?: ChannelId, };

/**
 * Which way a message goes.
 */
export type Direction = "in" | "out";

/**
 * A thread that an agent has open.
 */
export type Doing = { 
/**
 * The thread's inbox.
 */
inbox_id: InboxId, 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Whether the agent types there.
 */
typing: boolean, };

/**
 * See [`Outcome::Done`].
 */
export type Done = { 
/**
 * The place of the event that made it so.
 */
seq: number | null, };

/**
 * Data of `draft.approved`.
 */
export type DraftApproved = { 
/**
 * The draft's `digest`.
 */
digest: string, 
/**
 * The text that was approved.
 */
text: string, };

/**
 * A change of a draft's document: an update of Yjs (version 1) in base64.
 */
export type DraftBytes = string;

/**
 * `draft`: others have changed the draft, or something has become of it.
 */
export type DraftChanged = { 
/**
 * The draft as it is now. Another `epoch` than before: a new document, whole in `updates`.
 */
draft: DraftView, 
/**
 * The changes since what was told last, but for those of this connection's own client.
 */
updates: Array<DraftBytes>, };

/**
 * Data of `draft.changes_requested`.
 */
export type DraftChangesRequested = { 
/**
 * The draft's `digest`.
 */
digest: string, 
/**
 * What shall be changed.
 */
comment: string, };

/**
 * `draft_close`: no longer.
 */
export type DraftClose = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The thread.
 */
thread_id: ThreadId, };

/**
 * `draft_closed`: the answer to `draft_close`, or, without an id, the thread is out of sight.
 */
export type DraftClosed = { 
/**
 * The id of the request.
 */
id?: number, 
/**
 * The thread.
 */
thread_id: ThreadId, };

/**
 * `GET /threads/{id}/draft`.
 */
export type DraftContent = { 
/**
 * The draft.
 */
draft: DraftView, 
/**
 * What it says.
 */
text: string, 
/**
 * The files that go with it.
 */
attachments: Array<AttachmentId>, };

/**
 * `draft_cursor`: where the agent's caret is. Say it again every 10 seconds.
 */
export type DraftCursor = { 
/**
 * The thread, whose draft is open on this connection.
 */
thread_id: ThreadId, 
/**
 * The caret; `null` where it is not in the draft.
 */
cursor: Caret | null, };

/**
 * `draft_cursors`: who else has the draft open, and where. Replaces what was known.
 */
export type DraftCursors = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Everybody, but for this connection.
 */
cursors: Array<DraftPerson>, };

/**
 * Data of `draft.review_requested`, `draft.approval_voided`.
 */
export type DraftNamed = { 
/**
 * The draft's `digest`.
 */
digest: string, };

/**
 * A command about a draft as it was on screen.
 */
export type DraftOnly = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The draft's `digest`. Another one by now refuses the command.
 */
digest: string, };

/**
 * `draft_open`: work on a thread's draft, from here on.
 */
export type DraftOpen = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The document's client id: all that it writes carries it, and it belongs to this agent.
 */
client: number, };

/**
 * `draft_opened`: the answer to `draft_open`.
 */
export type DraftOpened = { 
/**
 * The id of the request.
 */
id: number, 
/**
 * The draft as it is.
 */
draft: DraftView, 
/**
 * The whole document.
 */
updates: Array<DraftBytes>, };

/**
 * Somebody who has a draft open.
 */
export type DraftPerson = { 
/**
 * On which connection.
 */
connection_id: ConnectionId, 
/**
 * Who: the server says it, not the client.
 */
agent_id: AgentId, 
/**
 * The document's client id there.
 */
client: number, 
/**
 * The caret.
 */
cursor: Caret | null, };

/**
 * How far the review of a draft is.
 */
export type DraftReview = { 
/**
 * How far.
 */
state: ReviewState, 
/**
 * Who asked, approved, or wants changes.
 */
agent_id?: AgentId, 
/**
 * When.
 */
at?: string, 
/**
 * What shall be changed.
 */
comment?: string, };

/**
 * `draft_saved`: the answer to `draft_update`. It is stored.
 */
export type DraftSaved = { 
/**
 * The id of the request.
 */
id: number, 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The document.
 */
epoch: number, 
/**
 * How many changes it has had, this one included.
 */
n: number, };

/**
 * `draft_update`: a change of the document.
 */
export type DraftUpdate = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The thread, whose draft is open on this connection.
 */
thread_id: ThreadId, 
/**
 * The document that it changes.
 */
epoch: number, 
/**
 * The change.
 */
update: DraftBytes, };

/**
 * A thread's draft, apart from its document.
 */
export type DraftView = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Which document it is: a new one after each send and discard, and now and then in between.
 */
epoch: number, 
/**
 * How many changes the document has had.
 */
n: number, 
/**
 * Names exactly this text with these files; empty where there is neither. Commands carry it.
 */
digest: string, 
/**
 * Who has written it.
 */
authors: Array<AgentId>, 
/**
 * How far its review is.
 */
review: DraftReview, };

/**
 * See [`ServerFrame::Draining`].
 */
export type Draining = { 
/**
 * When the server will close this connection, in milliseconds from now: another time for each
 * client, so that they do not all come back at once.
 */
retry_after_ms: number, };

/**
 * See [`Command::EditNote`](crate::commands::Command::EditNote).
 */
export type EditNote = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The note.
 */
note_id: NoteId, 
/**
 * The version that was on screen. Another one by now refuses the command.
 */
version: number, 
/**
 * What it shall say.
 */
text: NoteText, 
/**
 * Whom it shall mention.
 */
mentions?: Array<Mention>, };

/**
 *The text of an e-mail address. With one `@` inside, no NUL; its limit counts UTF-16 units.
 */
export type Email = string;

/**
 * Nothing more to say.
 */
export type Empty = Record<string, never>;

/**
 * One opening-to-closing of a thread.
 */
export type EpisodeView = { 
/**
 * 1 is the thread's first.
 */
number: number, 
/**
 * What opened it.
 */
opened: Moment, 
/**
 * The first reply, where there was one.
 */
first_reply?: Moment, 
/**
 * What closed it, where it is closed.
 */
closed?: Moment, };

/**
 * A refusal.
 */
export type ErrorBody = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people: one sentence.
 */
message: string, 
/**
 * Whether the same request, unchanged, may succeed later.
 */
retryable: boolean, 
/**
 * What the code promises to tell.
 */
details?: ErrorDetails, };

/**
 * What went wrong, for programs. PROTOCOL.md says what each one asks of the client.
 */
export type ErrorCode = "bad_frame" | "unknown_command" | "invalid" | "too_long" | "unauthenticated" | "bad_credentials" | "forbidden" | "not_found" | "collision" | "locked" | "stale_lock" | "not_owner" | "owner_changed" | "opted_out" | "window_closed" | "unreachable" | "review_required" | "invalid_transition" | "key_reused" | "conflict" | "rate_limited" | "too_many_subscriptions" | "payload_too_large" | "method_not_allowed" | "forbidden_origin" | "bad_signature" | "overloaded" | "unavailable" | "internal";

/**
 * What a refusal tells besides its code.
 */
export type ErrorDetails = { 
/**
 * The field at fault, as a path: `command.text`.
 */
field?: string, 
/**
 * The limit that was exceeded.
 */
max?: number, 
/**
 * When to try again, in milliseconds.
 */
retry_after_ms?: number, 
/**
 * `collision`: the thread's `reply_no` as it is now.
 */
reply_no?: number, 
/**
 * `collision`: the replies that the sender had not seen, oldest first.
 */
replies?: Array<MessageView>, 
/**
 * `locked`, `stale_lock`: who holds the lock now.
 */
lock?: LockView, 
/**
 * `not_owner`, `owner_changed`: the assignee as it is now.
 */
assignee?: AgentId, 
/**
 * `owner_changed`: the team as it is now.
 */
team?: TeamId, 
/**
 * `forbidden`: what the role or the token does not allow.
 */
permission?: Permission, 
/**
 * `invalid_transition`: the statuses that may be set now.
 */
allowed?: Array<Status>, 
/**
 * `window_closed`: since when.
 */
window_until?: string, 
/**
 * `not_found`: the thread that this one is a part of since an agent merged them.
 */
merged_into?: ThreadId, };

/**
 * See [`ServerFrame::Error`].
 */
export type ErrorFrame = { 
/**
 * The id of the request, where it could be read.
 */
id?: number, 
/**
 * Why.
 */
error: ErrorBody, };

/**
 * One fact.
 */
export type Event = { 
/**
 * Its place in the stream: 1, 2, 3, … without holes.
 */
seq: number, 
/**
 * When, by the database's clock. Order is `seq`, never this.
 */
at: string, 
/**
 * Who did it.
 */
actor: ActorView, 
/**
 * The thread it is about; absent where it is about the inbox itself.
 */
thread_id?: ThreadId, } & ({ "kind": "thread.created", "data": ThreadCreated } | { "kind": "message.received", "data": MessageAdded } | { "kind": "message.sent", "data": MessageAdded } | { "kind": "message.edited", "data": MessageEdited } | { "kind": "message.revoked", "data": MessageOnly } | { "kind": "message.reacted", "data": MessageReacted } | { "kind": "attachment.changed", "data": AttachmentChanged } | { "kind": "contact.changed", "data": ContactChanged } | { "kind": "contact.consent_changed", "data": ConsentChanged } | { "kind": "contact.merged", "data": ContactOnly } | { "kind": "contact.unmerged", "data": ContactOnly } | { "kind": "message.delivery_changed", "data": DeliveryChanged } | { "kind": "note.added", "data": NoteAdded } | { "kind": "thread.assigned", "data": ThreadAssigned } | { "kind": "thread.status_changed", "data": StatusChanged } | { "kind": "thread.opened", "data": ThreadOpened } | { "kind": "lock.acquired", "data": LockAcquired } | { "kind": "lock.taken_over", "data": LockTakenOver } | { "kind": "channel.changed", "data": ChannelChanged } | { "kind": "thread.prioritised", "data": Prioritised } | { "kind": "thread.tagged", "data": Tagged } | { "kind": "thread.marked_unread", "data": MarkedUnread } | { "kind": "tag.changed", "data": TagChanged } | { "kind": "tag.removed", "data": TagRemoved } | { "kind": "draft.review_requested", "data": DraftNamed } | { "kind": "draft.approved", "data": DraftApproved } | { "kind": "draft.approval_voided", "data": DraftNamed } | { "kind": "draft.changes_requested", "data": DraftChangesRequested } | { "kind": "draft.discarded", "data": Empty } | { "kind": "canned.changed", "data": CannedVersion } | { "kind": "canned.approved", "data": CannedVersion } | { "kind": "canned.removed", "data": CannedOnly } | { "kind": "note.edited", "data": NoteEdited } | { "kind": "note.deleted", "data": NoteDeleted } | { "kind": "thread.muted", "data": Muted } | { "kind": "notification.added", "data": NotificationAdded } | { "kind": "notification.read", "data": NotificationsRead } | { "kind": "thread.changed", "data": Empty } | { "kind": "thread_view", "data": ThreadView } | { "kind": "thread_gone", "data": ThreadGone });

/**
 * See [`ServerFrame::Events`].
 */
export type EventsFrame = { 
/**
 * The stream.
 */
stream: StreamId, 
/**
 * The place that this frame follows on: the reader's own, or something was lost.
 */
prev: number, 
/**
 * The place that the reader is at after it. What it may not see is left out.
 */
to: number, 
/**
 * The same, to give back.
 */
cursor: Cursor, 
/**
 * The events, in order.
 */
events: Array<Event>, };

/**
 * A field of a form.
 */
export type FieldView = { 
/**
 * Its name in requests.
 */
name: string, 
/**
 * Its name for people.
 */
title: string, 
/**
 * What it is, and where it is found.
 */
help: string, 
/**
 * Whether it has to be there.
 */
required: boolean, 
/**
 * Whether it has several lines.
 */
long: boolean, };

/**
 * `GET /threads/{id}/canned/{canned}`: a canned reply, filled for a thread.
 */
export type FilledCanned = { 
/**
 * The canned reply.
 */
canned_id: CannedId, 
/**
 * The version.
 */
version: number, 
/**
 * The language that was taken.
 */
language: string, 
/**
 * The text. Variables that have neither a value nor a fallback stay in it, for the agent to fill in.
 */
text: string, 
/**
 * Those variables, in the order that they come in.
 */
missing: Array<string>, };

/**
 * Where a canned reply is kept: names with `/` between them, at most three; empty where it is in none.
 */
export type Folder = string;

/**
 * See [`ServerFrame::Heartbeat`].
 */
export type Heartbeat = { 
/**
 * The server's clock.
 */
at: string, };

/**
 * See [`ClientFrame::Hello`].
 */
export type Hello = { 
/**
 * Comes back in `welcome`.
 */
id: number, 
/**
 * The session token, where neither a cookie nor a bearer header carries it.
 */
token?: string, 
/**
 * Streams to follow at once, each from a cursor: a resume in one round trip.
 */
cursors?: { [key in StreamId]: Cursor }, };

/**
 *Names an inbox: `ibx_` and 32 hexadecimal digits.
 */
export type InboxId = string & { readonly __id?: 'ibx' };

/**
 * How replying works in an inbox.
 */
export type InboxMode = "team" | "exclusive";

/**
 * An inbox, as administrators see it.
 */
export type InboxSettings = { 
/**
 * The inbox.
 */
id: InboxId, 
/**
 * Its name.
 */
name: string, 
/**
 * How replying works.
 */
mode: InboxMode, 
/**
 * What the first message of an episode is answered by itself.
 */
auto_reply: string | null, 
/**
 * Its members.
 */
members: Array<AgentId>, 
/**
 * How statuses follow each other.
 */
statuses: StatusRules, 
/**
 * Whether customers tell of their health there: then there is no WhatsApp, and exports are sealed.
 */
health_data: boolean, };

/**
 * An inbox, as its members see it.
 */
export type InboxView = { 
/**
 * The inbox.
 */
id: InboxId, 
/**
 * Its name.
 */
name: string, 
/**
 * How replying works.
 */
mode: InboxMode, 
/**
 * Which of its threads the asking agent may see.
 */
scope: Scope, 
/**
 * What the asking agent may do in it.
 */
may: Array<Permission>, 
/**
 * The teams that its threads can be given to.
 */
teams: Array<TeamView>, 
/**
 * Its channels.
 */
channels: Array<ChannelView>, 
/**
 * Its members.
 */
agents: Array<AgentView>, 
/**
 * What its threads can be tagged with, by name.
 */
tags: Array<TagView>, 
/**
 * How statuses follow each other.
 */
statuses: StatusRules, };

/**
 * `GET /admin/inboxes`.
 */
export type Inboxes = { 
/**
 * All inboxes, by name.
 */
inboxes: Array<InboxSettings>, 
/**
 * Who could be a member.
 */
agents: Array<AgentView>, };

/**
 * A client's own name for one wish, unique per actor: the same key is done once.
 */
export type Key = string;

/**
 * A key that a signature was checked with.
 */
export type KeyTried = { 
/**
 * Which secret.
 */
name: string, 
/**
 * Its last four characters, where it is long.
 */
end: string | null, };

/**
 * A language, such as `de` or `pt-BR`: the usual spelling, whatever was written.
 */
export type LanguageTag = string;

/**
 * See [`EventBody::LockAcquired`].
 */
export type LockAcquired = { 
/**
 * Who holds it now.
 */
agent_id: AgentId, };

/**
 * See [`Outcome::LockHeld`].
 */
export type LockHeld = { 
/**
 * What `reply.send` and `lock.release` name. Grows with each holder, never repeats.
 */
token: number, 
/**
 * When it ends unless renewed, by the database's clock.
 */
expires_at: string, };

/**
 * See [`ServerFrame::LockRequested`].
 */
export type LockRequested = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Who asks.
 */
from: AgentId, };

/**
 * See [`EventBody::LockTakenOver`].
 */
export type LockTakenOver = { 
/**
 * Who held it.
 */
from: AgentId, 
/**
 * Who holds it now.
 */
to: AgentId, 
/**
 * Why.
 */
reason: string, };

/**
 * The lease to reply.
 */
export type LockView = { 
/**
 * Who holds it.
 */
agent_id: AgentId, 
/**
 * When it ends unless renewed, by the database's clock.
 */
expires_at: string, };

/**
 * What `POST` of a role or a team answers.
 */
export type Made = { 
/**
 * It.
 */
role_id: RoleId, } | { 
/**
 * It.
 */
team_id: TeamId, } | { 
/**
 * It.
 */
agent_id: AgentId, };

/**
 * See [`EventBody::MarkedUnread`](crate::events::EventBody::MarkedUnread).
 */
export type MarkedUnread = { 
/**
 * Who did.
 */
agent_id: AgentId, 
/**
 * How far they have read by their own word.
 */
read_seq: number, };

/**
 * `GET /me`: who am I, and what may I see.
 */
export type Me = { 
/**
 * The asking agent.
 */
agent: AgentView, 
/**
 * What it may do in the organisation; what in an inbox, stands there.
 */
may: Array<Permission>, 
/**
 * The inboxes that it is a member of.
 */
inboxes: Array<InboxView>, 
/**
 * The newest API tokens, whoever's: who is named in a timeline.
 */
tokens: Array<TokenName>, };

/**
 * A member's role in an inbox: the name of a built-in one, or the id of one of the inbox's own.
 */
export type MemberRole = Role | RoleId;

/**
 * A member of an inbox.
 */
export type MemberSettings = { 
/**
 * The agent.
 */
agent_id: AgentId, 
/**
 * Its name.
 */
name: string, 
/**
 * Whether it may not sign in.
 */
disabled: boolean, 
/**
 * Its role there; `null` where that is its role in the organisation.
 */
role: MemberRole | null, 
/**
 * Which threads it sees.
 */
scope: Scope, };

/**
 * `GET /admin/inboxes/{id}/members`.
 */
export type Members = { 
/**
 * Who works in the inbox.
 */
members: Array<MemberSettings>, 
/**
 * The inbox's own roles, by name.
 */
roles: Array<RoleSettings>, 
/**
 * The roles that every inbox has.
 */
built_in: Array<BuiltInRole>, };

/**
 * Somebody whom a note mentions: an agent or a team, and where in the text it stands, in UTF-16 units.
 */
export type Mention = { 
/**
 * The agent; there is this or a team.
 */
agent_id?: AgentId, 
/**
 * The team.
 */
team_id?: TeamId, 
/**
 * Where it begins.
 */
from: number, 
/**
 * Where it has ended.
 */
to: number, };

/**
 * See [`Command::MergeContact`](crate::commands::Command::MergeContact).
 */
export type MergeContact = { 
/**
 * The thread that goes: it becomes a part of the other one.
 */
thread_id: ThreadId, 
/**
 * The thread that stays, of the same inbox.
 */
into: ThreadId, };

/**
 * A contact that was merged into another one.
 */
export type MergedView = { 
/**
 * The contact.
 */
id: ContactId, 
/**
 * Its own name, if one is known.
 */
name: string | null, 
/**
 * Its own addresses, oldest first.
 */
addresses: Array<AddressView>, };

/**
 * See [`EventBody::MessageReceived`] and [`EventBody::MessageSent`].
 */
export type MessageAdded = { 
/**
 * The message.
 */
message: MessageView, };

/**
 * See [`EventBody::MessageEdited`].
 */
export type MessageEdited = { 
/**
 * The message.
 */
message_id: MessageId, 
/**
 * What it says now.
 */
text: string, };

/**
 * What kind of thing a message is. Its `text` can be read whatever the form is.
 */
export type MessageForm = "text" | "media" | "location" | "contact_card" | "choice" | "order" | "system" | "unsupported";

/**
 *Names a message: `msg_` and 32 hexadecimal digits.
 */
export type MessageId = string & { readonly __id?: 'msg' };

/**
 * See [`EventBody::MessageRevoked`].
 */
export type MessageOnly = { 
/**
 * The message.
 */
message_id: MessageId, };

/**
 * See [`EventBody::MessageReacted`].
 */
export type MessageReacted = { 
/**
 * The message that the mark is on.
 */
message_id: MessageId, 
/**
 * The emoji; `null` takes it away.
 */
emoji: string | null, };

/**
 * A message from or to the customer.
 */
export type MessageView = { 
/**
 * The message.
 */
id: MessageId, 
/**
 * The channel that it came or went by.
 */
channel_id: ChannelId, 
/**
 * Which way.
 */
direction: Direction, 
/**
 * Who wrote it.
 */
author: ActorView, 
/**
 * What it says.
 */
text: string, 
/**
 * What kind of thing it is; words where it is left out.
 */
form?: MessageForm, 
/**
 * The files that came with it.
 */
attachments?: Array<AttachmentView>, 
/**
 * Inbound only: the message that it answers, where the customer picked one.
 */
answers?: MessageId, 
/**
 * Whether the customer has changed it; `text` is the newest.
 */
edited?: boolean, 
/**
 * Whether the customer has taken it back. The team still sees it.
 */
revoked?: boolean, 
/**
 * The mark that the customer has put on it: an emoji.
 */
reaction?: string, 
/**
 * When the server took it.
 */
at: string, 
/**
 * Replies only: the thread's `reply_no` that this reply made.
 */
reply_no?: number, 
/**
 * Replies only: the key of the command, so that its sender knows its own echo.
 */
key?: string, 
/**
 * Outbound only: how far it is.
 */
delivery?: DeliveryView, };

/**
 * An event's place and time.
 */
export type Moment = { 
/**
 * Its place in the stream.
 */
seq: number, 
/**
 * When.
 */
at: string, };

/**
 * See [`Command::MuteThread`](crate::commands::Command::MuteThread).
 */
export type MuteThread = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Whether it shall be silent.
 */
muted: boolean, };

/**
 * See [`EventBody::Muted`](crate::events::EventBody::Muted).
 */
export type Muted = { 
/**
 * Who wants it so.
 */
agent_id: AgentId, 
/**
 * Whether it is silent from here on.
 */
muted: boolean, };

/**
 *The text of the name of an inbox, an account, a person, a role, a team. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type Name = string;

/**
 * `POST /admin/accounts`: a new account.
 */
export type NewAccount = { 
/**
 * The provider's name.
 */
provider: string, 
/**
 * A name for people; no other account has it.
 */
name: Name, 
/**
 * The settings, by name.
 */
settings: { [key in string]: string }, 
/**
 * The secrets, by name.
 */
secrets: { [key in string]: string }, };

/**
 * `POST /admin/agents`.
 */
export type NewAgent = { 
/**
 * The name that colleagues see.
 */
name: Name, 
/**
 * What it signs in with; nobody else has it.
 */
email: Email, 
/**
 * Its role in the organisation.
 */
role: Role, 
/**
 * Its password.
 */
password: NewPassword, };

/**
 * `POST /admin/channels`: a channel for an inbox.
 */
export type NewChannel = { 
/**
 * The inbox.
 */
inbox_id: InboxId, 
/**
 * The account that carries it; left out for the sandbox.
 */
account_id?: AccountId, 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * The business's address.
 */
address: string, 
/**
 * What the provider calls it, where it wants that.
 */
external_id?: string, };

/**
 *The text of a new password. At least 15 characters, as NIST SP 800-63B-4 (section 3.1.1.2) asks where nothing else is asked for, no NUL; its limit counts UTF-16 units.
 */
export type NewPassword = string;

/**
 * `POST /admin/accounts/{id}/secrets`: a secret that takes the place of the one in use.
 */
export type NewSecret = { 
/**
 * The version that was on screen; another one by now is a conflict.
 */
version: number, 
/**
 * Which secret.
 */
name: string, 
/**
 * The new one. It is used at once.
 */
value: string, 
/**
 * For how long the old one still verifies webhooks; 24 where it is left out, up to 720.
 */
overlap_hours?: number, };

/**
 * `POST /tokens`.
 */
export type NewToken = { 
/**
 * What it is for.
 */
name: Name, 
/**
 * What it may do: nothing that its maker may not.
 */
scopes: Array<Permission>, 
/**
 * After how many days it ends by itself: 1 to 366, and 90 where nothing is said.
 */
expires_in_days?: number, };

/**
 *Names a node: `nod_` and 32 hexadecimal digits.
 */
export type NodeId = string & { readonly __id?: 'nod' };

/**
 * See [`EventBody::NoteAdded`].
 */
export type NoteAdded = { 
/**
 * The note.
 */
note: NoteView, };

/**
 * See [`EventBody::NoteDeleted`](crate::events::EventBody::NoteDeleted).
 */
export type NoteDeleted = { 
/**
 * The note.
 */
note_id: NoteId, 
/**
 * The place of the event that added it.
 */
added_seq: number, };

/**
 * That a note was deleted.
 */
export type NoteDeletion = { 
/**
 * Who did it.
 */
by: ActorView, 
/**
 * When.
 */
at: string, };

/**
 * See [`EventBody::NoteEdited`](crate::events::EventBody::NoteEdited).
 */
export type NoteEdited = { 
/**
 * The note.
 */
note_id: NoteId, 
/**
 * The place of the event that added it.
 */
added_seq: number, 
/**
 * Its version from here on.
 */
version: number, 
/**
 * What it says.
 */
text: string, 
/**
 * Whom it mentions.
 */
mentions: Array<Mention>, };

/**
 * `GET /notes/{id}/history`: all that a note has said, oldest first.
 */
export type NoteHistory = { 
/**
 * The note.
 */
note_id: NoteId, 
/**
 * Its thread.
 */
thread_id: ThreadId, 
/**
 * Its versions.
 */
versions: Array<NoteVersion>, 
/**
 * That it was deleted, where it was.
 */
deleted?: NoteDeletion, };

/**
 *Names a note: `nte_` and 32 hexadecimal digits.
 */
export type NoteId = string & { readonly __id?: 'nte' };

/**
 * See [`Outcome::NoteAdded`].
 */
export type NoteStored = { 
/**
 * The note.
 */
note_id: NoteId, 
/**
 * Its place in the stream.
 */
seq: number, };

/**
 *The text of a note. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type NoteText = string;

/**
 * One version of a note.
 */
export type NoteVersion = { 
/**
 * Its number, from 1 on.
 */
version: number, 
/**
 * Who wrote it.
 */
author: ActorView, 
/**
 * What it said; empty where it was erased.
 */
text: string, 
/**
 * Whom it mentioned.
 */
mentions: Array<Mention>, 
/**
 * When.
 */
at: string, };

/**
 * A private note: it never leaves the team.
 */
export type NoteView = { 
/**
 * The note.
 */
id: NoteId, 
/**
 * Who wrote it.
 */
author: ActorView, 
/**
 * What it says.
 */
text: string, 
/**
 * When.
 */
at: string, 
/**
 * The key of the command, so that its sender knows its own echo.
 */
key: string, 
/**
 * Whom it mentions, in the order of the text.
 */
mentions?: Array<Mention>, 
/**
 * Grows with each edit, from 1 on.
 */
version: number, 
/**
 * When it was edited last; `text` is the newest.
 */
edited_at?: string, 
/**
 * That it was taken away; then `text` is empty.
 */
deleted?: NoteDeletion, };

/**
 * See [`EventBody::NotificationAdded`](crate::events::EventBody::NotificationAdded).
 */
export type NotificationAdded = { 
/**
 * The notification.
 */
notification: NotificationView, };

/**
 *Names a notification: `ntf_` and 32 hexadecimal digits.
 */
export type NotificationId = string & { readonly __id?: 'ntf' };

/**
 * `GET /notifications`: a page of what the agent was told of and may still see, newest first, exact at
 * `streams`.
 */
export type NotificationPage = { 
/**
 * The notifications.
 */
notifications: Array<NotificationView>, 
/**
 * How many of all are unread.
 */
unread: number, 
/**
 * `before` of the next page, if there is one.
 */
next: number | null, 
/**
 * The streams that tell what comes.
 */
streams: Array<StreamPlace>, };

/**
 * Why an agent is told of something.
 */
export type NotificationReason = "mentioned" | "team_mentioned" | "assigned" | "message" | "review_requested" | "review_approved" | "changes_requested";

/**
 * Something that an agent is told of.
 */
export type NotificationView = { 
/**
 * The notification.
 */
id: NotificationId, 
/**
 * Why.
 */
reason: NotificationReason, 
/**
 * The inbox.
 */
inbox_id: InboxId, 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Who did it.
 */
actor: ActorView, 
/**
 * The note, where it is about one.
 */
note_id?: NoteId, 
/**
 * The team that was mentioned.
 */
team_id?: TeamId, 
/**
 * When.
 */
at: string, 
/**
 * Whether the agent has read it.
 */
read: boolean, 
/**
 * In lists only: the customer.
 */
contact?: ContactView, 
/**
 * In lists only: the first words of the note or the message, as it is now.
 */
text?: string, };

/**
 * See [`EventBody::NotificationsRead`](crate::events::EventBody::NotificationsRead).
 */
export type NotificationsRead = { 
/**
 * Whose they are.
 */
agent_id: AgentId, 
/**
 * Those of the thread that are read from here on.
 */
notification_ids: Array<NotificationId>, };

/**
 * Signing in with OpenID Connect.
 */
export type OidcWay = { 
/**
 * What the button says.
 */
name: string, 
/**
 * Where the browser goes.
 */
path: string, };

/**
 * See [`ServerFrame::Ok`].
 */
export type OkFrame = { 
/**
 * The id of the command frame.
 */
id: number, 
/**
 * What came of it.
 */
outcome: Outcome, };

/**
 * See [`Command::OpenThread`].
 */
export type OpenThread = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The place of the last event of the stream that is on screen.
 */
read_seq: number, };

/**
 * What came of a command. The same key gives the same outcome again.
 */
export type Outcome = { "kind": "reply.sent" } & ReplySent | { "kind": "note.added" } & NoteStored | { "kind": "done" } & Done | { "kind": "lock.held" } & LockHeld;

/**
 * `PUT /admin/agents/{id}/password`: a new one, which ends all of its sessions.
 */
export type PasswordReset = { 
/**
 * The password.
 */
password: NewPassword, };

/**
 * Why nothing goes out over a channel. What was accepted waits.
 */
export type Pause = { 
/**
 * Since when.
 */
since: string, 
/**
 * Why.
 */
reason: PauseReason, 
/**
 * The provider's code, where it refused our credentials.
 */
code?: string, };

/**
 * Why a channel is paused.
 */
export type PauseReason = "by_hand" | "credentials";

/**
 * One thing that a role allows.
 */
export type Permission = "threads.read" | "replies.send" | "templates.send" | "attachments.read" | "attachments.send" | "notes.add" | "notes.moderate" | "threads.claim" | "threads.assign" | "threads.set_status" | "threads.close" | "threads.snooze" | "threads.escalate" | "threads.prioritise" | "threads.tag" | "locks.take_over" | "contacts.reveal" | "contacts.rename" | "contacts.merge" | "drafts.write" | "drafts.review" | "canned.write" | "canned.approve" | "tags.manage" | "agents.watch" | "agents.manage" | "agents.reset_password" | "sessions.revoke" | "tokens.create" | "tokens.manage" | "teams.manage" | "roles.manage" | "members.manage" | "inboxes.create" | "inboxes.manage" | "accounts.manage" | "channels.manage" | "channels.pause" | "audit.read";

/**
 * See [`ClientFrame::Ping`].
 */
export type Ping = { 
/**
 * Comes back in `pong`.
 */
id: number, };

/**
 * See [`ServerFrame::Pong`].
 */
export type Pong = { 
/**
 * The id of the `ping`.
 */
id: number, };

/**
 * The last thing said in a thread, for lists.
 */
export type PreviewView = { 
/**
 * Its place in the stream.
 */
seq: number, 
/**
 * Who said it.
 */
author: ActorView, 
/**
 * Whether it is a private note.
 */
note: boolean, 
/**
 * The first 120 characters.
 */
text: string, 
/**
 * When.
 */
at: string, };

/**
 * See [`Command::Prioritise`](crate::commands::Command::Prioritise).
 */
export type Prioritise = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The priority to be.
 */
to: Priority, };

/**
 * See [`EventBody::Prioritised`](crate::events::EventBody::Prioritised).
 */
export type Prioritised = { 
/**
 * The priority before.
 */
from: Priority, 
/**
 * The priority from here on.
 */
priority: Priority, };

/**
 * How soon a thread should be looked at.
 */
export type Priority = "low" | "normal" | "high" | "urgent";

/**
 * A refusal over HTTP, as `application/problem+json` (RFC 9457).
 */
export type Problem = { 
/**
 * `urn:tandem:error:` and the code.
 */
type: string, 
/**
 * The code in words.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * One sentence about this very case.
 */
detail: string, 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * Whether the same request, unchanged, may succeed later.
 */
retryable: boolean, 
/**
 * What the code promises to tell.
 */
details?: ErrorDetails, 
/**
 * What the log calls this request, as in the header `X-Request-Id`.
 */
request_id?: string, };

/**
 * What an account at a provider needs.
 */
export type ProviderView = { 
/**
 * The provider's name in this API.
 */
name: string, 
/**
 * Its name for people.
 */
title: string, 
/**
 * The kinds of channels that its accounts can have.
 */
kinds: Array<ChannelKind>, 
/**
 * What can be set, none of it secret.
 */
settings: Array<FieldView>, 
/**
 * The secrets.
 */
secrets: Array<FieldView>, 
/**
 * What the address of a channel is.
 */
address: FieldView, 
/**
 * What else a channel has to say, where it has.
 */
external_id: FieldView | null, };

/**
 * `GET /admin/providers`: which providers there are, and what an account at each one needs.
 */
export type Providers = { 
/**
 * The providers.
 */
providers: Array<ProviderView>, };

/**
 * How a customer can be answered over one channel.
 */
export type ReachView = { 
/**
 * The channel.
 */
channel_id: ChannelId, 
/**
 * The address that it reaches the customer at.
 */
address: AddressView, 
/**
 * What the customer does not want to get over it.
 */
refused: Array<ConsentAbout>, 
/**
 * When the channel takes no more free text, unless the customer writes again; absent where there
 * is no such end. In the past: it takes none now.
 */
window_until?: string, };

/**
 * See [`Command::ReadAllNotifications`](crate::commands::Command::ReadAllNotifications).
 */
export type ReadAllNotifications = object;

/**
 * See [`Command::ReadNotifications`](crate::commands::Command::ReadNotifications).
 */
export type ReadNotifications = { 
/**
 * The agent's own notifications; others are passed over.
 */
notification_ids: Array<NotificationId>, };

/**
 *The text of a reason. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type Reason = string;

/**
 * See [`Command::ReleaseLock`].
 */
export type ReleaseLock = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The token that `lock.acquire` gave.
 */
token: number, };

/**
 * See [`Command::RenameContact`](crate::commands::Command::RenameContact).
 */
export type RenameContact = { 
/**
 * A thread of the customer.
 */
thread_id: ThreadId, 
/**
 * The name; `null` shows the one that the customer has at its provider.
 */
name: ContactName | null, };

/**
 * See [`Outcome::ReplySent`].
 */
export type ReplySent = { 
/**
 * The message.
 */
message_id: MessageId, 
/**
 * Its place in the stream.
 */
seq: number, 
/**
 * The thread's `reply_no` now.
 */
reply_no: number, 
/**
 * Messages of the customer that came after `seen_seq`: the reply went out without them.
 */
arrived: Array<MessageId>, };

/**
 *The text of a reply. Empty where files speak for themselves, no NUL; its limit counts UTF-16 units.
 */
export type ReplyText = string;

/**
 * See [`ServerFrame::Reset`].
 */
export type Reset = { 
/**
 * The id of the request, where there was one.
 */
id?: number, 
/**
 * The stream. It is no longer subscribed.
 */
stream: StreamId, 
/**
 * Why.
 */
reason: ResetReason, };

/**
 * Why a reader has to load a snapshot.
 */
export type ResetReason = "bad_cursor" | "epoch" | "diverged" | "below_floor" | "too_far" | "rights";

/**
 * `GET` and `PUT /admin/inboxes/{id}/review`: which replies have to be approved first. One of these is
 * enough; all empty: none has to.
 */
export type ReviewRule = { 
/**
 * Those of members with these roles.
 */
roles: Array<MemberRole>, 
/**
 * Those over these channels.
 */
channels: Array<ChannelId>, 
/**
 * Those with one of these words or phrases in them, in capitals or not.
 */
keywords: Array<Name>, };

/**
 * See [`DraftReview`].
 */
export type ReviewState = "writing" | "requested" | "changes_requested" | "approved";

/**
 * What an agent is in the organisation. What it may do in an inbox is its role there.
 */
export type Role = "agent" | "supervisor" | "admin" | "reviewer";

/**
 *Names a role of an inbox: `rol_` and 32 hexadecimal digits.
 */
export type RoleId = string & { readonly __id?: 'rol' };

/**
 * A role of an inbox.
 */
export type RoleSettings = { 
/**
 * The role.
 */
id: RoleId, 
/**
 * The inbox.
 */
inbox_id: InboxId, 
/**
 * Its name.
 */
name: string, 
/**
 * What it allows.
 */
permissions: Array<Permission>, };

/**
 * A sandbox channel.
 */
export type SandboxChannel = { 
/**
 * The channel.
 */
id: ChannelId, 
/**
 * Which kind it plays.
 */
kind: ChannelKind, 
/**
 * The business's number.
 */
address: string, 
/**
 * The inbox behind it.
 */
inbox_name: string, };

/**
 * `GET /sandbox/api/channels`: where sandbox phones can write to.
 */
export type SandboxChannels = { 
/**
 * The inboxes' sandbox channels.
 */
channels: Array<SandboxChannel>, };

/**
 * A file on a sandbox phone.
 */
export type SandboxFile = { 
/**
 * Where it is for a while: a path of this server.
 */
path: string, 
/**
 * What it is.
 */
mime_type: string, };

/**
 * A message on a sandbox phone.
 */
export type SandboxMessage = { 
/**
 * The phone's own id of the message.
 */
id: string, 
/**
 * Whether this phone sent it.
 */
mine: boolean, 
/**
 * What it says.
 */
text: string, 
/**
 * Files that came with it.
 */
files?: Array<SandboxFile>, 
/**
 * When.
 */
at: string, };

/**
 * `GET /sandbox/api/channels/{id}/phones/{number}`: what a phone shows, oldest first.
 */
export type SandboxPhone = { 
/**
 * The messages; authors and delivery states are the business's and left out.
 */
messages: Array<SandboxMessage>, 
/**
 * What it plays.
 */
plays: SandboxPlay, };

/**
 * What a sandbox phone, or the provider before it, does with messages.
 */
export type SandboxPlay = "normal" | "slow" | "off" | "busy" | "no_answer" | "opted_out" | "unreachable" | "content" | "window" | "credentials";

/**
 * `POST /sandbox/api/channels/{id}/phones/{number}/plays`: what a phone plays from now on.
 */
export type SandboxPlays = { 
/**
 * What.
 */
plays: SandboxPlay, };

/**
 * `POST /sandbox/api/channels/{id}/messages`: the customer's phone sends a text.
 */
export type SandboxSend = { 
/**
 * The customer's number, for instance `+12025550123`.
 */
from: string, 
/**
 * What to say.
 */
text: string, 
/**
 * The phone's own id of the message: the same one is taken once.
 */
id: string, };

/**
 * `POST /sandbox/api/channels/{id}/typing`: the customer types.
 */
export type SandboxTyping = { 
/**
 * The customer's number, for instance `+12025550123`.
 */
from: string, };

/**
 * Which threads of an inbox an agent may see.
 */
export type Scope = "all" | "team" | "unassigned" | "assigned";

/**
 * A secret, as far as it is told.
 */
export type SecretView = { 
/**
 * Which one.
 */
name: string, 
/**
 * Its last four characters, where it is long.
 */
end: string | null, 
/**
 * Since when it is there.
 */
created_at: string, 
/**
 * Until when it verifies webhooks; absent for the one in use.
 */
retires_at: string | null, };

/**
 * `draft.send`: what `reply.send` does, with the draft's text and files.
 */
export type SendDraft = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The draft's `digest`.
 */
digest: string, 
/**
 * The thread's `reply_no` that the agent had on screen.
 */
seen_reply: number, 
/**
 * As in `reply.send`.
 */
seen_seq?: number, 
/**
 * As in `reply.send`.
 */
lock_token?: number, 
/**
 * As in `reply.send`.
 */
channel_id?: ChannelId, 
/**
 * As in `reply.send`.
 */
essential?: boolean, 
/**
 * As in `reply.send`.
 */
canned?: CannedId, };

/**
 * See [`Command::SendReply`].
 */
export type SendReply = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * What to say; empty where the files say it all.
 */
text: ReplyText, 
/**
 * The thread's `reply_no` that the agent had on screen.
 */
seen_reply: number, 
/**
 * The place of the last event of the stream that the agent had on screen, if known: the answer
 * lists the customer's messages that came after it.
 */
seen_seq?: number, 
/**
 * The key of the agent's own send just before this one, whose `reply_no` is not known yet.
 */
after?: Key, 
/**
 * The token of the reply lock, if the agent has it.
 */
lock_token?: number, 
/**
 * The channel to send by, of those in the thread's `reach`; the customer's last one where it is
 * left out.
 */
channel_id?: ChannelId, 
/**
 * The template that `text` is made of: what the agent has on screen has to be what the template
 * says with these values.
 */
template?: TemplateUse, 
/**
 * The customer has unsubscribed from all but essential messages, and this is one: a one-time
 * password, a confirmation. On record.
 */
essential?: boolean, 
/**
 * Files that were uploaded to the thread's inbox, in the order that they are shown in.
 */
attachments?: Array<AttachmentId>, 
/**
 * The canned reply that it began with: counted, if it is one that the sender may use.
 */
canned?: CannedId, };

/**
 * From the server. Clients ignore fields and types that they do not know.
 */
export type ServerFrame = { "type": "welcome" } & Welcome | { "type": "subscribed" } & Subscribed | { "type": "unsubscribed" } & Unsubscribed | { "type": "ok" } & OkFrame | { "type": "bulk_done" } & BulkDone | { "type": "error" } & ErrorFrame | { "type": "events" } & EventsFrame | { "type": "reset" } & Reset | { "type": "signals" } & SignalsFrame | { "type": "lock_requested" } & LockRequested | { "type": "watching" } & Watching | { "type": "unwatched" } & Unwatched | { "type": "agents" } & AgentsFrame | { "type": "draft_opened" } & DraftOpened | { "type": "draft_closed" } & DraftClosed | { "type": "draft_saved" } & DraftSaved | { "type": "draft" } & DraftChanged | { "type": "draft_cursors" } & DraftCursors | { "type": "draining" } & Draining | { "type": "heartbeat" } & Heartbeat | { "type": "pong" } & Pong;

/**
 *Names a session: `ses_` and 32 hexadecimal digits.
 */
export type SessionId = string & { readonly __id?: 'ses' };

/**
 * A sign-in that is not over.
 */
export type SessionView = { 
/**
 * The session.
 */
id: SessionId, 
/**
 * Whose it is.
 */
agent_id: AgentId, 
/**
 * Whether it is the one that asks.
 */
current: boolean, 
/**
 * What the browser, or another client, called itself when it signed in.
 */
client: string | null, 
/**
 * When it began.
 */
created_at: string, 
/**
 * When it was last used, to the minute.
 */
used_at: string, 
/**
 * When it ends by itself.
 */
expires_at: string, };

/**
 * `GET /sessions`, and `GET /admin/sessions`.
 */
export type Sessions = { 
/**
 * Those that are not over, the last used first.
 */
sessions: Array<SessionView>, };

/**
 * See [`Command::SetAvailability`].
 */
export type SetAvailability = { 
/**
 * The choice, which stays until it is changed; `null` leaves it to whether the agent is there.
 */
availability: Availability | null, };

/**
 * See [`Command::SetStatus`].
 */
export type SetStatus = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The status to be: anything but `new`.
 */
to: Status, 
/**
 * With `pending` only: when the thread opens again by itself, if nothing opens it before.
 */
until?: string, };

/**
 * What is typed after `/` to find a canned reply: letters, digits, `-`, `_`.
 */
export type ShortCode = string;

/**
 * `POST /sessions`: sign in.
 */
export type SignIn = { 
/**
 * The agent's e-mail address.
 */
email: string, 
/**
 * The agent's password.
 */
password: string, 
/**
 * `cookie` sets one for this site, `token` (the default) puts the token into the answer.
 */
transport?: Transport, };

/**
 * `GET /sessions/ways`: how people may sign in.
 */
export type SignInWays = { 
/**
 * With an e-mail address and a password.
 */
password: boolean, 
/**
 * With OpenID Connect, where that is set up.
 */
oidc: OidcWay | null, };

/**
 * See [`ClientFrame::Signal`].
 */
export type SignalFrame = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * What the agent does with it.
 */
activity: Activity, };

/**
 * See [`ServerFrame::Signals`].
 */
export type SignalsFrame = { 
/**
 * The stream.
 */
stream: StreamId, 
/**
 * Whether this is everything: threads that are not listed are quiet.
 */
full: boolean, 
/**
 * The threads where something is different.
 */
threads: Array<ThreadSignals>, };

/**
 * The answer to a sign-in.
 */
export type SignedIn = { 
/**
 * The bearer token, unless a cookie was asked for.
 */
token?: string, 
/**
 * When the session ends.
 */
expires_at: string, 
/**
 * Who signed in.
 */
agent: AgentView, };

/**
 * Where a thread stands.
 */
export type Status = "new" | "open" | "pending" | "escalated" | "closed";

/**
 * See [`EventBody::StatusChanged`].
 */
export type StatusChanged = { 
/**
 * The status before.
 */
from: Status, 
/**
 * The status after.
 */
to: Status, 
/**
 * When it opens again by itself, where it was put off until then.
 */
until?: string, };

/**
 * How statuses follow each other in an inbox.
 */
export type StatusRules = { 
/**
 * Which statuses agents may set, by the one before; after one that is left out, any but `new`.
 */
transitions: Transitions, 
/**
 * What a reply makes of a new or open thread: `open` or `pending`.
 */
after_reply: Status, 
/**
 * What a customer's message makes of a closed thread: `open` or `new`.
 */
after_message: Status, };

/**
 *Names a stream; an inbox's stream has the inbox's digits: `str_` and 32 hexadecimal digits.
 */
export type StreamId = string & { readonly __id?: 'str' };

/**
 * Where one of the agent's streams was when notifications were read.
 */
export type StreamPlace = { 
/**
 * The stream.
 */
stream: StreamId, 
/**
 * The place.
 */
seq: number, 
/**
 * The same, to subscribe from.
 */
cursor: Cursor, };

/**
 * See [`ClientFrame::Subscribe`].
 */
export type Subscribe = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The stream; an inbox's stream id is `str_` and the inbox's digits.
 */
stream: StreamId, 
/**
 * From where; without it, from now on.
 */
cursor?: Cursor, };

/**
 * See [`ServerFrame::Subscribed`].
 */
export type Subscribed = { 
/**
 * The id of the request; absent where `hello` carried the cursor.
 */
id?: number, 
/**
 * The stream.
 */
stream: StreamId, 
/**
 * The place that events will follow on.
 */
at: number, 
/**
 * The same, to give back.
 */
cursor: Cursor, 
/**
 * The last place of the stream: once there, the reader is live.
 */
head: number, };

/**
 * See [`EventBody::TagChanged`](crate::events::EventBody::TagChanged).
 */
export type TagChanged = { 
/**
 * As it is when the event is read.
 */
tag: TagView, };

/**
 * The colour of a tag: a word, so that each desk shows it as can be read there.
 */
export type TagColor = "gray" | "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "purple" | "pink" | "brown";

/**
 *Names a tag of an inbox: `tag_` and 32 hexadecimal digits.
 */
export type TagId = string & { readonly __id?: 'tag' };

/**
 *The text of the name of a tag. Not empty, no NUL; its limit counts UTF-16 units.
 */
export type TagName = string;

/**
 * See [`EventBody::TagRemoved`](crate::events::EventBody::TagRemoved).
 */
export type TagRemoved = { 
/**
 * It is on no thread any more.
 */
tag_id: TagId, };

/**
 * See [`Command::TagThread`](crate::commands::Command::TagThread).
 */
export type TagThread = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * A tag of its inbox.
 */
tag_id: TagId, };

/**
 * A tag of an inbox.
 */
export type TagView = { 
/**
 * The tag.
 */
id: TagId, 
/**
 * Its name.
 */
name: string, 
/**
 * Its colour.
 */
color: TagColor, };

/**
 * See [`EventBody::Tagged`](crate::events::EventBody::Tagged).
 */
export type Tagged = { 
/**
 * The tags from here on.
 */
tags: Array<TagId>, 
/**
 * The one that was put on.
 */
added?: TagId, 
/**
 * The one that was taken off.
 */
removed?: TagId, };

/**
 * `GET /inboxes/{id}/tags`, and the answer to every change of them.
 */
export type Tags = { 
/**
 * All tags of the inbox, by name.
 */
tags: Array<TagView>, };

/**
 * See [`Command::TakeOverLock`].
 */
export type TakeOverLock = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Why; the holder sees it and it is on record.
 */
reason: Reason, };

/**
 *Names a team: `tem_` and 32 hexadecimal digits.
 */
export type TeamId = string & { readonly __id?: 'tem' };

/**
 * A team: agents who share threads.
 */
export type TeamView = { 
/**
 * The team.
 */
id: TeamId, 
/**
 * Its name.
 */
name: string, 
/**
 * Who is in it.
 */
members: Array<AgentId>, };

/**
 * `GET /admin/teams`.
 */
export type Teams = { 
/**
 * All teams, by name.
 */
teams: Array<TeamView>, };

/**
 * `GET /api/v1/channels/{id}/templates`.
 */
export type TemplateList = { 
/**
 * By name and language.
 */
templates: Array<TemplateView>, };

/**
 * A template with its gaps filled.
 */
export type TemplateUse = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its language.
 */
language: string, 
/**
 * What goes into the gaps, in the order of the template's `variables`.
 */
values: Array<string>, };

/**
 * A template of a channel.
 */
export type TemplateView = { 
/**
 * Its name at the provider.
 */
name: string, 
/**
 * Its language, as the provider writes it: `en_US`.
 */
language: string, 
/**
 * `marketing`, `utility` or `authentication`, in the provider's words.
 */
category?: string, 
/**
 * What the provider calls its state: only `approved` ones can be sent.
 */
state: string, 
/**
 * Why it is in that state, where the provider says so.
 */
reason?: string, 
/**
 * The whole text, with gaps such as `{{1}}` or `{{first_name}}`; absent where the provider has
 * not told it yet.
 */
text?: string, 
/**
 * The names of the gaps, in the order in which values are given.
 */
variables: Array<string>, 
/**
 * What in it cannot be filled from here, such as an image on top: it cannot be sent.
 */
obstacle?: string, };

/**
 * The answer to `POST /admin/accounts/{id}/test` and `POST /admin/channels/{id}/test`: what the provider said.
 */
export type Tested = { 
/**
 * Whether it works.
 */
ok: boolean, 
/**
 * What the provider said, in a sentence.
 */
detail: string, 
/**
 * The provider's code, where it refused.
 */
code: string | null, };

/**
 * See [`EventBody::ThreadAssigned`].
 */
export type ThreadAssigned = { 
/**
 * The owner before.
 */
from: AgentId | null, 
/**
 * The owner after.
 */
to: AgentId | null, 
/**
 * The team before.
 */
from_team: TeamId | null, 
/**
 * The team after.
 */
to_team: TeamId | null, };

/**
 * See [`EventBody::ThreadCreated`].
 */
export type ThreadCreated = { 
/**
 * The thread as it began: new, unassigned, empty.
 */
thread: ThreadView, };

/**
 * See [`EventBody::ThreadGone`].
 */
export type ThreadGone = { 
/**
 * The thread that it is a part of now, where an agent merged them and the reader sees that one.
 */
merged_into?: ThreadId, };

/**
 *Names a thread: `thr_` and 32 hexadecimal digits.
 */
export type ThreadId = string & { readonly __id?: 'thr' };

/**
 * A command that needs nothing but its thread.
 */
export type ThreadOnly = { 
/**
 * The thread.
 */
thread_id: ThreadId, };

/**
 * See [`EventBody::ThreadOpened`].
 */
export type ThreadOpened = { 
/**
 * Who opened it.
 */
agent_id: AgentId, 
/**
 * How far they have read.
 */
read_seq: number, };

/**
 * `GET /inboxes/{id}/threads`: a page of threads, newest activity first, exact at `cursor`.
 */
export type ThreadPage = { 
/**
 * The inbox's stream.
 */
stream: StreamId, 
/**
 * The place of the stream that this page was read at.
 */
seq: number, 
/**
 * The same, to subscribe from.
 */
cursor: Cursor, 
/**
 * The threads.
 */
threads: Array<ThreadView>, 
/**
 * `before` of the next page, if there is one.
 */
next: number | null, };

/**
 * All that is going on around one thread. Each one replaces the one before.
 */
export type ThreadSignals = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * Agents who have it open, those who type included; each agent once, however many tabs.
 */
viewing: Array<AgentId>, 
/**
 * Agents who type.
 */
typing: Array<AgentId>, 
/**
 * Those of `viewing` who may be gone: their node cannot be heard, because the bus is down.
 */
stale?: Array<AgentId>, 
/**
 * Whether the customer types, where the channel tells.
 */
contact_typing?: boolean, 
/**
 * The reply lock, if somebody holds it.
 */
lock: LockView | null, };

/**
 * `GET /threads/{id}`: a thread and the newest part of what was said, exact at `cursor`.
 */
export type ThreadSnapshot = { 
/**
 * The inbox's stream.
 */
stream: StreamId, 
/**
 * The place of the stream that this was read at.
 */
seq: number, 
/**
 * The same, to subscribe from.
 */
cursor: Cursor, 
/**
 * The thread.
 */
thread: ThreadView, 
/**
 * How the customer can be answered, by each of the inbox's channels that reaches it.
 */
reach: Array<ReachView>, 
/**
 * Its newest episodes, oldest first.
 */
episodes: Array<EpisodeView>, 
/**
 * The newest part of its timeline.
 */
timeline: Timeline, };

/**
 * All that is said between an inbox and a contact, as lists show it.
 */
export type ThreadView = { 
/**
 * The thread.
 */
id: ThreadId, 
/**
 * Its inbox.
 */
inbox_id: InboxId, 
/**
 * The customer.
 */
contact: ContactView, 
/**
 * The channel that the customer used last, and that a reply takes.
 */
channel_id: ChannelId, 
/**
 * Where it stands.
 */
status: Status, 
/**
 * The agent who owns it.
 */
assignee_id: AgentId | null, 
/**
 * The team that owns it.
 */
team_id: TeamId | null, 
/**
 * How soon it should be looked at.
 */
priority: Priority, 
/**
 * The tags that are on it.
 */
tags: Array<TagId>, 
/**
 * How often this thread was replied to; `reply.send` names the one that was on screen.
 */
reply_no: number, 
/**
 * The last thing said.
 */
preview: PreviewView | null, 
/**
 * The place of the customer's last message, 0 if none: above `read_seq` means unread.
 */
inbound_seq: number, 
/**
 * How far the asking agent has read.
 */
read_seq: number, 
/**
 * Who holds the reply lock.
 */
lock: LockView | null, 
/**
 * Whether the asking agent hears of it only where it is mentioned itself.
 */
muted?: boolean, 
/**
 * When a pending thread opens again by itself.
 */
until?: string, 
/**
 * When it began.
 */
created_at: string, };

/**
 * `GET /threads/{id}/timeline`: a page of what happened in a thread, oldest first. Messages carry
 * their delivery state as it is now; read marks and delivery steps are left out.
 */
export type Timeline = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The events, oldest first.
 */
events: Array<Event>, 
/**
 * `before` of the page with the older ones, if there is one.
 */
next: number | null, };

/**
 *Names an API token: `tok_` and 32 hexadecimal digits.
 */
export type TokenId = string & { readonly __id?: 'tok' };

/**
 * What `POST /tokens` answers.
 */
export type TokenMade = { 
/**
 * The bearer token. It is not shown again.
 */
token: string, 
/**
 * What it is.
 */
made: TokenView, };

/**
 * An API token as everybody knows it, who reads what it did.
 */
export type TokenName = { 
/**
 * The token.
 */
id: TokenId, 
/**
 * What it is for.
 */
name: string, };

/**
 * An API token. What it is made of is told once, when it is made.
 */
export type TokenView = { 
/**
 * The token.
 */
id: TokenId, 
/**
 * Whose it is: it sees what that agent sees.
 */
agent_id: AgentId, 
/**
 * What it is for.
 */
name: string, 
/**
 * What it may do, as far as its agent may.
 */
scopes: Array<Permission>, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * When it was last used, to the minute.
 */
used_at: string, 
/**
 * When it ends by itself.
 */
expires_at: string, };

/**
 * `GET /tokens`, and `GET /admin/tokens`.
 */
export type Tokens = { 
/**
 * Those that are not over, by name.
 */
tokens: Array<TokenView>, };

/**
 * Which statuses agents may set, by the one before.
 */
export type Transitions = { [status in Status]?: Array<Status> };

/**
 * How a client keeps its session.
 */
export type Transport = "cookie" | "token";

/**
 * What is wrong with a webhook.
 */
export type TroubleKind = "wrong_signature" | "unreadable";

/**
 * See [`Command::UnmergeContact`](crate::commands::Command::UnmergeContact).
 */
export type UnmergeContact = { 
/**
 * The thread.
 */
thread_id: ThreadId, 
/**
 * The one of its customer's `merged` that is somebody else after all.
 */
contact_id: ContactId, };

/**
 * See [`ClientFrame::Unsubscribe`].
 */
export type Unsubscribe = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The stream.
 */
stream: StreamId, };

/**
 * See [`ServerFrame::Unsubscribed`].
 */
export type Unsubscribed = { 
/**
 * The id of the request.
 */
id: number, 
/**
 * The stream.
 */
stream: StreamId, };

/**
 * See [`ClientFrame::UnwatchAgents`].
 */
export type UnwatchAgents = { 
/**
 * Comes back in the answer.
 */
id: number, };

/**
 * See [`ServerFrame::Unwatched`].
 */
export type Unwatched = { 
/**
 * The id of the request.
 */
id: number, };

/**
 * `PUT /admin/agents/{id}`: an agent as it shall be.
 */
export type WantedAgent = { 
/**
 * The name that colleagues see.
 */
name: Name, 
/**
 * What it signs in with; left out, as it is.
 */
email?: Email, 
/**
 * Its role in the organisation. The last administrator stays one.
 */
role: Role, 
/**
 * Whether it may not sign in.
 */
disabled: boolean, };

/**
 * `POST /inboxes/{id}/canned`, `POST /me/canned`, `PUT /canned/{id}`: a canned reply as it shall be.
 */
export type WantedCanned = { 
/**
 * Its title.
 */
title: Name, 
/**
 * Its short code; no other one of the inbox, or of the agent, has it, in whatever case.
 */
short_code: ShortCode, 
/**
 * Its folder; left out, none.
 */
folder?: Folder, 
/**
 * Its texts, by language (BCP 47), with variables: `{{contact.name|there}}`.
 */
texts: CannedTexts, 
/**
 * The kinds of channels that it is for; left out, all.
 */
kinds?: Array<ChannelKind>, 
/**
 * The version that was on screen, where it is a change: another one by now refuses it.
 */
version?: number, };

/**
 * `POST /admin/inboxes`, and `PUT /admin/inboxes/{id}`: an inbox as it shall be.
 */
export type WantedInbox = { 
/**
 * Its name; no other inbox has it.
 */
name: Name, 
/**
 * How replying works.
 */
mode: InboxMode, 
/**
 * What the first message of an episode is answered by itself; `null` for nothing.
 */
auto_reply: AutoReply | null, 
/**
 * Who becomes a member, beside who makes it and who is one already. They see every thread.
 */
members: Array<AgentId>, 
/**
 * How statuses follow each other; left out, as it is.
 */
statuses?: StatusRules, 
/**
 * Whether customers tell of their health there, which bars WhatsApp; left out, as it is.
 */
health_data?: boolean, };

/**
 * `PUT /admin/inboxes/{id}/members/{agent}`: a member as it shall be.
 */
export type WantedMember = { 
/**
 * Its role there; left out, that in the organisation.
 */
role: MemberRole | null, 
/**
 * Which threads it sees.
 */
scope: Scope, };

/**
 * `POST /admin/inboxes/{id}/roles`, and `PUT /admin/roles/{id}`: a role as it shall be.
 */
export type WantedRole = { 
/**
 * Its name; no other role of the inbox has it.
 */
name: Name, 
/**
 * What it allows: of an inbox, not of the organisation.
 */
permissions: Array<Permission>, };

/**
 * `POST /inboxes/{id}/tags`, and `PUT /inboxes/{id}/tags/{tag}`: a tag as it shall be.
 */
export type WantedTag = { 
/**
 * Its name; no other tag of the inbox has it, in whatever case.
 */
name: TagName, 
/**
 * Its colour.
 */
color: TagColor, };

/**
 * `POST /admin/teams`, and `PUT /admin/teams/{id}`: a team as it shall be.
 */
export type WantedTeam = { 
/**
 * Its name; no other team has it.
 */
name: Name, 
/**
 * Who is in it.
 */
members: Array<AgentId>, };

/**
 * See [`ClientFrame::WatchAgents`].
 */
export type WatchAgents = { 
/**
 * Comes back in the answer.
 */
id: number, };

/**
 * See [`ServerFrame::Watching`].
 */
export type Watching = { 
/**
 * The id of the request.
 */
id: number, };

/**
 * Webhooks that were refused; all but the count is of the last one.
 */
export type WebhookTrouble = { 
/**
 * Why.
 */
kind: TroubleKind, 
/**
 * How many there were.
 */
count: number, 
/**
 * When the first one came.
 */
first_at: string, 
/**
 * When the last one came.
 */
last_at: string, 
/**
 * Our address that the signature was checked for, where it is part of what is signed.
 */
url: string | null, 
/**
 * The keys that were tried.
 */
keys: Array<KeyTried>, 
/**
 * What is probably wrong.
 */
hint: string | null, };

/**
 * An address that a provider calls.
 */
export type WebhookUrl = { 
/**
 * Where it goes at the provider.
 */
what: string, 
/**
 * The address.
 */
url: string, };

/**
 * See [`ServerFrame::Welcome`].
 */
export type Welcome = { 
/**
 * The id of the `hello`.
 */
id: number, 
/**
 * This connection.
 */
connection_id: ConnectionId, 
/**
 * The server process.
 */
node_id: NodeId, 
/**
 * Who the server thinks this is.
 */
agent: AgentView, 
/**
 * A heartbeat comes this often, in milliseconds; two missed ones mean a dead connection.
 */
heartbeat_ms: number, 
/**
 * The server's clock, so that a client can show times by it.
 */
at: string, };
