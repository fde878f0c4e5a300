import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Netron, type NetronError } from '@omnitron-dev/netron';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../netron/test/free-port.js';
import { start } from '../../netron/test/program.js';
import { redisDiscovery } from '../../netron-redis/src/index.js';
import { redisServer } from '../../netron-redis/test/redis-server.js';
import { bundle, titanProgram } from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'titan-start-'));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let program = '';
let app = '';
beforeAll(async () => {
  program = await titanProgram();
  const built = join(program, '../../programs');
  await bundle(built, { shop: fileURLToPath(new URL('programs/shop.ts', import.meta.url)) });
  app = join(built, 'shop.mjs');
});

let files = 0;

/** Runs `titan start`; resolves when `processes` processes are ready. */
async function titanStart(topology: string, processes: number, args: readonly string[], more: Record<string, string> = {}) {
  const file = join(folder, `${++files}.yaml`);
  writeFileSync(file, topology);
  const port = await freePort();
  const env = { SHOP_TOPOLOGY: file, SHOP_PORT: String(port), ...more };
  const { child, ended, lines, until } = start(program, ['start', ...args, '--topology', file, '--app', app], {
    env,
    cwd: folder,
  });
  ends.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  const ready = () => lines.filter((line) => line.startsWith('ready ')).map((line) => line.split(' '));
  await until(() => ready().length >= processes);
  const as = async (credentials?: string) => {
    const node = await Netron.create({ logLevel: 'silent', ...(credentials && { credentials }) });
    ends.push(() => node.stop());
    const peer = await node.connect(`ws://127.0.0.1:${port}`);
    return peer.queryInterface<GatewayClient>('gateway');
  };
  return { child, ended, lines, ready, until, as, port };
}

interface GatewayClient {
  me(): Promise<string>;
  remove(): Promise<string>;
  list(count: number): AsyncIterable<number>;
  fail(): Promise<[boolean, string]>;
  pids(): Promise<{ gateway: number; users: number; auth: number }>;
  crash(): Promise<void>;
}

/** Counts the keys of a Redis server. */
function keysOf(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(Number(String(answer).slice(1)));
    });
    socket.write('DBSIZE\r\n');
  });
}

const code = (call: Promise<unknown>) =>
  call.then(
    (value) => value,
    (error: NetronError) => error.code,
  );

const three = 'processes: { edge: { services: [gateway] }, core: { services: [users] }, rest: { services: ["*"] } }\n';
const ways = [
  ['one process', 'processes: { all: { services: ["*"] } }\n', 1, []],
  ['three processes', three, 3, ['--all']],
  ['three processes over TCP', `${three}link: tcp\nforwardUsers: true\n`, 3, ['--all']],
  ['three processes over TCP, which find each other by Redis', `${three}link: tcp\nforwardUsers: true\n`, 3, ['--all']],
] as const;

