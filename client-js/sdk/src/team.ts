// The team, for desks that show it: who is there, what each one does, one's own choice, and whether
// somebody sits at this desk. Apart from the core, so that who does not need it does not load it.

import type { Core } from './core.ts';
import type { Desk } from './desk.ts';
import type { Timer } from './host.ts';
import { Leases, type Lease } from './lease.ts';
import type { Sent } from './outbox.ts';
import type { AgentId, AgentPresence, AgentsFrame, Availability, Outcome } from './protocol.ts';
import { Cell, type Store, type Unsubscribe } from './store.ts';

/** Agents that one may see; who is missing is not there. */
export interface AgentsHandle {
  readonly agents: Store<ReadonlyMap<AgentId, AgentPresence>>;
  /** False before the first picture and while there is no connection: what is shown is old. */
  readonly live: Store<boolean>;
}

export interface Team {
  /** Watched as long as somebody holds a lease. */
  agents(): Lease<AgentsHandle>;
  /** `null`: whatever follows from the connections. */
  setAvailability(choice: Availability | null): Sent<Outcome>;
  /** Tells the server whether somebody is at this desk, from now on. */
  attend(person?: Person): Unsubscribe;
}

/** Where signs of a person come from. */
export interface Person {
  /** Calls `input` at every sign of life, `seen` whenever the page comes into sight or leaves it. */
  watch(input: () => void, seen: (visible: boolean) => void): Unsubscribe;
}

const REWATCH_MS = 2_000;
const LINGER_MS = 2_000;
const IDLE_MS = 5 * 60_000;
const HIDDEN_MS = 60_000;

export function createTeam(desk: Desk): Team {
  const { core } = desk;
  const leases = new Leases<Agents>(core.host, LINGER_MS);
  return {
    agents: () => leases.take('', () => new Agents(core)),
    setAvailability: (availability) => core.outbox.post({ kind: 'availability.set', availability }),
    attend: (person = browserPerson) => attend(core, person),
  };
}

class Agents implements AgentsHandle {
  readonly agents = new Cell<ReadonlyMap<AgentId, AgentPresence>>(new Map());
  readonly live = new Cell(false);
  private readonly core: Core;
  private readonly undo: Unsubscribe[];
  private asked: number | null = null;
  private timer: Timer | undefined;

  constructor(core: Core) {
    this.core = core;
    this.undo = [
      core.ups.on(() => this.watch()),
      core.link.state.subscribe(({ state }) => {
        if (state !== 'connected') this.live.set(false);
      }),
      core.frames.on((frame) => {
        if (frame.type === 'agents') this.take(frame);
        else if (frame.type === 'error' && frame.id === this.asked && frame.error.retryable) {
          this.timer = core.host.setTimeout(() => this.watch(), frame.error.details?.retry_after_ms ?? REWATCH_MS);
        }
      }),
    ];
    this.watch();
  }

  end(): void {
    const { host, link } = this.core;
    host.clearTimeout(this.timer);
    for (const undo of this.undo) undo();
    link.send({ type: 'unwatch_agents', id: link.nextId() });
  }

  private watch(): void {
    const { host, link } = this.core;
    host.clearTimeout(this.timer);
    if (!link.isUp()) return;
    this.asked = link.nextId();
    link.send({ type: 'watch_agents', id: this.asked });
  }

  private take({ full, agents }: AgentsFrame): void {
    // Differences to a picture that never came say nothing.
    if (!full && !this.live.get()) return;
    const next = new Map(full ? [] : this.agents.get());
    for (const agent of agents) next.set(agent.agent_id, agent);
    this.agents.set(next);
    this.live.set(true);
  }
}

function attend({ host, link, ups }: Core, person: Person): Unsubscribe {
  let present = true;
  let inputAt = host.now();
  let idle: Timer | undefined;
  let hidden: Timer | undefined;
  const say = (now: boolean) => {
    if (present === now) return;
    present = now;
    link.send({ type: 'attention', present });
  };
  const judge = () => {
    const left = inputAt + IDLE_MS - host.now();
    if (left > 0) idle = host.setTimeout(judge, left);
    else say(false);
  };
  const input = () => {
    inputAt = host.now();
    if (present) return;
    say(true);
    judge();
  };
  judge();
  const undo = [
    person.watch(input, (visible) => {
      host.clearTimeout(hidden);
      // Whoever turns to the page is there.
      if (visible) return input();
      hidden = host.setTimeout(() => {
        host.clearTimeout(idle);
        say(false);
      }, HIDDEN_MS);
    }),
    // A new connection counts as attended until it says otherwise.
    ups.on(() => {
      if (!present) link.send({ type: 'attention', present });
    }),
    () => host.clearTimeout(idle),
    () => host.clearTimeout(hidden),
  ];
  return () => undo.forEach((end) => end());
}

const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

const browserPerson: Person = {
  watch(input, seen) {
    const look = () => seen(document.visibilityState === 'visible');
    const options = { passive: true, capture: true };
    for (const name of INPUTS) window.addEventListener(name, input, options);
    document.addEventListener('visibilitychange', look);
    if (document.visibilityState !== 'visible') look();
    return () => {
      for (const name of INPUTS) window.removeEventListener(name, input, options);
      document.removeEventListener('visibilitychange', look);
    };
  },
};
