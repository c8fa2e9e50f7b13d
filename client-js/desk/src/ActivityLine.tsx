// What happened to a thread besides messages, in one quiet line.

import type { Event, Me } from '../../sdk/src/index.ts';
import { PRIORITY_NAMES } from './labels.ts';
import { actorName, agentName, CHANNEL_NAMES, clockTime, CONSENT_NAMES, STATUS_NAMES, untilTime, wholeTime } from './words.ts';

/** What became of the shared draft. */
const DRAFT_WORDS: Readonly<Record<string, string>> = {
  'draft.review_requested': 'asked for a review of the draft',
  'draft.approved': 'approved the draft',
  'draft.approval_voided': 'voided the approval: the draft is not approved any more',
  'draft.changes_requested': 'asked for changes of the draft',
  'draft.discarded': 'discarded the draft',
};

export function isActivity(event: Event): boolean {
  // The first reply opens a thread by itself: the reply says it all.
  if (event.kind === 'thread.status_changed' && event.data.from === 'new' && event.data.to === 'open') return false;
  return ['thread.assigned', 'thread.status_changed', 'lock.taken_over', 'contact.consent_changed', 'contact.merged', 'contact.unmerged', 'thread.prioritised', 'thread.tagged', ...Object.keys(DRAFT_WORDS)].includes(event.kind);
}

export function ActivityLine({ event, me, contact }: { event: Event; me: Me; contact: string }) {
  return (
    <p>
      <bdi>{sentence(event, me, contact)}</bdi>
      {' · '}
      <time dateTime={event.at} title={wholeTime(event.at)}>
        {clockTime(event.at)}
      </time>
    </p>
  );
}

function sentence(event: Event, me: Me, contact: string): string {
  const actor = actorName(me, event.actor, contact);
  const byAgent = event.actor.kind === 'agent' ? event.actor.id : null;
  const nameOf = (id: string) => (id === me.agent.id ? 'you' : agentName(me, id));
  if (event.kind === 'thread.assigned') {
    const { from, to, to_team } = event.data;
    if (to_team && to_team !== event.data.from_team) {
      const team = me.inboxes.flatMap((inbox) => inbox.teams).find((one) => one.id === to_team);
      return `${actor} gave it to ${team ? `the team ${team.name}` : 'a team'}`;
    }
    if (to === null) return from === byAgent ? `${actor} gave it back` : `${actor} unassigned ${from ? nameOf(from) : 'it'}`;
    return to === byAgent ? `${actor} took it` : `${actor} assigned it to ${nameOf(to)}`;
  }
  if (event.kind === 'thread.status_changed') {
    const { from, to } = event.data;
    if (to === 'closed') return `${actor} closed it`;
    if (event.data.until !== undefined) return `${actor} put it off until ${untilTime(event.data.until, Date.parse(event.at))}`;
    if (from === 'pending' && event.actor.kind === 'system') return 'It was put off until now, and is open again';
    if (from === 'closed') return event.actor.kind === 'agent' ? `${actor} opened it again` : 'A new message opened it again';
    return `${actor} set it to ${STATUS_NAMES[to].toLowerCase()}`;
  }
  if (event.kind === 'thread.prioritised') return `${actor} set the priority to ${PRIORITY_NAMES[event.data.priority].toLowerCase()}`;
  if (event.kind === 'thread.tagged') {
    const { added, removed } = event.data;
    const tag = me.inboxes.flatMap((inbox) => inbox.tags).find((one) => one.id === (added ?? removed));
    const name = tag ? `the tag “${tag.name}”` : 'a tag that is gone since';
    return added ? `${actor} put on ${name}` : `${actor} took off ${name}`;
  }
  const drafted = DRAFT_WORDS[event.kind];
  if (event.kind === 'draft.changes_requested') return `${actor} ${drafted}: ${event.data.comment}`;
  if (drafted) return `${actor} ${drafted}`;
  if (event.kind === 'contact.consent_changed') {
    const { channel_id, about, wanted } = event.data;
    const channel = me.inboxes.flatMap((inbox) => inbox.channels).find((one) => one.id === channel_id);
    const by = channel ? ` by ${CHANNEL_NAMES[channel.kind]}` : '';
    return wanted ? `${actor} wants messages${by} again` : `${actor} wants no more ${CONSENT_NAMES[about]}${by}`;
  }
  if (event.kind === 'contact.merged') return `${actor} merged another contact into this one`;
  if (event.kind === 'contact.unmerged') return `${actor} separated a contact from this one`;
  if (event.kind === 'lock.taken_over') return `${actor} took over the reply from ${nameOf(event.data.from)}: ${event.data.reason}`;
  return '';
}
