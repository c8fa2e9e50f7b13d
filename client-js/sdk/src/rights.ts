// What this agent may see and do, as it is now. Apart from the core, so that who does not need it does not
// load it.

import type { Core } from './core.ts';
import type { Desk } from './desk.ts';
import type { Me, Permission } from './protocol.ts';
import type { Cell, Unsubscribe } from './store.ts';

/** Loads `desk.me` again. */
export function reloadMe(core: Core): void {
  const me = core.me as Cell<Me | null>;
  core.http.request<Me>('GET', '/api/v1/me').then(
    (fresh) => {
      // Somebody else may sit here by now.
      if (me.get()?.agent.id === fresh.agent.id) me.set(fresh);
    },
    () => undefined,
  );
}

/** Keeps `desk.me` as it is while rights change, until it is undone: the server begins such a connection anew. */
export function followRights(desk: Desk): Unsubscribe {
  return desk.connection.subscribe((now) => {
    if (now.state === 'waiting' && now.reason.key === 'rights') reloadMe(desk.core);
  });
}

/** Whether this agent may do something in an inbox. */
export function may(me: Me | null, inboxId: string, permission: Permission): boolean {
  return me?.inboxes.find((inbox) => inbox.id === inboxId)?.may.includes(permission) ?? false;
}

/** Whether this agent may do something in the organisation. */
export function mayInOrganisation(me: Me | null, ...any: readonly Permission[]): boolean {
  return any.some((permission) => me?.may.includes(permission));
}
