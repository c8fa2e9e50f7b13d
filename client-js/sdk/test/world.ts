// A world for tests: time that is moved by hand, chance that is fixed, a socket that a script
// plays the server of, and canned HTTP answers.

import type { Host, SocketLike, Timer } from '../src/host.ts';
import { createDesk, type DeskOptions } from '../src/index.ts';
import type {
  ClientFrame, Event, EventsFrame, Me, MessageView, ServerFrame, ThreadPage, ThreadSnapshot, ThreadView,
} from '../src/protocol.ts';

export const INBOX = 'ibx_0190c2a4e6f17d3f8a1b000000000004';
export const STREAM = 'str_0190c2a4e6f17d3f8a1b000000000004';
export const THREAD = 'thr_0190c2a4e6f17d3f8a1b000000000001';
export const CHANNEL = 'chn_0190c2a4e6f17d3f8a1b000000000008';
export const ANN = 'agt_0190c2a4e6f17d3f8a1b000000000002';
export const BEN = 'agt_0190c2a4e6f17d3f8a1b000000000003';
export const CONTACT = 'cnt_0190c2a4e6f17d3f8a1b000000000007';
export const AT = '2026-09-21T14:13:20.123Z';

export class FakeSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.({} as never);
  }
  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }
  /** The server closes. */
  end(code: number, reason: object | string = ''): void {
    const text = typeof reason === 'string' ? reason : JSON.stringify(reason);
    this.onclose?.({ code, reason: text } as CloseEvent);
  }
  /** Opens and lets the client in. */
  welcome(): void {
    this.open();
    this.say({
      type: 'welcome', id: 1, connection_id: 'con_1', node_id: 'nod_1', heartbeat_ms: 25_000, at: AT,
      agent: { id: ANN, name: 'Ann', role: 'agent' },
    });
  }
  of<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame) => frame.type === type) as Extract<ClientFrame, { type: T }>[];
  }
  /** The last command of a kind. */
  command(kind: string) {
    const found = this.of('command').filter((frame) => frame.command.kind === kind);
    const last = found[found.length - 1];
    if (!last) throw new Error(`no ${kind} was sent`);
    return last;
  }
}

type Answer = { status: number; body: unknown; headers?: Record<string, string> };

