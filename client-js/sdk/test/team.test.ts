// The team: watched by reference, exact after reconnects; one's own choice; whether one is there.

import { describe, expect, it } from 'vitest';
import type { AgentPresence, ServerFrame } from '../src/protocol.ts';
import { createTeam, type Person } from '../src/team.ts';
import { ANN, BEN, connected, THREAD } from './world.ts';

async function open() {
  const { world, desk } = await connected();
  return { world, desk, team: createTeam(desk) };
}

const at = (agent_id: string, more: Partial<AgentPresence> = {}): AgentPresence => ({ agent_id, availability: 'online', chosen: false, doing: [], stale: false, ...more });
const frame = (full: boolean, ...agents: AgentPresence[]): ServerFrame => ({ type: 'agents', full, agents });

describe('agents', () => {
  it('are watched once for all that look, until the last has gone', async () => {
    const { world, team } = await open();
    const [one, two] = [team.agents(), team.agents()];
    expect(world.socket.of('watch_agents')).toHaveLength(1);
    one.release();
    await world.pass(5_000);
    expect(world.socket.of('unwatch_agents')).toHaveLength(0);
    two.release();
    two.release();
    await world.pass(1_900);
    expect(world.socket.of('unwatch_agents')).toHaveLength(0);
    await world.pass(200);
    expect(world.socket.of('unwatch_agents')).toHaveLength(1);
    team.agents();
    expect(world.socket.of('watch_agents')).toHaveLength(2);
  });

  it('begin with the whole picture and go on by differences', async () => {
    const { world, team } = await open();
    const { agents, live } = team.agents();
    world.socket.say({ type: 'watching', id: world.socket.of('watch_agents')[0]?.id ?? 0 }, frame(false, at(BEN)));
    expect([agents.get().size, live.get()]).toEqual([0, false]);
    world.socket.say(frame(true, at(ANN), at(BEN)));
    world.socket.say(frame(false, at(BEN, { availability: 'busy', chosen: true, doing: [{ inbox_id: 'ibx_1', thread_id: THREAD, typing: true }] })));
    expect(live.get()).toBe(true);
    expect(agents.get().get(ANN)?.availability).toBe('online');
    expect(agents.get().get(BEN)).toMatchObject({ availability: 'busy', doing: [{ typing: true }] });
    world.socket.say(frame(true, at(ANN)));
    expect([...agents.get().keys()]).toEqual([ANN]);
  });

  it('are asked for again on a new connection, and shown as old until they are there', async () => {
    const { world, team } = await open();
    const { agents, live } = team.agents();
    world.socket.say(frame(true, at(ANN), at(BEN)));
    world.socket.end(1006);
    expect([agents.get().size, live.get()]).toEqual([2, false]);
    await world.pass(2_000);
    world.socket.welcome();
    expect(world.socket.of('watch_agents')).toHaveLength(1);
    world.socket.say(frame(true, at(ANN)));
    expect([agents.get().size, live.get()]).toEqual([1, true]);
  });

  it('are asked for again when the server was busy', async () => {
    const { world, team } = await open();
    team.agents();
    const { id } = world.socket.of('watch_agents')[0] ?? { id: 0 };
    world.socket.say({ type: 'error', id, error: { code: 'overloaded', message: '', retryable: true, details: { retry_after_ms: 5_000 } } });
    await world.pass(4_900);
    expect(world.socket.of('watch_agents')).toHaveLength(1);
    await world.pass(200);
    expect(world.socket.of('watch_agents')).toHaveLength(2);
  });
});

describe('availability', () => {
  it('is a command like any other', async () => {
    const { world, team } = await open();
    const sent = team.setAvailability('busy');
    expect(world.socket.command('availability.set').command).toEqual({ kind: 'availability.set', availability: 'busy' });
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    world.socket.say({ type: 'ok', id: world.socket.command('availability.set').id, outcome: { kind: 'done', seq: 9 } });
    await expect(sent).resolves.toMatchObject({ kind: 'done' });
    void team.setAvailability(null).catch(() => undefined);
    expect(world.socket.command('availability.set').command).toEqual({ kind: 'availability.set', availability: null });
  });
});

describe('attention', () => {
  class Hands implements Person {
    input: () => void = () => undefined;
    seen: (visible: boolean) => void = () => undefined;
    watched = false;
    watch(input: () => void, seen: (visible: boolean) => void) {
      Object.assign(this, { input, seen, watched: true });
      return () => {
        this.watched = false;
      };
    }
  }
  async function attended() {
    const opened = await open();
    const hands = new Hands();
    const stop = opened.team.attend(hands);
    const said = () => opened.world.socket.of('attention').map((one) => one.present);
    return { ...opened, hands, stop, said };
  }

  it('is gone after five minutes without input, and back at the next', async () => {
    const { world, hands, said } = await attended();
    await world.passAlive(299_000);
    hands.input();
    await world.passAlive(299_000);
    expect(said()).toEqual([]);
    await world.passAlive(1_100);
    expect(said()).toEqual([false]);
    hands.input();
    hands.input();
    expect(said()).toEqual([false, true]);
    await world.passAlive(300_100);
    expect(said()).toEqual([false, true, false]);
  });

  it('is gone a minute after the page was hidden, not for a glance elsewhere', async () => {
    const { world, hands, said } = await attended();
    hands.seen(false);
    await world.passAlive(59_000);
    hands.seen(true);
    await world.passAlive(59_000);
    expect(said()).toEqual([]);
    hands.seen(false);
    await world.passAlive(60_100);
    expect(said()).toEqual([false]);
    await world.passAlive(600_000);
    hands.seen(true);
    expect(said()).toEqual([false, true]);
  });

  it('is told to a new connection if nobody is there, as its default is that somebody is', async () => {
    const { world, hands, said } = await attended();
    await world.passAlive(300_100);
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    expect(said()).toEqual([false]);
    hands.input();
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    expect(said()).toEqual([]);
  });

  it('ends when it is stopped', async () => {
    const { world, hands, stop, said } = await attended();
    stop();
    expect(hands.watched).toBe(false);
    await world.passAlive(600_000);
    expect(said()).toEqual([]);
  });
});
