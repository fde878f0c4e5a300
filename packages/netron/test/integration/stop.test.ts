import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { MemoryRegistry, memoryDiscovery } from '../../src/discovery.js';
import { defineService, getCallContext, Netron } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

function worker() {
  const release = gate();
  const state = { running: 0, aborted: 0 };
  const service = defineService({
    name: 'worker@1.0.0',
    methods: {
      async slow() {
        state.running += 1;
        await release.opened;
        state.running -= 1;
        return 'done';
      },
      async hangs() {
        state.running += 1;
        getCallContext().signal.addEventListener('abort', () => {
          state.aborted += 1;
        });
        await new Promise<void>(() => {});
      },
      async *numbers(count: number) {
        for (let number = 0; number < count; number += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          yield number;
        }
      },
      quick: () => 'quick',
    },
  });
  return { release, state, service };
}
type Worker = ReturnType<typeof worker>['service'];

/** Stops a node with something that hangs: not before its time is up, and not much after. */
async function stopsAfter(ms: number, clock: VirtualClock, node: Netron): Promise<void> {
  let stopped = false;
  const stopping = node.stop({ timeout: ms }).then(() => {
    stopped = true;
  });
  await settled();
  await clock.advance(ms - 1);
  expect(stopped).toBe(false);
  await clock.advance(500);
  await stopping;
}

describe.each(transports)('38: a graceful stop over %s', (transport) => {
  it('finishes calls and finite streams, refuses new calls, and then closes', async () => {
    const { release, state, service } = worker();
    await using pair = await nodes({ transport, services: [service], client: { reconnectDelay: 10_000 } });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const call = remote.slow();
    const items: number[] = [];
    const stream = (async () => {
      for await (const item of remote.numbers(200)) items.push(item);
    })();
    await until(() => state.running === 1 && items.length > 0);
    let stopped = false;
    const stopping = pair.server.stop({ timeout: 5_000 }).then(() => {
      stopped = true;
    });
    await until(() => pair.peer.state === 'draining');
    const late = failure(remote.quick());
    await settled();
    expect(stopped).toBe(false);
    release.open();
    expect(await call).toBe('done');
    await stream;
    expect(items).toHaveLength(200);
    await stopping;
    await until(() => pair.client.peers.size === 0);
    await pair.client.stop();
    expect(await late).toMatchObject({ code: 'unavailable' });
  });

  it('resolves as soon as the last call or stream has ended: no time has to pass', async () => {
    const { release, state, service } = worker();
    const clock = new VirtualClock();
    await using pair = await nodes({
      transport,
      services: [service],
      server: { clock },
      client: { clock, reconnectDelay: 10_000 },
    });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const call = remote.slow();
    const stream = (async () => {
      for await (const _ of remote.numbers(200));
    })();
    await until(() => state.running === 1);
    let drained = false;
    const draining = pair.server.drain({ timeout: 5_000 }).then(() => {
      drained = true;
    });
    const stopping = pair.client.stop({ timeout: 5_000 });
    await stream;
    await settled();
    expect(drained).toBe(false);
    release.open();
    await Promise.all([call, draining, stopping]);
    await pair.server.stop();
    expect([pair.server.unfinished, pair.client.unfinished]).toEqual([0, 0]);
  });

  it('C3: resolves within its time limit although calls and streams hang, and aborts them', async () => {
    const { state, service } = worker();
    const clock = new VirtualClock();
    const client = { maxReconnectAttempts: 0 };
    await using pair = await nodes({ transport, services: [service], server: { clock }, client });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const calls = [failure(remote.hangs()), failure(remote.hangs())];
    await until(() => state.running === 2);
    await stopsAfter(100, clock, pair.server);
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'unknown_outcome' });
    expect(state.aborted).toBe(2);
    expect(pair.server.peers.size).toBe(0);
  });

  it('38: finishes outgoing calls, makes no new ones, and then closes', async () => {
    const { release, state, service } = worker();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const off = await pair.peer.subscribe('news', () => {}).catch(() => async () => {});
    const call = remote.slow();
    await until(() => state.running === 1);
    let stopped = false;
    const stopping = pair.client.stop({ timeout: 5_000 }).then(() => {
      stopped = true;
    });
    const late: string[] = [];
    await until(() => {
      remote.quick().catch(({ code }: { code: string }) => late.push(code));
      return late.length > 0;
    });
    expect(late[0]).toBe('unavailable');
    expect(await failure(pair.peer.runTask('any'))).toMatchObject({ code: 'unavailable' });
    await off();
    await settled();
    expect(stopped).toBe(false);
    release.open();
    expect(await call).toBe('done');
    await stopping;
    expect(pair.client.unfinished).toBe(0);
    expect(pair.peer.state).toBe('closed');
  });

  it('C3: gives up hanging outgoing calls in time', async () => {
    const { state, service } = worker();
    const clock = new VirtualClock();
    await using pair = await nodes({ transport, services: [service], client: { clock } });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const call = failure(remote.hangs());
    await until(() => state.running === 1);
    await stopsAfter(100, clock, pair.client);
    expect(await call).toMatchObject({ code: 'unknown_outcome' });
    expect(pair.client.unfinished).toBe(1);
  });

  it('38: a running method may make calls', async () => {
    const { service } = worker();
    const asked = gate();
    const proceed = gate();
    await using pair = await nodes({ transport, services: [service] });
    const needy = defineService({
      name: 'needy@1.0.0',
      methods: {
        async run(): Promise<string> {
          asked.open();
          await proceed.opened;
          const remote = await pair.peer.queryInterface<Worker>('worker');
          return remote.quick();
        },
      },
    });
    await pair.client.peer.exposeService(needy);
    const call = pair.back.queryInterface<typeof needy>('needy').then((remote) => remote.run());
    await asked.opened;
    const stopping = pair.client.stop({ timeout: 5_000 });
    await until(() => pair.back.state === 'draining');
    proceed.open();
    expect(await call).toBe('quick');
    await stopping;
  });

  it('38: calls that wait for a lost peer do not delay it', async () => {
    const { service } = worker();
    await using pair = await nodes({ transport, services: [service], client: { clock: new VirtualClock(), random: () => 1 } });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    pair.back.link?.connection.terminate();
    await until(() => pair.peer.state === 'suspended');
    const waiting = failure(remote.quick());
    // No time passes meanwhile.
    await pair.client.stop({ timeout: 5_000 });
    expect(await waiting).toMatchObject({ code: 'unavailable' });
  });

  it('46: may be called twice, concurrently and later; a stopped node does not connect', async () => {
    await using pair = await nodes({ transport });
    await Promise.all([pair.server.stop(), pair.server.stop()]);
    await pair.server.stop();
    expect(await failure(pair.server.connect(pair.address))).toMatchObject({ code: 'failed_precondition' });
    await pair.client.stop();
    await pair.client.stop();
    expect(pair.peer.state).toBe('closed');
  });

  it('NC-05: stopListening keeps connections and accepts no new ones', async () => {
    const { service } = worker();
    await using pair = await nodes({ transport, services: [service] });
    await pair.server.stopListening();
    await pair.server.stopListening();
    const remote = await pair.peer.queryInterface<Worker>('worker');
    expect(await remote.quick()).toBe('quick');
    await using late = await Netron.create({ logger: quiet, additionalTransports: pair.client.transports });
    expect(await failure(late.connect(pair.address, { timeout: 2_000 }))).toMatchObject({ code: 'unavailable' });
    expect(pair.server.peers.size).toBe(1);
  });

  it('44: disconnect is awaitable, ends calls, and runs once', async () => {
    const { state, service } = worker();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const reasons: string[] = [];
    const gone: string[] = [];
    pair.peer.on('disconnected', (reason) => reasons.push(reason));
    pair.client.on('peer:disconnected', (id) => gone.push(id));
    const call = failure(remote.hangs());
    await until(() => state.running === 1);
    await Promise.all([pair.peer.disconnect(), pair.peer.disconnect()]);
    expect(pair.client.peers.size).toBe(0);
    expect(await call).toMatchObject({ code: 'unknown_outcome' });
    expect(await failure(remote.quick())).toMatchObject({ code: 'unavailable' });
    await until(() => pair.server.peers.size === 0 && state.aborted === 1);
    await settled();
    expect(reasons).toHaveLength(1);
    expect(gone).toEqual(['server']);
  });
});

