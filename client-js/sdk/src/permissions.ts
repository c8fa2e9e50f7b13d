// What roles can allow, each with one line about it. Generated from the `protocol` crate by `make generate`. Do not edit.

import type { Permission } from './protocol.ts';

/** What counts in one inbox. */
export const INBOX_PERMISSIONS: readonly (readonly [Permission, string])[] = [
  ['threads.read', "Read threads: lists, timelines, what happens live. Without it nothing of an inbox is seen."],
  ['replies.send', "Reply to customers, and hold the reply lock."],
  ['templates.send', "Send templates."],
  ['attachments.read', "Read the files of messages."],
  ['attachments.send', "Upload files and send them."],
  ['notes.add', "Write private notes, and change one's own."],
  ['notes.moderate', "Delete the notes of others."],
  ['threads.claim', "Take a thread that nobody has, and give one's own back."],
  ['threads.assign', "Give a thread to anybody, whoever has it."],
  ['threads.set_status', "Open a thread, or let it wait."],
  ['threads.close', "Close a thread."],
  ['threads.snooze', "Let a thread wait until an instant."],
  ['threads.escalate', "Escalate a thread."],
  ['threads.prioritise', "Set a thread's priority."],
  ['threads.tag', "Put tags on a thread."],
  ['locks.take_over', "Take the reply lock from its holder."],
  ['contacts.reveal', "See the addresses and attributes of customers; whoever may not sees them masked."],
  ['contacts.rename', "Give customers names."],
  ['contacts.merge', "Merge customers, and take them apart."],
  ['drafts.write', "Write drafts that others see."],
  ['drafts.review', "Approve drafts of others, or ask for changes."],
  ['canned.write', "Write the canned replies of the inbox."],
  ['canned.approve', "Approve canned replies."],
  ['tags.manage', "Make and change tags."],
  ['agents.watch', "Watch what all agents do."],
];

/** What counts everywhere: no role of an inbox has it. */
export const ORGANISATION_PERMISSIONS: readonly (readonly [Permission, string])[] = [
  ['agents.manage', "Add agents, change their roles, and disable them."],
  ['agents.reset_password', "Give agents new passwords."],
  ['sessions.revoke', "See and end the sessions of others."],
  ['tokens.create', "Make API tokens of one's own."],
  ['tokens.manage', "See and revoke the tokens of others."],
  ['teams.manage', "Make teams, and say who is in them."],
  ['roles.manage', "Make roles, and say what they allow."],
  ['members.manage', "Say who works in which inbox, in which role, and sees what."],
  ['inboxes.create', "Make inboxes."],
  ['inboxes.manage', "Change inboxes."],
  ['accounts.manage', "Set up accounts at providers."],
  ['channels.manage', "Add channels to inboxes."],
  ['channels.pause', "Pause channels, and let them go on."],
  ['audit.read', "Read what is on record of others, and what is private to them."],
];
