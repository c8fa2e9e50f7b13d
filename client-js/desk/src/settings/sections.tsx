// The pages of the settings, and who has them.

import type { ComponentChildren } from 'preact';
import { may, mayInOrganisation } from '../../../sdk/src/rights.ts';
import type { InboxView, Me, Permission } from '../../../sdk/src/index.ts';
import { AccessSection } from './AccessSection.tsx';
import { AccountsSection } from './AccountsSection.tsx';
import { load, type Settings } from './api.ts';
import { CannedSection } from './CannedSection.tsx';
import { ChannelsSection } from './ChannelsSection.tsx';
import { InboxesSection } from './InboxesSection.tsx';
import { useLoaded } from './loading.tsx';
import { MembersSection } from './MembersSection.tsx';
import { PeopleSection } from './PeopleSection.tsx';
import { RolesSection } from './RolesSection.tsx';
import { RulesSection } from './RulesSection.tsx';
import { TagsSection } from './TagsSection.tsx';
import { TeamsSection } from './TeamsSection.tsx';

export interface Section {
  id: string;
  name: string;
  /** One of these opens it, of the organisation, but for `inInbox`; without any it is everybody's. */
  needs: readonly Permission[];
  inInbox?: boolean;
  page(me: Me, inbox: InboxView): ComponentChildren;
}

export const SECTIONS: readonly Section[] = [
  { id: 'canned', name: 'Canned replies', needs: [], page: (me, inbox) => <CannedSection me={me} inbox={inbox} /> },
  { id: 'access', name: 'Sessions and tokens', needs: [], page: (me) => <AccessSection me={me} /> },
  { id: 'inboxes', name: 'Inboxes', needs: ['inboxes.manage', 'inboxes.create'], page: (me) => <Providing of={(all, again) => <InboxesSection me={me.agent.id} settings={all} again={again} />} /> },
  { id: 'members', name: 'Members', needs: ['members.manage'], page: (_me, inbox) => <MembersSection inboxId={inbox.id} /> },
  { id: 'roles', name: 'Roles', needs: ['roles.manage'], page: (_me, inbox) => <RolesSection inboxId={inbox.id} /> },
  { id: 'rules', name: 'Rules', needs: ['inboxes.manage'], page: (_me, inbox) => <RulesSection inboxId={inbox.id} /> },
  { id: 'tags', name: 'Tags', needs: ['tags.manage'], inInbox: true, page: (_me, inbox) => <TagsSection inbox={inbox} /> },
  { id: 'people', name: 'People', needs: ['agents.manage', 'agents.reset_password'], page: (me) => <PeopleSection me={me} /> },
  { id: 'teams', name: 'Teams', needs: ['teams.manage'], page: () => <TeamsSection /> },
  { id: 'accounts', name: 'Accounts', needs: ['accounts.manage'], page: () => <Providing of={(all, again) => <AccountsSection settings={all} again={again} />} /> },
  { id: 'channels', name: 'Channels', needs: ['channels.manage', 'channels.pause'], page: () => <Providing of={(all, again) => <ChannelsSection settings={all} again={again} />} /> },
];

/** The pages that this agent has. */
export function sectionsOf(me: Me, inbox: InboxView): Section[] {
  return SECTIONS.filter(({ needs, inInbox }) => needs.length === 0 || (inInbox ? needs.some((one) => may(me, inbox.id, one)) : mayInOrganisation(me, ...needs)));
}

/** What inboxes, accounts and channels have in common: each names the others. */
function Providing({ of }: { of(settings: Settings, again: () => Promise<void>): ComponentChildren }) {
  const { value, again, notice } = useLoaded('providing', load);
  return (
    <>
      {notice}
      {value && of(value, again)}
    </>
  );
}
