// Server processes for the browser tests, and a front that stands before two of them as a load
// balancer would: each new connection goes to the first node that says it is ready.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';

const BINARY = process.env.TANDEM_E2E_SERVER;
const START_MS = 30_000;
const READY_WAIT_MS = 500;

/** A port of this machine that nobody uses just now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** One server process; it can be ended and started again at the same address. */
export class Node {
  constructor(name, port, settings) {
    this.name = name;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.settings = settings;
    this.log = '';
  }

  async start() {
    const env = { ...process.env, TANDEM_DEMO: 'on', TANDEM_LISTEN: `127.0.0.1:${this.port}`, ...this.settings };
    this.process = spawn(BINARY, [], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = once(this.process, 'exit');
    this.process.stderr.setEncoding('utf8').on('data', (text) => {
      this.log = (this.log + text).slice(-20_000);
    });
    const end = Date.now() + START_MS;
    while (!(await this.isReady())) {
      if (this.process.exitCode !== null || Date.now() > end) throw new Error(`node ${this.name} did not start: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async isReady() {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(READY_WAIT_MS) })).ok;
    } catch {
      return false;
    }
  }

  /** Sends a signal; done when the process has ended. */
  async end(signal) {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill(signal);
    await this.ended;
  }
}

/** Passes connections on to the first of its nodes that is ready. */
export class Front {
  constructor(port) {
    this.url = `http://127.0.0.1:${port}`;
    this.port = port;
    this.nodes = [];
    this.sockets = new Set();
    this.server = createServer((client) => void this.pass(client));
  }

  async start(...nodes) {
    this.nodes = nodes;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async pass(client) {
    this.sockets.add(client);
    client.on('close', () => this.sockets.delete(client));
    client.on('error', () => client.destroy());
    client.pause();
    for (const node of this.nodes) {
      if (!(await node.isReady())) continue;
      const up = connect(node.port, '127.0.0.1');
      up.setNoDelay(true);
      client.setNoDelay(true);
      up.on('error', () => client.destroy());
      up.on('close', () => client.destroy());
      client.on('close', () => up.destroy());
      client.pipe(up).pipe(client);
      return;
    }
    client.destroy();
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
