// Priorities and tags as marks: in words as well as in colours.

import type { InboxView, Priority, TagView, ThreadView } from '../../sdk/src/index.ts';
import { Icon } from './icons.tsx';
import { PRIORITY_NAMES, tagsOf } from './labels.ts';

/** Nothing where it is as usual. */
export function PriorityMark({ priority }: { priority: Priority }) {
  if (priority === 'normal') return null;
  return (
    <span class={`chip priority ${priority}`} data-testid="priority">
      <Icon name="flag" small />
      <span class="sr">Priority: </span>
      {PRIORITY_NAMES[priority]}
    </span>
  );
}

export function TagMark({ tag }: { tag: TagView }) {
  return (
    <span class={`tag-mark ${tag.color}`} data-testid="tag">
      <bdi>{tag.name}</bdi>
    </span>
  );
}

/** The first tags of a thread, and how many more there are. */
export function TagMarks({ thread, inbox, max }: { thread: ThreadView; inbox: InboxView; max: number }) {
  const tags = tagsOf(thread, inbox);
  if (tags.length === 0) return null;
  const more = tags.slice(max);
  return (
    <span class="tags">
      <span class="sr">Tags: </span>
      {tags.slice(0, max).map((tag) => (
        <TagMark key={tag.id} tag={tag} />
      ))}
      {more.length > 0 && (
        <span class="muted" title={more.map((tag) => tag.name).join(', ')}>
          +{more.length}
        </span>
      )}
    </span>
  );
}