export class World {
  time = 1_000_000;
  chance = 0.5;
  isOnline = true;
  isVisible = true;
  /** The addresses that were dialled. */
  readonly dialled: string[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly requests: string[] = [];
  readonly answers = new Map<string, () => Answer | Promise<Answer>>();
  private keys = 0;
  private timers: { at: number; fn: () => void; id: number }[] = [];
  private lastTimer = 0;
  private watchers: { wake: () => void; sleep: () => void }[] = [];

  readonly host: Host = {
    socket: (url) => {
      this.dialled.push(url);
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    fetch: async (url, init) => {
      const path = url.replace(/^http:\/\/test[^/]*/, '');
      this.requests.push(`${init.method} ${path}`);
      const answer = this.answers.get(path.split('?')[0] ?? '');
      const { status, body, headers = {} }: Answer = answer ? await answer() : { status: 404, body: { code: 'not_found' } };
      return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
    },
    now: () => this.time,
    random: () => this.chance,
    newKey: () => `key-${(this.keys += 1)}`,
    setTimeout: (fn, ms) => {
      this.lastTimer += 1;
      this.timers.push({ at: this.time + ms, fn, id: this.lastTimer });
      return this.lastTimer as unknown as Timer;
    },
    clearTimeout: (timer) => {
      this.timers = this.timers.filter(({ id }) => id !== (timer as unknown as number));
    },
    page: {
      online: () => this.isOnline,
      visible: () => this.isVisible,
      watch: (wake, sleep) => {
        this.watchers.push({ wake, sleep });
        return () => undefined;
      },
    },
  };

  get socket(): FakeSocket {
    const last = this.sockets[this.sockets.length - 1];
    if (!last) throw new Error('no socket was opened');
    return last;
  }

  wake(): void {
    for (const watcher of this.watchers) watcher.wake();
  }
  sleep(): void {
    for (const watcher of this.watchers) watcher.sleep();
  }

  /** Moves time, firing what is due on the way. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.fn();
    }
    this.time = end;
    await settle();
  }

  /** The same, with heartbeats. */
  async passAlive(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 25_000) {
      await this.pass(Math.min(left, 25_000));
      this.socket.say({ type: 'heartbeat', at: AT });
    }
  }

  serve(path: string, body: unknown, status = 200): void {
    this.answers.set(path, () => ({ status, body }));
  }
}

/** Lets promises that are ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function thread(change: Partial<ThreadView> = {}): ThreadView {
  return {
    id: THREAD, inbox_id: INBOX, channel_id: CHANNEL, status: 'open', assignee_id: null, team_id: null,
    contact: { id: CONTACT, name: 'Ada', addresses: [{ kind: 'phone', value: '+12025550123' }] },
    priority: 'normal', tags: [], reply_no: 0, inbound_seq: 5, read_seq: 5, lock: null, created_at: AT,
    preview: { seq: 5, author: { kind: 'contact', id: CONTACT }, note: false, text: 'Hello', at: AT },
    ...change,
  };
}

export function message(change: Partial<MessageView> = {}): MessageView {
  return { id: 'msg_1', channel_id: CHANNEL, direction: 'in', author: { kind: 'contact', id: CONTACT }, text: 'Hello', at: AT, ...change };
}

export function received(seq: number, text: string, threadId = THREAD): Event {
  const actor = { kind: 'contact', id: CONTACT } as const;
  return { seq, at: AT, actor, thread_id: threadId, kind: 'message.received', data: { message: message({ id: `msg_${seq}`, text }) } };
}

export function replied(seq: number, text: string, reply_no: number, key: string, agent = ANN): Event {
  const actor = { kind: 'agent', id: agent } as const;
  const sent = message({ id: `msg_${seq}`, direction: 'out', author: actor, text, reply_no, key, delivery: { state: 'queued' } });
  return { seq, at: AT, actor, thread_id: THREAD, kind: 'message.sent', data: { message: sent } };
}

export function batch(prev: number, to: number, ...events: Event[]): ServerFrame {
  const frame: EventsFrame = { stream: STREAM, prev, to, cursor: `c${to}`, events };
  return { type: 'events', ...frame };
}

export function page(seq: number, threads: ThreadView[], next: number | null = null): ThreadPage {
  return { stream: STREAM, seq, cursor: `c${seq}`, threads, next };
}

export function snapshot(seq: number, view: ThreadView, events: Event[]): ThreadSnapshot {
  return { stream: STREAM, seq, cursor: `c${seq}`, thread: view, reach: [], episodes: [], timeline: { thread_id: view.id, events, next: null } };
}

export const ME: Me = {
  agent: { id: ANN, name: 'Ann', role: 'agent' },
  may: [],
  inboxes: [{ id: INBOX, name: 'Support', mode: 'team', scope: 'all', may: [], teams: [], tags: [], statuses: { after_reply: 'open', after_message: 'open', transitions: {} }, channels: [], agents: [{ id: ANN, name: 'Ann', role: 'agent' }, { id: BEN, name: 'Ben', role: 'supervisor' }] }],
  tokens: [],
};

/** A desk that has signed in and said hello. */
export async function connected(options: Partial<DeskOptions> = {}) {
  const world = new World();
  world.serve('/api/v1/me', ME);
  const desk = createDesk({ url: 'http://test', host: world.host, ...options });
  await desk.connect();
  world.socket.welcome();
  await settle();
  return { world, desk };
}

/** A desk that looks at the list and at one thread, live at a place. */
export async function looking(at = 5, events: Event[] = [received(at, 'Hello')], options: Partial<DeskOptions> = {}) {
  const { world, desk } = await connected(options);
  world.serve(`/api/v1/inboxes/${INBOX}/threads`, page(at, [thread()]));
  world.serve(`/api/v1/threads/${THREAD}`, snapshot(at, thread(), events));
  const list = desk.list({ inboxId: INBOX });
  const handle = desk.thread(THREAD);
  await settle();
  const id = world.socket.of('subscribe')[0]?.id ?? 0;
  world.socket.say({ type: 'subscribed', id, stream: STREAM, at, cursor: `c${at}`, head: at });
  return { world, desk, list, handle };
}
