// What every part of an open thread is given.

import type { InboxView, Lease, Me, ThreadHandle } from '../../sdk/src/index.ts';

export interface ThreadParts {
  thread: Lease<ThreadHandle>;
  me: Me;
  inbox: InboxView;
}
