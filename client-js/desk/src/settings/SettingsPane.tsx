// The settings: one page at a time, each for who may set what is on it.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { InboxView, Me } from '../../../sdk/src/index.ts';
import { go, route } from '../app-state.ts';
import { Icon } from '../icons.tsx';
import { sectionsOf } from './sections.tsx';

export function SettingsPane({ me, inbox }: { me: Me; inbox: InboxView }) {
  const sections = sectionsOf(me, inbox);
  const open = sections.find((one) => one.id === route.value.section) ?? sections[0];
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div class="settings" data-testid="settings">
      <div class="team-head">
        <button type="button" class="icon-button back" aria-label="Back to the list" onClick={() => go({ panel: null })}>
          <Icon name="back" />
        </button>
        <h1 ref={heading} tabIndex={-1}>
          Settings
        </h1>
        <button type="button" class="icon-button team-close" aria-label="Leave the settings" title="Leave (Esc)" onClick={() => go({ panel: null })}>
          <Icon name="cross" />
        </button>
      </div>
      <nav class="settings-nav" aria-label="Settings">
        {sections.map(({ id, name }) => (
          <button key={id} type="button" aria-current={id === open?.id ? 'page' : undefined} onClick={() => go({ section: id })}>
            {name}
          </button>
        ))}
      </nav>
      <div class="settings-body" tabIndex={0} role="region" aria-label={`Settings: ${open?.name ?? 'none'}`} key={`${open?.id} ${inbox.id}`}>
        {open?.page(me, inbox)}
      </div>
    </div>
  );
}
