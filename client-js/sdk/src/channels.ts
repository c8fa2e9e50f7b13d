// Channels as they are now: whether one is paused changes while somebody looks at it. Apart from the core, so
// that who does not need it does not load it.

import { streamOfInbox } from './core.ts';
import type { Desk } from './desk.ts';
import type { ChannelView, InboxId, Me } from './protocol.ts';
import { reloadMe } from './rights.ts';
import type { Cell, Unsubscribe } from './store.ts';

/** Keeps the channels of an inbox in `desk.me` as they are, until it is undone. */
export function followChannels(desk: Desk, inbox: InboxId): Unsubscribe {
  const { core } = desk;
  const me = core.me as Cell<Me | null>;
  const load = () => reloadMe(core);
  const feed = core.streams.feed(streamOfInbox(inbox));
  const undo = feed.listen({
    events: (events) => {
      for (const event of events) {
        const old = me.get();
        if (old && event.kind === 'channel.changed') me.set(withChannel(old, event.data.channel));
      }
    },
    reset: load,
  });
  // What happened while nobody followed.
  load();
  return () => {
    undo();
    core.release(feed);
  };
}

/** The same, with one channel as it is now. */
export function withChannel(me: Me, channel: ChannelView): Me {
  const inboxes = me.inboxes.map((inbox) => {
    const channels = inbox.channels.map((old) => (old.id === channel.id ? channel : old));
    return { ...inbox, channels };
  });
  return { ...me, inboxes };
}