describe('C4: nothing is left', () => {
  it('a process exits by itself after 100 nodes were started and stopped', async () => {
    const here = fileURLToPath(new URL('.', import.meta.url));
    const directory = await mkdtemp(join(here, '.cycles-'));
    try {
      const source = `
        import { Netron, defineService } from ${JSON.stringify(fileURLToPath(new URL('../../src/index.ts', import.meta.url)))};
        const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
        const before = listeners();
        const stopped = [];
        for (let cycle = 0; cycle < 100; cycle += 1) {
          const server = await Netron.create({ transports: { tcp: { port: 0 }, websocket: { port: 0 } } });
          await server.peer.exposeService(defineService({ name: 'a@1.0.0', methods: { b: (n) => n, c: () => new Promise(() => {}) } }));
          const client = await Netron.create({});
          const peer = await client.connect(server.addresses[cycle % 2]);
          const a = await peer.queryInterface('a');
          if ((await a.b(cycle)) !== cycle) throw new Error('wrong');
          a.c().catch(() => {});
          await Promise.all([client.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
          stopped.push(new WeakRef(client), new WeakRef(server));
        }
        if (listeners() !== before) throw new Error('listeners are left: ' + process.eventNames().join());
        const resources = () => process.getActiveResourcesInfo().filter((name) => !/FSReqCallback|Immediate/.test(name));
        for (let round = 0; round < 10; round += 1) { await new Promise((resolve) => setImmediate(resolve)); gc(); }
        // Sockets that were closed are gone when the system says so.
        for (let round = 0; round < 1_000 && resources().some((name) => name !== 'PipeWrap'); round += 1)
          await new Promise((resolve) => setTimeout(resolve, 10));
        const left = stopped.filter((node) => node.deref() !== undefined).length;
        console.log(JSON.stringify({ left, resources: resources() }));
      `;
      const entry = join(directory, 'cycles.ts');
      const bundle = join(directory, 'cycles.mjs');
      await writeFile(entry, source);
      await build({
        ...{ entryPoints: [entry], outfile: bundle, bundle: true, format: 'esm', platform: 'node', target: 'node20' },
        ...{ conditions: ['@omnitron-dev/source'], packages: 'bundle', logLevel: 'silent' },
        external: ['ws', 'semver', 'semver/*'],
      });
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', bundle], { timeout: 100_000 });
      const { left, resources } = JSON.parse(stdout) as { left: number; resources: string[] };
      // The last one may still be in a register.
      expect(left).toBeLessThan(5);
      expect(resources.filter((name) => name !== 'PipeWrap')).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('await using stops a node', async () => {
    let stopped: Netron;
    {
      await using node = await Netron.create({ logger: quiet, listenPort: 0 });
      stopped = node;
      expect(node.listenPort).toBeGreaterThan(0);
    }
    expect(await failure(stopped.connect('ws://127.0.0.1:1'))).toMatchObject({ code: 'failed_precondition' });
  });
});

describe('C3: calls of a node to itself that were made just before its stop', () => {
  const numbers = defineService({
    name: 'numbers@1.2.0',
    methods: {
      async slow() {
        await new Promise((resolve) => setImmediate(resolve));
        return 'done';
      },
      async *count() {
        for (let number = 1; number <= 3; number += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          yield number;
        }
      },
    },
  });
  type Numbers = typeof numbers;
  const caller = { id: 'someone', identity: undefined, address: '', transport: 'test' };
  /** Each is the first of its node, which has loaded nothing for it yet. */
  const calls: Record<string, (node: Netron) => Promise<unknown>> = {
    'a proxy of a service': (node) => node.service<Numbers>('numbers').slow(),
    'a proxy of a range of versions': (node) => node.service<Numbers>('numbers@^1.0.0').slow(),
    'a member that is read first': async (node) => (await (node.service<Numbers>('numbers') as never as Loose).slow)(),
    'a call by name': (node) => node.call('numbers@^1.0.0', 'slow'),
    'a call of its own peer': (node) => node.peer.call('numbers@>=1 <2', 'slow'),
    'a request of an edge': (node) => node.dispatch({ service: 'numbers@>=1 <2', method: 'slow', caller }),
    'a task': (node) => node.peer.runTask('slow'),
  };
  interface Loose {
    readonly slow: PromiseLike<() => Promise<unknown>>;
  }

  for (const [name, make] of Object.entries(calls))
    it(`are answered: ${name}`, async () => {
      for (const discovery of [false, true]) {
        const node = await Netron.create({
          logger: quiet,
          ...(discovery && { discovery: { backend: memoryDiscovery(new MemoryRegistry()) } }),
        });
        await node.peer.exposeService(numbers);
        node.addTask('slow', async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return 'done';
        });
        const answer = make(node).catch((error: unknown) => error);
        await node.stop();
        expect(await answer).toBe('done');
        expect(node.unfinished).toBe(0);
      }
    });

  it('are answered: a stream that is opened', async () => {
    const node = await Netron.create({ logger: quiet });
    await node.peer.exposeService(numbers);
    const opened = (node.service<Numbers>('numbers').count() as AsyncIterable<number>)[Symbol.asyncIterator]();
    const first = opened.next();
    await node.stop();
    expect(await first).toEqual({ done: false, value: 1 });
  });

  it('do not delay it when nobody has the service', async () => {
    const clock = new VirtualClock();
    const node = await Netron.create({ logger: quiet, clock });
    const failed = failure(node.service<Numbers>('nobody').slow());
    await node.stop();
    expect(await failed).toMatchObject({ code: 'unavailable' });
    expect(clock.now()).toBe(new VirtualClock().now());
  });
});

it('calls within the process and of edges that hang are named while they are under way, and aborted by stop()', async () => {
  const { state, service } = worker();
  const clock = new VirtualClock();
  await using node = await Netron.create({ logLevel: 'silent', clock });
  await node.peer.exposeService(service);
  const caller = { id: 'a', identity: undefined, transport: 'test' };
  const calls = [
    failure(node.peer.call('worker', 'hangs')),
    failure(node.dispatch({ service: 'worker', method: 'hangs', caller })),
  ];
  await until(() => state.running === 2);
  expect(node.underWay).toEqual(['worker.hangs', 'worker.hangs']);
  await stopsAfter(100, clock, node);
  for (const error of await Promise.all(calls))
    expect(error).toMatchObject({ code: 'canceled', message: 'the node was stopped' });
  expect([state.aborted, node.underWay]).toEqual([2, []]);
});
