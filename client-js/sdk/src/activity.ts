// What this agent does with a thread, said at the pace the server wants: `viewing` again and again
// while it lasts, `typing` not at every key, and back to `viewing` when the typing stops.

import type { Core } from './core.ts';
import type { Timer } from './host.ts';
import type { Activity, ThreadId } from './protocol.ts';

const VIEWING_EVERY_MS = 20_000;
const TYPING_EVERY_MS = 2_500;
const TYPING_ENDS_MS = 5_000;

export class OwnActivity {
  private readonly core: Core;
  private readonly threadId: ThreadId;
  private now: Activity = 'idle';
  private typedAt = 0;
  private again: Timer | undefined;
  private ends: Timer | undefined;

  constructor(core: Core, threadId: ThreadId) {
    this.core = core;
    this.threadId = threadId;
  }

  set(activity: Activity): void {
    const { host } = this.core;
    host.clearTimeout(this.ends);
    if (activity === 'typing') {
      this.ends = host.setTimeout(() => this.set('viewing'), TYPING_ENDS_MS);
      if (this.now === 'typing' && host.now() - this.typedAt < TYPING_EVERY_MS) return;
      this.typedAt = host.now();
    } else if (activity === this.now) {
      return;
    }
    this.now = activity;
    this.send();
  }

  /** A new connection knows nothing of it. */
  repeat(): void {
    if (this.now !== 'idle') this.send();
  }

  private send(): void {
    const { host, link } = this.core;
    host.clearTimeout(this.again);
    link.send({ type: 'signal', thread_id: this.threadId, activity: this.now });
    if (this.now === 'viewing') this.again = host.setTimeout(() => this.send(), VIEWING_EVERY_MS);
  }
}
