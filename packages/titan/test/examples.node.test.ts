import { spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Netron, type NetronError } from '@omnitron-dev/netron';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Collaboration, makeApp as makeCollaboration, type Update } from '../../../examples/titan/src/collaboration.js';
import { makeApp as makeIot } from '../../../examples/titan/src/iot.js';
import { makeApp as makeMicroservices } from '../../../examples/titan/src/microservices.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { makeCertificates } from '../../netron/test/transport/certificates.js';
import type { Application } from '../src/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${root}.cache/titan-examples`;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0).reverse()) await end();
});
const code = (call: unknown) =>
  (call as Promise<unknown>).then(
    (value) => value,
    (error: NetronError) => error.code,
  );
async function started(app: Application): Promise<Application> {
  await app.start();
  ends.push(() => app.stop());
  return app;
}
/** Milliseconds that a busy machine may take to connect. */
const longest = 120_000;
async function client<T extends object>(address: string, service: string, credentials?: unknown, tls?: object) {
  const node = await Netron.create({
    logLevel: 'silent',
    connectTimeout: longest,
    ...(credentials !== undefined && { credentials }),
  });
  ends.push(() => node.stop());
  const peer = await node.connect(address, tls === undefined ? {} : { tls });
  return { node, peer, service: await peer.queryInterface<T>(service) };
}
const quiet = { signals: false, logger: { level: 'silent' } } as const;

