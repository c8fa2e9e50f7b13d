// @vitest-environment happy-dom
// Pieces of the desk on their own: what a row says about who is there, and text that stays text.

import { render, type ComponentChildren } from 'preact';
import { describe, expect, it } from 'vitest';
import type { AgentPresence, Availability, InboxView, Me, MessageView, ThreadSignals, ThreadView } from '../../sdk/src/index.ts';
import { MessageBubble } from '../src/Bubbles.tsx';
import { availabilityOf, colleaguesOf } from '../src/team-state.ts';
import { ThreadRow } from '../src/ThreadRow.tsx';

const ann = { id: 'agt_1', name: 'Ann', role: 'agent' } as const;
const ben = { id: 'agt_2', name: 'Ben', role: 'agent' } as const;
const cleo = { id: 'agt_3', name: 'Cleo', role: 'agent' } as const;
const inbox: InboxView = {
  id: 'ibx_1', name: 'Support', mode: 'team', scope: 'all', may: [], teams: [], tags: [], statuses: { after_reply: 'open', after_message: 'open', transitions: {} }, agents: [ann, ben, cleo],
  channels: [{ id: 'chn_1', kind: 'whatsapp', address: '+12025550100', text_max: 4_096, window_hours: 24 }],
};
const me: Me = { agent: ann, may: [], inboxes: [inbox], tokens: [] };
const AT = '2026-09-21T14:13:20Z';
const thread: ThreadView = {
  id: 'thr_1', inbox_id: 'ibx_1', channel_id: 'chn_1', status: 'open', assignee_id: 'agt_2', team_id: null, priority: 'normal', tags: [], reply_no: 0, lock: null,
  contact: { id: 'cnt_1', name: 'Ada', addresses: [] }, inbound_seq: 5, read_seq: 4, created_at: AT,
  preview: { seq: 5, author: { kind: 'contact', id: 'cnt_1' }, note: false, text: 'Hello', at: AT },
};

function show(what: ComponentChildren): HTMLElement {
  const box = document.createElement('div');
  render(what, box);
  return box;
}

function row(change: Partial<ThreadView>, signals: ThreadSignals | null = null): HTMLElement {
  const nothing = () => undefined;
  return show(
    <ThreadRow thread={{ ...thread, ...change }} me={me} inbox={inbox} signals={signals} now={Date.parse(AT)} current={false} tabbable onFocus={nothing} onOpen={nothing} />,
  );
}

describe('a row', () => {
  it('says in words what it shows in colours', () => {
    const text = row({}).textContent ?? '';
    for (const word of ['Unread', 'Ada', 'WhatsApp', 'Open', 'Assigned to Ben', 'Hello']) expect(text).toContain(word);
    expect(row({ read_seq: 5 }).textContent).not.toContain('Unread');
    expect(row({ assignee_id: null }).textContent).toContain('Unassigned');
  });

  it('tells who is replying from who is only viewing, and leaves oneself out', () => {
    const lock = { agent_id: 'agt_2', expires_at: AT };
    const box = row({}, { thread_id: 'thr_1', viewing: ['agt_1', 'agt_2', 'agt_3'], typing: [], lock });
    expect(box.querySelector('.presence')?.getAttribute('title')).toBe('Ben is replying. Cleo is viewing.');
    expect(box.querySelectorAll('.avatar.replying')).toHaveLength(1);
    expect(box.querySelectorAll('.avatar.viewing')).toHaveLength(1);
    expect(row({}, { thread_id: 'thr_1', viewing: ['agt_1'], typing: ['agt_1'], lock: null }).querySelector('.presence')).toBeNull();
  });
});

describe('a row, with more going on', () => {
  const busy = { thread_id: 'thr_1', viewing: ['agt_2', 'agt_3'], typing: ['agt_2'], lock: null };

  it('says who may have left, and does not call them typing', () => {
    const box = row({}, { ...busy, stale: ['agt_2'] });
    expect(box.querySelector('.presence')?.getAttribute('title')).toBe('Cleo is viewing. Ben may have left.');
    expect(box.querySelectorAll('.avatar.stale')).toHaveLength(1);
    expect(box.querySelectorAll('.avatar.replying')).toHaveLength(0);
    // Whoever holds the lock holds it, heard or not.
    const lock = { agent_id: 'agt_2', expires_at: AT };
    expect(row({}, { ...busy, stale: ['agt_2'], lock }).querySelector('.presence')?.getAttribute('title')).toBe('Ben is replying. Cleo is viewing.');
  });

  it('says that the customer types', () => {
    expect(row({}, { ...busy, contact_typing: true }).textContent).toContain('typing…');
    expect(row({}, busy).textContent).not.toContain('typing…');
  });

  it('says until when it is put off, and only while it is', () => {
    const until = new Date(Date.parse(AT) + 30 * 60_000).toISOString();
    const shown = (change: Partial<ThreadView>) => row({ until, ...change }).querySelector('[data-testid=until]');
    expect(shown({ status: 'pending' })?.textContent).toMatch(/^Pending until \d/);
    expect(shown({ status: 'open' })).toBeNull();
    expect(row({ status: 'pending' }).textContent).toContain('Pending');
  });
});

