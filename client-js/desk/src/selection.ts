// Which threads of the list are selected, to do something with all of them.

import { signal } from '@preact/signals';
import type { ThreadId } from '../../sdk/src/index.ts';
import { toggled } from './labels.ts';

export const selection = signal<ReadonlySet<ThreadId>>(new Set());

export function toggle(id: ThreadId): void {
  selection.value = toggled(selection.value, id);
}

export function select(...ids: readonly ThreadId[]): void {
  selection.value = new Set([...selection.value, ...ids]);
}

export function clearSelection(): void {
  if (selection.value.size > 0) selection.value = new Set();
}
