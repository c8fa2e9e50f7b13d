// The settings, for administrators: inboxes, accounts at providers, channels.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { go } from '../app-state.ts';
import { Icon } from '../icons.tsx';
import { AccountsSection } from './AccountsSection.tsx';
import { load, type Settings } from './api.ts';
import { ChannelsSection } from './ChannelsSection.tsx';
import { InboxesSection } from './InboxesSection.tsx';

export function SettingsPane() {
  const [settings, setSettings] = useState<Settings | null>(null);
  const [error, setError] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const again = async () => {
    setError(null);
    try {
      setSettings(await load());
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  useEffect(() => void again(), []);
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
      <div class="settings-body" tabIndex={0} role="region" aria-label="All settings">
        {error && (
          <p class="setting-trouble" role="alert">
            {error}{' '}
            <button type="button" class="link" onClick={() => void again()}>
              Try again
            </button>
          </p>
        )}
        {!settings && !error && <p class="muted">Loading…</p>}
        {settings && (
          <>
            <InboxesSection settings={settings} again={again} />
            <AccountsSection settings={settings} again={again} />
            <ChannelsSection settings={settings} again={again} />
          </>
        )}
      </div>
    </div>
  );
}