describe('DO-03: programs', () => {
  const wanted: Record<string, (string | RegExp)[]> = {
    'netron-example': ['node: my-node true my-node', 'event: 5', '2 + 3 = 5', 'services: calculator@1.0.0', 'stopped'],
    'netron-rpc-example': [
      'added: 2030-01-01T00:00:00.000Z',
      'added: 2',
      /^invalid_argument todos\.add: input\.text: /,
      'listed: 1 write an example',
      'listed: 2 read it',
    ],
    'distributed-app': [
      'answered by worker-1,worker-2,worker-3',
      'worker-1 stopped',
      'answered by worker-2,worker-3',
      'all stopped',
    ],
  };
  beforeAll(async () => {
    await build({
      entryPoints: Object.keys(wanted).map((name) => `${root}examples/titan/src/${name}.ts`),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      conditions: ['@omnitron-dev/source'],
      external: ['pino', 'yaml', 'smol-toml', 'ws', 'semver', 'jose', 'zod'],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      logLevel: 'silent',
    });
  });
  it.each(Object.entries(wanted))('%s', async (name, lines) => {
    const child = spawn(process.execPath, [`${folder}/${name}.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const exit = await new Promise((resolve) => child.once('close', resolve));
    const said = text.trim().split('\n');
    expect([exit, said]).toEqual([0, lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line)))]);
  });
});

interface GatewayClient {
  login(id: string, secret: string): Promise<string>;
  profile(): Promise<{ id: string; roles: string[]; logins: number }>;
  remove(id: string): Promise<string>;
}

describe('DO-04: microservices', () => {
  for (const processes of [[undefined], ['edge', 'auth', 'users']] as const) {
    it(processes.length === 1 ? 'as one process' : 'as three processes', async () => {
      const apps: Application[] = [];
      for (const name of processes) {
        if (name !== undefined) vi.stubEnv('TITAN_PROCESS', name);
        apps.push(makeMicroservices({ ...quiet, config: { netron: { port: 0, healthPort: false } } }));
      }
      vi.unstubAllEnvs();
      await Promise.all(apps.map(started));
      const address = `ws://127.0.0.1:${apps[0]!.netron!.listenPort}`;
      const stranger = (await client<GatewayClient>(address, 'gateway')).service;
      expect([await code(stranger.login('ada', 'wrong')), await code(stranger.profile())]).toEqual([
        'unknown',
        'unauthenticated',
      ]);
      const as = async (id: string, secret: string) =>
        (await client<GatewayClient>(address, 'gateway', await stranger.login(id, secret))).service;
      const [ada, bob] = [await as('ada', 'lovelace'), await as('bob', 'builder')];
      expect(await bob.profile()).toEqual({ id: 'bob', roles: ['user'], logins: 1 });
      expect([await code(ada.remove('bob')), await code(bob.remove('ada'))]).toEqual(['bob removed', 'permission_denied']);
    });
  }
});

/** A way to a server that can be cut. */
async function line(port: number): Promise<{ address: string; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  ends.push(
    () => server.close(),
    () => cut(),
  );
  return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
}

describe('DO-05: collaboration', () => {
  it('two write at once, one is cut off and loses nothing; who is no member sees nothing', async () => {
    const authentication = { authenticate: async (userId: string) => ({ userId }) };
    const config = { netron: { port: 0, healthPort: false } };
    const app = await started(makeCollaboration(authentication, { ...quiet, config }));
    const address = `ws://127.0.0.1:${app.netron!.listenPort}`;
    const shaky = await line(app.netron!.listenPort!);
    const [ada, bob, eve] = await Promise.all(
      ['ada', 'bob', 'eve'].map((name) => client<Collaboration>(name === 'bob' ? shaky.address : address, 'collaboration', name)),
    );
    await ada!.service.create('plan', ['bob']);
    expect([await code(eve!.service.read('plan')), await code(eve!.service.read('none'))]).toEqual([
      'permission_denied',
      'permission_denied',
    ]);
    const seen: Update[] = [];
    const follow = async (count: number) => {
      const after = seen.at(-1)?.version ?? 0;
      for await (const update of bob!.service.subscribeToDocument('plan', after)) {
        seen.push(update);
        if (seen.length >= count) return;
      }
    };
    const writing = Promise.all([
      ada!.service.applyOperation('plan', { at: 0, insert: 'a' }),
      bob!.service.applyOperation('plan', { at: 0, insert: 'b' }),
      ada!.service.applyOperation('plan', { at: 0, insert: 'c' }),
    ]);
    await Promise.all([follow(3), writing]);
    // The connection breaks; the reader comes back by itself and asks for what is after the last that it has.
    shaky.cut();
    await ada!.service.applyOperation('plan', { at: 1, remove: 1 });
    await ada!.service.applyOperation('plan', { at: 2, insert: '!' });
    await eventually(() => follow(5));
    expect(seen.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    const { text, version } = await bob!.service.read('plan');
    expect([version, text.length, text.endsWith('!')]).toEqual([5, 3, true]);
    expect(await code(bob!.service.applyOperation('plan', { at: 99, insert: 'x' }))).toBe('invalid_argument');
  });
});

interface Devices {
  registerDevice(command: (name: string) => Promise<string>): Promise<unknown>;
  report(data: { temperature: number }): Promise<void>;
  sendCommand(id: string, name: string): Promise<string>;
  devices(): Promise<string[]>;
  streamTelemetry(id: string): AsyncIterable<{ temperature: number }>;
}

describe('DO-06: devices', () => {
  it('200 of them register over TLS with keys of their own, take commands and report; people cannot be devices', async () => {
    const { ca, server } = makeCertificates();
    const config = { netron: { healthPort: false, handshakeTimeout: longest } };
    const { app, keys } = makeIot(server, { ...quiet, config });
    await started(app);
    const of = (scheme: string) =>
      app.netron!.addresses.find((each) => each.startsWith(scheme))!.replace('127.0.0.1', 'localhost');
    const ids = Array.from({ length: 200 }, (_, at) => `device-${String(at).padStart(3, '0')}`);
    const devices: Devices[] = [];
    // A few handshakes at a time: all of them at once wait for one another longer than TLS waits for one.
    for (let at = 0; at < ids.length; at += 8)
      devices.push(
        ...(await Promise.all(
          ids.slice(at, at + 8).map(async (id) => {
            const { key } = await keys.createKey({ id, roles: ['device'] });
            const { service } = await client<Devices>(of('tls'), 'device-manager', key, { ca });
            await service.registerDevice(async (name) => `${id}: ${name}`);
            return service;
          }),
        )),
      );
    const { key } = await keys.createKey({ id: 'olga', roles: ['operator'] });
    const people = (await client<Devices>(of('ws'), 'device-manager', key)).service;
    expect(await people.devices()).toEqual(ids);
    expect(await Promise.all(ids.map((id) => people.sendCommand(id, 'blink')))).toEqual(ids.map((id) => `${id}: blink`));
    const stream = people.streamTelemetry('device-007')[Symbol.asyncIterator]();
    const first = stream.next();
    await eventually(async () => {
      await devices[7]!.report({ temperature: 21 });
      expect(await Promise.race([first, people.devices()])).toEqual({ done: false, value: { temperature: 21 } });
    });
    await stream.return?.();
    expect(await code(devices[0]!.sendCommand('device-001', 'blink'))).toBe('permission_denied');
    expect(await code(people.registerDevice(async () => 'x'))).not.toEqual({ registered: true });
    expect(await code(people.sendCommand('device-999', 'x'))).toBe('not_found');
  });
});
