// Server processes for the browser tests; a front that stands before two of them as a load balancer
// would: each new connection goes to the first node that says it is ready; a wire that can be cut.

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

/** Passes connections on to the port that `choose` says, or nowhere. */
class Passage {
  constructor(port, choose) {
    this.port = port;
    this.choose = choose;
    this.sockets = new Set();
    this.server = createServer((client) => void this.pass(client));
  }

  async start() {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async pass(client) {
    this.sockets.add(client);
    client.on('close', () => this.sockets.delete(client));
    client.on('error', () => client.destroy());
    client.pause();
    const port = await this.choose();
    if (port === null) return client.destroy();
    const up = connect(port, '127.0.0.1');
    up.setNoDelay(true);
    client.setNoDelay(true);
    up.on('error', () => client.destroy());
    up.on('close', () => client.destroy());
    client.on('close', () => up.destroy());
    client.pipe(up).pipe(client);
  }

  drop() {
    for (const socket of this.sockets) socket.destroy();
  }

  stop() {
    this.drop();
    this.server.close();
  }
}

/** Passes connections on to the first of its nodes that is ready. */
export class Front extends Passage {
  constructor(port, ...nodes) {
    super(port, async () => {
      for (const node of nodes) if (await node.isReady()) return node.port;
      return null;
    });
    this.url = `http://127.0.0.1:${port}`;
  }
}

/** Passes connections on to one port, as long as it is not cut. */
export class Wire extends Passage {
  constructor(port, to) {
    super(port, async () => (this.isCut ? null : to));
    this.isCut = false;
  }

  cut() {
    this.isCut = true;
    this.drop();
  }

  mend() {
    this.isCut = false;
  }
}
