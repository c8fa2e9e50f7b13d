// The settings: canned replies for everybody; tags, for who may manage them; inboxes, accounts at providers, channels, for administrators.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { may } from '../../../sdk/src/rights.ts';
import type { InboxView, Me } from '../../../sdk/src/index.ts';
import { go } from '../app-state.ts';
import { Icon } from '../icons.tsx';
import { AccountsSection } from './AccountsSection.tsx';
import { load, type Settings } from './api.ts';
import { CannedSection } from './CannedSection.tsx';
import { ChannelsSection } from './ChannelsSection.tsx';
import { InboxesSection } from './InboxesSection.tsx';
import { TagsSection } from './TagsSection.tsx';

export function SettingsPane({ me, inbox }: { me: Me; inbox: InboxView }) {
  const admin = me.agent.role === 'admin';
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
  useEffect(() => {
    if (admin) void again();
  }, [admin]);
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
        <CannedSection me={me} inbox={inbox} />
        {may(me, inbox.id, 'tags.manage') && <TagsSection inbox={inbox} />}
        {admin && !settings && !error && <p class="muted">Loading…</p>}
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
