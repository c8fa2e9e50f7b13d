// What the desk shows of priorities, tags and statuses, and what many commands come to.

import { describe, expect, it } from 'vitest';
import type { BulkAnswer, ErrorCode, InboxView, StatusRules, ThreadView } from '../../sdk/src/index.ts';
import { transferOf } from '../../sdk/src/labels.ts';
import { bulkWords, commandOf, receiverOf, settable, stillThere, tagsOf, toggled } from '../src/labels.ts';

const thread = { id: 'thr_1', assignee_id: 'agt_1', team_id: 'tem_1', tags: ['tag_2', 'tag_gone', 'tag_1'] } as unknown as ThreadView;

describe('labels', () => {
  it('shows the tags that still are, in the order of the inbox', () => {
    const tags = ['tag_1', 'tag_2', 'tag_3'].map((id) => ({ id, name: id, color: 'red' as const }));
    expect(tagsOf(thread, { tags } as unknown as InboxView).map((tag) => tag.id)).toEqual(['tag_1', 'tag_2']);
  });

  it('offers the statuses that may follow, and the one that is', () => {
    const rules: StatusRules = { transitions: { open: ['closed'], closed: [] }, after_reply: 'open', after_message: 'open' };
    expect(settable(rules, 'open')).toEqual(['open', 'closed']);
    expect(settable(rules, 'closed')).toEqual(['closed']);
    expect(settable(rules, 'new')).toEqual(['open', 'pending', 'escalated', 'closed']);
  });

  it('selects and forgets what is gone', () => {
    const one = toggled(new Set(), 'thr_1');
    expect([...one]).toEqual(['thr_1']);
    expect([...toggled(one, 'thr_1')]).toEqual([]);
    expect(stillThere(new Set(['thr_1', 'thr_9']), [thread])).toEqual([thread]);
  });

  it('says how many were done, and why others were not', () => {
    const answer = (code?: ErrorCode): BulkAnswer => ({ key: 'k', ...(code ? { error: { code, message: `it is ${code}`, retryable: false } } : {}) });
    expect(bulkWords([answer()])).toBe('1 thread changed.');
    expect(bulkWords([answer(), answer(), answer('owner_changed')])).toBe('2 threads changed, 1 not: somebody was faster.');
    expect(bulkWords([answer('owner_changed'), answer('forbidden'), answer('forbidden')])).toBe('0 threads changed, 3 not: somebody was faster (1); it is forbidden (2).');
  });

  it('makes commands that say what was seen', () => {
    const from = { kind: 'thread.assign', thread_id: 'thr_1', from: 'agt_1', from_team: 'tem_1' };
    expect(transferOf(thread, receiverOf('agent agt_2'), 'Why')).toEqual({ ...from, to: 'agt_2', to_team: null, note: 'Why' });
    expect(transferOf(thread, receiverOf('team tem_2'), '  ')).toEqual({ ...from, to: null, to_team: 'tem_2' });
    expect(commandOf('assign', 'nobody', thread)).toEqual({ ...from, to: null, to_team: null });
    expect(commandOf('tag', 'off tag_1', thread)).toEqual({ kind: 'thread.untag', thread_id: 'thr_1', tag_id: 'tag_1' });
    expect(commandOf('status', 'closed', thread)).toEqual({ kind: 'thread.set_status', thread_id: 'thr_1', to: 'closed' });
    expect(commandOf('priority', 'soon', thread)).toBeNull();
  });
});