describe('TI-24, DP-09: one suite, however the services are placed', () => {
  for (const [name, topology, processes, args] of ways) {
    it(name, async () => {
      const redis = name.endsWith('Redis') ? await redisServer() : undefined;
      ends.push(() => redis?.kill());
      const { as, child, ended, ready } = await titanStart(topology, processes, args, redis && { SHOP_REDIS: redis.url });
      // Each process has a port of its own, which workers of a cluster would share.
      if (topology.includes('link: tcp')) expect(new Set(ready().map(([, , , , , tcp]) => tcp)).size).toBe(processes);
      const [ada, bob, nobody] = [await as('ada'), await as('bob'), await as()];
      expect([await code(ada.me()), await code(bob.me()), await code(nobody.me())]).toEqual([
        'secret of ada',
        'secret of bob',
        'unauthenticated',
      ]);
      expect([await code(ada.remove()), await code(bob.remove())]).toEqual(['removed', 'permission_denied']);
      const items: number[] = [];
      for await (const item of ada.list(5)) items.push(item);
      expect(items).toEqual([1, 2, 3, 4, 5]);
      expect(await ada.fail()).toEqual([true, 'out of range']);
      expect(new Set(Object.values(await ada.pids())).size).toBe(processes);
      if (redis) expect(await keysOf(redis.port)).toBeGreaterThan(0);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    });
  }

  it('TI-24: a killed process is restarted; the others only notice a pause', async () => {
    const { as, until, lines } = await titanStart(three, 3, ['--all']);
    const ada = await as('ada');
    const before = await ada.pids();
    process.kill(before.auth, 'SIGKILL');
    await until(() => lines.some((line) => line.startsWith('rest: exited with SIGKILL')));
    const { gateway, users, auth } = await ada.pids();
    expect([gateway, users, auth !== before.auth]).toEqual([before.gateway, before.users, true]);
  });

  it('TI-24: a process that never starts stops all, however long each attempt takes', async () => {
    const built = join(program, '../../programs');
    await bundle(built, { keep: fileURLToPath(new URL('programs/keep.ts', import.meta.url)) });
    const worker = join(folder, 'fails.mjs');
    writeFileSync(worker, 'process.exit(1);\n');
    const { ended, lines } = start(join(built, 'keep.mjs'), [worker], { cwd: folder });
    expect(await ended).toBe(1);
    expect(lines.filter((line) => line.includes('restarting'))).toHaveLength(5);
    expect(lines.at(-1)).toBe('edge: exited 6 times during startup; stopping all processes');
  });

  // node:cluster keeps the port of a worker that was killed while it was given one, and connections to it.
  it('TI-24: exits with the last process, also when a killed one leaves something behind', async () => {
    const left = join(folder, 'left.mjs');
    writeFileSync(left, "import { createServer } from 'node:net';\nif (!process.env.NODE_UNIQUE_ID) createServer().listen(0);\n");
    const { child, ended } = await titanStart(three, 3, ['--all'], { NODE_OPTIONS: `--import ${pathToFileURL(left)}` });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('TI-24: calls that arrive as soon as a port is open find the processes that are still starting', async () => {
    const topology = 'processes: { edge: { services: [gateway], replicas: 2 }, core: { services: ["*"] } }\n';
    const { as, child, port } = await titanStart(topology, 0, ['--all']);
    const node = await Netron.create({ logLevel: 'silent', credentials: 'ada' });
    ends.push(() => node.stop());
    // A port that is not open yet refuses at once.
    const early = async (): Promise<GatewayClient> => {
      const peer = await node.connect(`ws://127.0.0.1:${port}`, { maxReconnectAttempts: 0 }).catch(() => undefined);
      if (peer) return peer.queryInterface<GatewayClient>('gateway');
      expect(child.exitCode).toBe(null);
      return early();
    };
    expect(await (await early()).me()).toBe('secret of ada');
    expect(await Promise.all(Array.from({ length: 10 }, async () => (await as('ada')).me()))).toEqual(
      Array.from({ length: 10 }, () => 'secret of ada'),
    );
  });

  it('reports which processes have started, and when all listen', async () => {
    const { lines, until } = await titanStart(three, 3, ['--all']);
    await until(() => lines.includes('all 3 processes started'));
    const at = (text: string) => lines.findIndex((line) => line.startsWith(text));
    for (const name of ['edge', 'core', 'rest']) {
      expect(at(`${name}: starting`)).toBeLessThan(at(`${name}: started`));
      expect(at(`${name}: started`)).toBeLessThan(at('all 3 processes'));
    }
    const [, pid] = lines.map((line) => /^core: starting \(pid (\d+)\)/.exec(line)).find((found) => found) as RegExpExecArray;
    process.kill(Number(pid), 'SIGKILL');
    await until(() => lines.includes('all 3 processes running again'));
    expect(lines.filter((line) => line === 'all 3 processes started')).toHaveLength(1);
  });

  it('a process that keeps exiting stops all, with code 1', async () => {
    const broken = 'processes: { edge: { services: [gateway] }, core: { services: ["*"] } }\n';
    const { ended, lines } = await titanStart(broken, 2, ['--all']);
    // Each new one is killed as soon as it exists.
    const killed = new Set<string>();
    const timer = setInterval(() => {
      for (const line of lines) {
        const pid = /^core: starting \(pid (\d+)\)/.exec(line)?.[1];
        if (pid === undefined || killed.has(pid)) continue;
        killed.add(pid);
        process.kill(Number(pid), 'SIGKILL');
      }
    }, 5);
    expect(await ended).toBe(1);
    clearInterval(timer);
    expect([killed.size, lines.at(-1)!.startsWith('core: exited 6 times within 30 s')]).toEqual([6, true]);
  });

  it('a process that refuses its configuration stops all at once: another attempt would be refused as well', async () => {
    const { child, ended, lines } = await titanStart(three, 0, ['--all'], { SHOP_REFUSES: 'core' });
    expect([await ended, child.signalCode]).toEqual([1, null]);
    const ofCore = lines.filter((line) => line.startsWith('core: '));
    expect([ofCore.length, ofCore[0], ofCore[1]]).toEqual([
      2,
      expect.stringMatching(/^core: starting/),
      'core: invalid configuration; stopping all processes',
    ]);
    expect(lines.join('\n')).toContain('invalid configuration (1 problem)\n  netron.port ');
  });

  it('DP-09: replicas that share a TCP port also have one each, by which the other processes reach them', async () => {
    const replicas =
      'processes: { edge: { services: [gateway], replicas: 2 }, rest: { services: ["*"] } }\nlink: tcp\nforwardUsers: true\n';
    const { as, ready } = await titanStart(replicas, 3, ['--all'], { SHOP_TCP: String(await freePort()) });
    expect(new Set(ready().map(([, , , , , tcp]) => tcp)).size).toBe(3);
    expect(await code((await as('ada')).me())).toBe('secret of ada');
  });

  it('DP-09: when replicas share ports, registries name an address of each that leads to it alone', async () => {
    const redis = await redisServer();
    ends.push(() => redis.kill());
    const replicas = `processes: { edge: { services: [gateway], replicas: 2 }, core: { services: ["*"] } }\nlink: tcp\nforwardUsers: true\n`;
    const shared = await freePort();
    const { port } = await titanStart(replicas, 3, ['--all'], { SHOP_TCP: String(shared), SHOP_REDIS: redis.url });
    const node = await Netron.create({ logLevel: 'silent', discovery: redisDiscovery(redis.url) });
    ends.push(() => node.stop());
    await node.discovery.waitForService('gateway');
    const edges = (await node.discovery.getActiveNodes()).filter(({ services = [] }) => services.includes('gateway@1.0.0'));
    const reached = edges.map(async ({ id, addresses }) => {
      const pids = new Set<number>();
      for (const address of [...addresses, ...addresses, ...addresses]) {
        expect([`ws://localhost:${port}`, `tcp://localhost:${shared}`]).not.toContain(address);
        const peer = await node.connect(address, { expect: id, credentials: 'ada' });
        pids.add((await (await peer.queryInterface<GatewayClient>('gateway')).pids()).gateway);
        await peer.disconnect();
      }
      return [...pids];
    });
    const all = await Promise.all(reached);
    expect([all.map(({ length }) => length), new Set(all.flat()).size]).toEqual([[1, 1], 2]);
  });

  it('OB-10: each process has its own health port, also when any free port is requested', async () => {
    const replicas = 'processes: { all: { services: ["*"], replicas: 3 } }\n';
    const { ready } = await titanStart(replicas, 3, ['all'], { SHOP_HEALTH: '0' });
    const ports = ready().map(([, , , , port]) => Number(port));
    expect(new Set(ports).size).toBe(3);
    const of = async (port: number) => (await fetch(`http://127.0.0.1:${port}/health`)).status;
    expect(await Promise.all(ports.map(of))).toEqual([200, 200, 200]);
  });

  it('DP-09: replicas share a listening port', async () => {
    const { as, ready } = await titanStart('processes: { all: { services: ["*"], replicas: 2 } }\n', 2, ['all']);
    expect(new Set(ready().map(([, , , pid]) => pid)).size).toBe(2);
    const seen = new Set<number>();
    for (let turn = 0; turn < 100 && seen.size < 2; turn++) seen.add((await (await as('ada')).pids()).gateway);
    expect(seen.size).toBe(2);
  });
});
