// The connection's states: coming back, staying away, waking up, noticing silence.

import { describe, expect, it } from 'vitest';
import { createDesk } from '../src/index.ts';
import closeCodes from '../../../protocol/golden/v1/close_codes.json';
import { connected, ME, settle, World } from './world.ts';


describe('connection', () => {
  it('says hello first and is connected only after welcome', async () => {
    const world = new World();
    world.serve('/api/v1/me', ME);
    const desk = createDesk({ url: 'http://test', host: world.host });
    expect(desk.connection.get().state).toBe('idle');
    await desk.connect();
    expect(desk.connection.get().state).toBe('connecting');
    world.socket.open();
    expect(world.socket.sent).toEqual([{ type: 'hello', id: 1 }]);
    expect(desk.connection.get().state).toBe('connecting');
    world.socket.welcome();
    expect(desk.connection.get().state).toBe('connected');
  });

  it('asks for the token at every connect', async () => {
    const world = new World();
    world.serve('/api/v1/me', ME);
    let n = 0;
    const desk = createDesk({ url: 'http://test', host: world.host, token: () => `t${(n += 1)}` });
    await desk.connect();
    await settle();
    world.socket.welcome();
    const first = world.socket.of('hello')[0]?.token;
    world.socket.end(4000, { code: 'draining', retry_after_ms: 100 });
    await world.pass(100);
    world.socket.open();
    expect(first).toMatch(/^t\d$/);
    expect(world.socket.of('hello')[0]?.token).not.toBe(first);
  });

  it('keeps the golden close codes: 45xx stay away, all others come back', async () => {
    expect(closeCodes.length).toBeGreaterThan(10);
    for (const { number, reason } of closeCodes) {
      const { world, desk } = await connected();
      world.socket.end(number, reason);
      const { state } = desk.connection.get();
      expect([number, state]).toEqual([number, number >= 4500 ? 'denied' : 'waiting']);
      await world.pass(60_000);
      expect([number, world.sockets.length > 1]).toEqual([number, number < 4500]);
    }
  });

  it('leaves denied only when asked', async () => {
    const { world, desk } = await connected();
    world.socket.end(4501, { code: 'session_revoked' });
    const state = desk.connection.get();
    expect(state.state === 'denied' && state.reason.key).toBe('session_revoked');
    world.wake();
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
    desk.retry();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it('takes two missed heartbeats for death', async () => {
    const { world, desk } = await connected();
    await world.pass(52_000);
    world.socket.say({ type: 'heartbeat', at: '2026-09-21T14:14:20.123Z' });
    await world.pass(52_000);
    expect(desk.connection.get().state).toBe('connected');
    await world.pass(2_000);
    expect(desk.connection.get().state).not.toBe('connected');
    expect(world.sockets[0]?.closed).toBe(true);
  });

  it('asks for a sign of life on waking, and dials at once without one', async () => {
    const { world, desk } = await connected();
    world.wake();
    const ping = world.socket.of('ping')[0];
    world.socket.say({ type: 'pong', id: ping?.id ?? 0 });
    await world.pass(5_000);
    expect(world.sockets).toHaveLength(1);
    world.wake();
    await world.pass(2_900);
    expect(desk.connection.get().state).toBe('connected');
    await world.pass(200);
    expect(world.sockets).toHaveLength(2);
  });

  it('says offline when there is no network, and dials when it is back', async () => {
    const { world, desk } = await connected();
    world.isOnline = false;
    world.sleep();
    await world.pass(3_100);
    expect(desk.connection.get().state).toBe('offline');
    world.isOnline = true;
    world.wake();
    await settle();
    expect(desk.connection.get().state).toBe('connecting');
  });

  it('calls a connection lost only after five seconds', async () => {
    const { world, desk } = await connected();
    world.chance = 0;
    world.socket.end(1006);
    await world.pass(4_900);
    expect(desk.lost.get()).toBe(false);
    await world.pass(200);
    expect(desk.lost.get()).toBe(true);
    world.socket.welcome();
    expect(desk.lost.get()).toBe(false);
  });

  it('stops at an HTTP 401', async () => {
    const world = new World();
    world.serve('/api/v1/me', { code: 'unauthenticated', detail: 'no session' }, 401);
    const desk = createDesk({ url: 'http://test', host: world.host });
    await expect(desk.connect()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(desk.connection.get().state).toBe('denied');
  });
});
