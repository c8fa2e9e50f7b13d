// How rights are called: permissions by what they are about, roles, what a member sees. Pure.

import { INBOX_PERMISSIONS } from '../../../sdk/src/permissions.ts';
import type { BuiltInRole, MemberRole, MemberSettings, Permission, Role, RoleSettings, Scope } from '../../../sdk/src/index.ts';
import { ROLE_NAMES } from '../words.ts';

export const ROLES: readonly Role[] = ['agent', 'supervisor', 'admin', 'reviewer'];

export const ROLE_HELP: Readonly<Record<Role, string>> = {
  agent: 'Works threads',
  supervisor: 'Works threads, reviews drafts, takes over locks, manages tags',
  admin: 'All of that, and sets up people, inboxes and channels',
  reviewer: 'Reads, and changes nothing',
};

export const SCOPES: readonly (readonly [Scope, string])[] = [
  ['all', 'Every thread'],
  ['team', 'Those of their teams, and their own'],
  ['unassigned', 'Those that nobody has, and their own'],
  ['assigned', 'Their own only'],
];

const NOUNS: Readonly<Record<string, string>> = {
  threads: 'Threads',
  replies: 'Replies',
  templates: 'Templates',
  attachments: 'Files',
  notes: 'Notes',
  locks: 'Reply locks',
  contacts: 'Customers',
  drafts: 'Drafts',
  canned: 'Canned replies',
  tags: 'Tags',
  agents: 'Colleagues',
};

export interface Group {
  noun: string;
  permissions: readonly (readonly [Permission, string])[];
}

/** Permissions by what they are about, in the order of the protocol. */
export function grouped(permissions: readonly (readonly [Permission, string])[] = INBOX_PERMISSIONS): Group[] {
  const groups = new Map<string, [Permission, string][]>();
  for (const [name, about] of permissions) {
    const noun = name.slice(0, name.indexOf('.'));
    const group = groups.get(noun) ?? [];
    group.push([name, about]);
    groups.set(noun, group);
  }
  return Array.from(groups, ([noun, list]) => ({ noun: NOUNS[noun] ?? noun.charAt(0).toUpperCase() + noun.slice(1), permissions: list }));
}

/** The roles of an inbox as options of a field. */
export function roleOptions(own: readonly RoleSettings[]): [MemberRole, string][] {
  return [...ROLES.map((role): [MemberRole, string] => [role, ROLE_NAMES[role]]), ...own.map((role): [MemberRole, string] => [role.id, role.name])];
}

/** What a member's role is called: without one, it is that in the organisation. */
export function roleName(member: MemberSettings, inOrganisation: Role | undefined, own: readonly RoleSettings[]): string {
  if (member.role === null) return inOrganisation ? `${ROLE_NAMES[inOrganisation]}, as in the organisation` : 'As in the organisation';
  return roleOptions(own).find(([id]) => id === member.role)?.[1] ?? 'A role that is gone';
}

/** Whether a member sees addresses of customers, or masked ones. */
export function seesAddresses(member: MemberSettings, inOrganisation: Role | undefined, own: readonly RoleSettings[], builtIn: readonly BuiltInRole[]): boolean {
  const role = member.role ?? inOrganisation;
  const permissions = own.find((one) => one.id === role)?.permissions ?? builtIn.find((one) => one.role === role)?.permissions ?? [];
  return permissions.includes('contacts.reveal');
}
