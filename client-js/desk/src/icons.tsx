// Icons, drawn inline: 20 by 20, in the colour of the text around them, hidden from screen readers
// (whoever uses one says in words what it means).

import type { Availability, ChannelKind } from '../../sdk/src/index.ts';

const PATHS = {
  sms: 'M4 4h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 16 14H9l-4 3v-3H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 4Z M6.5 8h7 M6.5 10.7h4.5',
  whatsapp: 'M10 2.8a7.2 7.2 0 0 0-6.2 10.8L2.9 17l3.5-.9A7.2 7.2 0 1 0 10 2.8Z M7.4 6.8c-.5 2.9 2.6 6.1 5.7 5.9l.6-1.5-1.8-1-.9.8c-.9-.4-1.7-1.2-2.1-2.1l.8-.9-.9-1.7Z',
  rcs: 'M4 4h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 16 14H9l-4 3v-3H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 4Z M6.5 11.5l2.3-3 2 2 1.4-1.5 1.6 2.5',
  sandbox: 'M7.5 3h5 M8.5 3v5L4.3 15a1.4 1.4 0 0 0 1.2 2h9a1.4 1.4 0 0 0 1.2-2L11.5 8V3 M6.3 12.5h7.4',
  pencil: 'M12.5 4.5l3 3L7 16l-3.7.7L4 13Z',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5Z M10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  checks: 'M1.8 10.8l3.2 3.2 7-8 M9 13.2l.9.8 7.3-8',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z M10 6.2V10l2.6 1.6',
  alert: 'M10 3.2 18 16.5H2Z M10 8.2v3.8 M10 14.2v.1',
  question: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z M8 8.2c0-2.6 4-2.4 4-.2 0 1.5-2 1.6-2 3.2 M10 13.6v.1',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  out: 'M8 3.5H4.5v13H8 M12.5 6.5 16 10l-3.5 3.5 M16 10H8',
  note: 'M4 3.5h12v8.5l-4.5 4.5H4Z M11.5 16.5V12H16',
  send: 'M3 10l14-6.5-4.5 13.5-3-5.5Z M9.5 11.5 17 3.5',
  person: 'M10 9.8a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z M3.8 16.8c.6-3.4 3.2-5 6.2-5s5.6 1.6 6.2 5',
  people: 'M7.5 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z M2.3 16c.5-3 2.6-4.4 5.2-4.4s4.7 1.4 5.2 4.4 M13 4.3a2.6 2.6 0 0 1 0 5 M14.7 11.9c1.6.6 2.7 2 3 4.1',
  all: 'M3.5 5.5h13 M3.5 10h13 M3.5 14.5h13',
  tray: 'M3 11.5 5 4.5h10l2 7v5H3Z M3 11.5h4l1 2h4l1-2h4',
  down: 'M10 4v12 M5 11l5 5 5-5',
  swap: 'M4 7.5h11.5 M12.5 4.5l3 3-3 3 M16 12.8H4.5 M7.5 9.8l-3 3 3 3',
  retry: 'M16 10a6 6 0 1 1-1.8-4.3L16 7.5 M16 3.5v4h-4',
  clip: 'M15 9.3l-5.3 5.3a3.2 3.2 0 0 1-4.5-4.5l6-6a2.1 2.1 0 0 1 3 3l-5.9 5.9a1 1 0 0 1-1.5-1.5l5.2-5.2',
  tag: 'M3.5 3.5h6.2l6.8 6.8-6.2 6.2-6.8-6.8Z M6.8 6.7v.1',
  flag: 'M5 17V3.5h10l-2.2 3.6L15 10.7H5',
  unread: 'M3 5h14v10.5H3Z M3.3 5.4 10 11l6.7-5.6',
  filter: 'M3 5h14 M5.8 10h8.4 M8.5 15h3',
  cross: 'M5 5l10 10 M15 5 5 15',
  gear: 'M10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2Z M10 2.8v2 M10 15.2v2 M2.8 10h2 M15.2 10h2 M4.9 4.9l1.4 1.4 M13.7 13.7l1.4 1.4 M4.9 15.1l1.4-1.4 M13.7 6.3l1.4-1.4',
  bell: 'M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.5H4Z M8.5 17a1.6 1.6 0 0 0 3 0',
  silent: 'M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.5H4Z M8.5 17a1.6 1.6 0 0 0 3 0 M3 3l14 14',
  copy: 'M7 7h9v9.5H7Z M4 13V3.5h9',
  phone: 'M6.5 2.5h7A1.5 1.5 0 0 1 15 4v12a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 16V4a1.5 1.5 0 0 1 1.5-1.5Z M8.8 15h2.4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? 'icon small' : 'icon'} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function ChannelIcon({ kind }: { kind: ChannelKind }) {
  return <Icon name={kind in PATHS ? kind : 'sms'} small />;
}

const AVAILABILITY: Readonly<Record<Availability, string>> = {
  online: 'M3.4 6.2 5.3 8.1 8.8 4.2',
  away: 'M6 3v3.2L8 7.4',
  busy: 'M3.4 6h5.2',
  offline: 'M4.2 4.2 7.8 7.8 M7.8 4.2 4.2 7.8',
};

/** Whether somebody is there, by shape as well as by colour. */
export function AvailabilityIcon({ state }: { state: Availability }) {
  return (
    <svg class={`availability ${state}`} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      <circle cx="6" cy="6" r="5.2" />
      <path d={AVAILABILITY[state]} />
    </svg>
  );
}

/** The sign of the house: two rings, hand in hand. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <circle cx="12.5" cy="14" r="6" />
      <circle cx="19.5" cy="18" r="6" />
    </svg>
  );
}