describe('the team', () => {
  const at = (agent_id: string, availability: Availability): [string, AgentPresence] => [agent_id, { agent_id, availability, chosen: false, doing: [], stale: false }];

  it('has those who are there first, each once, and nobody missing', () => {
    const sales: InboxView = { ...inbox, id: 'ibx_2', agents: [{ id: 'agt_0', name: 'Zoe', role: 'agent' }, ben] };
    const both: Me = { agent: ann, may: [], inboxes: [inbox, sales], tokens: [] };
    const agents = new Map([at('agt_0', 'online'), at('agt_1', 'away'), at('agt_3', 'busy'), at('agt_9', 'online')]);
    expect(colleaguesOf(both, agents).map((one) => [one.name, availabilityOf(one.presence)])).toEqual([
      ['Zoe', 'online'], ['Cleo', 'busy'], ['Ann', 'away'], ['Ben', 'offline'],
    ]);
  });
});

describe('a message', () => {
  const message: MessageView = {
    id: 'msg_1', channel_id: 'chn_1', direction: 'out', author: { kind: 'agent', id: 'agt_2' }, text: '<img src=x onerror=alert(1)> &amp;', at: AT,
  };

  it('shows markup as the text that it is', () => {
    const box = show(<MessageBubble message={message} me={me} contact="Ada" follows={false} />);
    expect(box.querySelector('img')).toBeNull();
    expect(box.querySelector('.text bdi')?.textContent).toBe(message.text);
  });

  it('says how far it is, and why it failed', () => {
    const failed = { ...message, delivery: { state: 'failed', error: '30005' } } as const;
    expect(show(<MessageBubble message={failed} me={me} contact="Ada" follows={false} />).textContent).toContain('Failed: error 30005');
    const unknown = { ...message, delivery: { state: 'unknown' } } as const;
    expect(show(<MessageBubble message={unknown} me={me} contact="Ada" follows={false} />).textContent).toContain('Outcome unknown');
  });

  it('shows files as small pictures or links, and says what became of the others', () => {
    const files = [
      { id: 'att_1', mime_type: 'image/png', name: 'parcel.png', bytes: 48_213, state: 'stored', has_thumbnail: true },
      { id: 'att_2', mime_type: 'application/pdf', name: '<b>bill</b>.pdf', bytes: 1_234_567, state: 'stored' },
      { id: 'att_3', mime_type: 'image/png', state: 'waiting' },
      { id: 'att_4', mime_type: 'image/png', name: 'x.png', state: 'refused', error: 'too_large' },
      { id: 'att_5', mime_type: 'image/png', state: 'refused', error: 'connect' },
    ] as const;
    const box = show(<MessageBubble message={{ ...message, text: '', form: 'media', attachments: [...files] }} me={me} contact="Ada" follows={false} />);
    const links = [...box.querySelectorAll('a')];
    expect(links.map((link) => link.getAttribute('href'))).toEqual(['/api/v1/attachments/att_1', '/api/v1/attachments/att_2']);
    for (const link of links) expect(link.getAttribute('rel')).toContain('noopener');
    const picture = links[0]?.querySelector('img');
    expect(picture?.getAttribute('src')).toBe('/api/v1/attachments/att_1/thumbnail');
    expect(picture?.getAttribute('alt')).toBe('parcel.png (opens in a new tab)');
    expect(links[1]?.textContent).toBe('<b>bill</b>.pdf 1.23 MB (opens in a new tab)');
    const items = [...box.querySelectorAll('li')].map((item) => item.textContent);
    expect(items.slice(2)).toEqual([
      'Attachment is being fetched…',
      'x.png could not be fetched: it is too large',
      'Attachment could not be fetched: error connect',
    ]);
    expect(box.querySelector('.text')).toBeNull();
  });
});
