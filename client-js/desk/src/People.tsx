// Colleagues who look at this thread too, whether they type, and whether they may have left.

import type { AgentId, Me } from '../../sdk/src/index.ts';
import { Avatar } from './Avatar.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { useStore } from './use.ts';
import { agentName, nameList } from './words.ts';

/** "Ann is viewing", "Ann and Ben are viewing", or nothing. */
export function saying(me: Me, ids: readonly AgentId[], what: string, one = 'is', more = 'are'): string {
  return ids.length === 0 ? '' : `${nameList(ids.map((id) => agentName(me, id)))} ${ids.length > 1 ? more : one} ${what}`;
}

export function People({ thread, me }: Pick<ThreadParts, 'thread' | 'me'>) {
  const viewers = useStore(thread.viewers);
  const typing = useStore(thread.typing);
  const stale = useStore(thread.stale);
  const all = [...new Set([...viewers, ...typing])];
  const sure = all.filter((id) => !stale.includes(id));
  const types = typing.filter((id) => sure.includes(id));
  const words = [
    types.length > 0 ? saying(me, types, 'typing…') : saying(me, sure, 'here'),
    saying(me, all.filter((id) => stale.includes(id)), 'have left', 'may', 'may'),
  ].filter((part) => part !== '');
  const look = (id: AgentId) => (stale.includes(id) ? 'stale' : types.includes(id) ? 'replying' : 'viewing');
  return (
    <div class="people">
      <span class="avatars">
        {all.slice(0, 4).map((id) => (
          <Avatar key={id} id={id} name={agentName(me, id)} look={look(id)} />
        ))}
      </span>
      <span class={types.length > 0 ? 'people-words typing' : 'people-words muted'} title={words.join(' · ')} data-testid="people">
        {words.join(' · ')}
      </span>
    </div>
  );
}
