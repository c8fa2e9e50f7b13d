// What a provider said when it was tried.

import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Tested } from '../../../sdk/src/index.ts';
import { Icon } from '../icons.tsx';

/** Returns what was said last, and what asks again. */
export function useTested(ask: () => Promise<Tested>): [ComponentChildren, () => Promise<void>] {
  const [tested, setTested] = useState<Tested | null>(null);
  const shown = tested && (
    <span class={tested.ok ? 'tested good' : 'tested bad'}>
      <Icon name={tested.ok ? 'check' : 'alert'} small />
      {tested.ok ? 'It works: ' : 'It does not work: '}
      {tested.detail}
    </span>
  );
  const test = async () => {
    setTested(null);
    setTested(await ask());
  };
  return [<span role="status">{shown}</span>, test];
}
