import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { type DiscoveredService, defineService, Netron, type RpcContext } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const versioned = (version: string) =>
  defineService({ name: `tool@${version}`, methods: { version: () => version, later: () => new Promise<string>(() => {}) } });

describe.each(transports)('services over %s', (transport) => {
  it('52: the server resolves versions as semver does', async () => {
    const versions = ['1.0.0', '1.9.0', '1.10.0', '2.0.0-beta.1', '0.9.0'];
    await using pair = await nodes({ transport, services: versions.map(versioned) });
    const ask = async (query: string) =>
      (await (await pair.peer.queryInterface<ReturnType<typeof versioned>>(query)).version()) as string;
    expect(await ask('tool')).toBe('1.10.0');
    expect(await ask('tool@latest')).toBe('1.10.0');
    expect(await ask('tool@^1.0.0')).toBe('1.10.0');
    expect(await ask('tool@~1.9')).toBe('1.9.0');
    expect(await ask('tool@1.0.0')).toBe('1.0.0');
    expect(await ask('tool@<1')).toBe('0.9.0');
    expect(await ask('tool@2.0.0-beta.1')).toBe('2.0.0-beta.1');
    expect(await failure(ask('tool@^3.0.0'))).toMatchObject({ code: 'not_found' });
    expect(await failure(ask('tool@^2.0.0'))).toMatchObject({ code: 'not_found' });
  });

  it('52: an invalid version or range is refused, for existing and missing services', async () => {
    await using pair = await nodes({ transport, services: [versioned('1.0.0')] });
    const { peer, server, client } = pair;
    const wrong = {
      code: 'invalid_argument',
      message: "invalid version or range 'foo': expected for instance 1.2.3, ^1.0.0, '>=1 <3' or latest",
    };
    for (const name of ['tool', 'unknown']) {
      expect(await failure(peer.queryInterface(`${name}@foo`))).toMatchObject(wrong);
      expect(await failure(server.peer.queryInterface(`${name}@foo`))).toMatchObject(wrong);
      expect(await failure(server.peer.concealService(`${name}@foo`))).toMatchObject(wrong);
      expect(await failure(client.call(`${name}@foo`, 'version'))).toMatchObject(wrong);
      expect(await failure(peer.queryInterface(`${name}@${'1 || '.repeat(50)}1`))).toMatchObject({ code: 'invalid_argument' });
      expect(await failure(peer.queryInterface(`${name}@^3.0.0`))).toMatchObject({ code: 'not_found' });
    }
    expect(() => versioned('foo')).toThrow("invalid version 'foo' of service 'tool': expected a full version such as 1.0.0");
  });

  it('52, 58: announced and withdrawn services are known at once, and a query is never stale', async () => {
    await using pair = await nodes({ transport, services: [versioned('1.0.0')] });
    const { server, client, peer } = pair;
    const discovered: DiscoveredService[] = [];
    client.on('service:discovered', (service) => discovered.push(service));
    const old = await peer.queryInterface<ReturnType<typeof versioned>>('tool');
    expect(peer.getServiceNames()).toEqual(['tool@1.0.0']);
    await server.peer.exposeService(versioned('1.1.0'));
    await until(() => peer.hasService('tool@1.1.0'));
    expect(discovered).toEqual([{ name: 'tool', version: '1.1.0', peerId: 'server' }]);
    const fresh = await peer.queryInterface<ReturnType<typeof versioned>>('tool');
    expect(await fresh.version()).toBe('1.1.0');
    expect(await old.version()).toBe('1.0.0');
    const removed: string[] = [];
    peer.on('services:removed', (names) => removed.push(...names));
    await server.peer.concealService('tool@1.1.0');
    await until(() => removed.length > 0);
    expect(peer.hasService('tool@1.1.0')).toBe(false);
    expect(await failure(fresh.version())).toMatchObject({ code: 'not_found' });
    expect(await old.version()).toBe('1.0.0');
    expect(await (await peer.queryInterface<ReturnType<typeof versioned>>('tool')).version()).toBe('1.0.0');
  });

  it('58: a concealed service finishes running calls; later ones fail and never reach another service', async () => {
    const finish = gate<string>();
    const first = defineService({ name: 'first@1.0.0', methods: { run: () => finish.opened, name: () => 'first' } });
    const second = defineService({ name: 'second@1.0.0', methods: { run: () => 'second ran', name: () => 'second' } });
    await using pair = await nodes({ transport, services: [first] });
    const one = await pair.peer.queryInterface<typeof first>('first');
    const running = one.run();
    await settled();
    await pair.server.peer.concealService('first');
    await pair.server.peer.exposeService(second);
    const two = await pair.peer.queryInterface<typeof second>('second');
    expect(await two.name()).toBe('second');
    expect(await failure(one.name())).toMatchObject({ code: 'not_found' });
    finish.open('first ran');
    expect(await running).toBe('first ran');
    pair.peer.releaseInterface(one);
    await settled();
    expect(await two.name()).toBe('second');
    await pair.server.peer.exposeService(first);
    expect(await (await pair.peer.queryInterface<typeof first>('first')).name()).toBe('first');
  });

  it('a service may have properties only', async () => {
    const facts = defineService({ name: 'facts@1.0.0', methods: {}, properties: { level: 3 } });
    await using pair = await nodes({ transport, services: [facts] });
    expect(await (await pair.peer.queryInterface<{ level: Promise<number> }>('facts')).level).toBe(3);
  });

  it('55: concurrent queries give one proxy, and each holder releases its own count', async () => {
    await using pair = await nodes({ transport, services: [versioned('1.0.0')] });
    const { peer } = pair;
    type Tool = ReturnType<typeof versioned>;
    const [a, b] = await Promise.all([peer.queryInterface<Tool>('tool'), peer.queryInterface<Tool>('tool')]);
    expect(a).toBe(b);
    const other = await peer.queryInterface<Tool>('tool@^1.0.0');
    peer.releaseInterface(a);
    await settled();
    expect(await b.version()).toBe('1.0.0');
    (b as unknown as Disposable)[Symbol.dispose]();
    await settled();
    expect(await other.version()).toBe('1.0.0');
    expect(await failure(b.version())).toMatchObject({ code: 'failed_precondition' });
    expect(await (await peer.queryInterface<Tool>('tool')).version()).toBe('1.0.0');
  });

  it('59: 2,000 services can be exposed, announced to later connections, and concealed', async () => {
    const names = Array.from({ length: 2_000 }, (_, number) => `a-service-with-quite-a-long-name-${number}@1.0.0`);
    const services = names.map((name) => defineService({ name, methods: { who: () => name } }));
    await using pair = await nodes({ transport, services });
    await until(() => pair.peer.getServiceNames().length === 2_000);
    const last = await pair.peer.queryInterface<{ who(): Promise<string> }>('a-service-with-quite-a-long-name-1999');
    expect(await last.who()).toBe(names[1_999]);
    await Promise.all(names.map((name) => pair.server.peer.concealService(name)));
    await until(() => pair.peer.getServiceNames().length === 0);
    expect(pair.server.getServices()).toEqual([]);
    expect(await failure(last.who())).toMatchObject({ code: 'not_found' });
  });
});

describe('connections', () => {
  it('several connections of one node to one server are separate peers on both ends', async () => {
    await using pair = await nodes({ services: [versioned('1.0.0')] });
    const second = await pair.client.connect(pair.address);
    const third = await pair.client.connect(pair.address);
    await until(() => pair.server.peers.size === 3);
    expect(new Set([pair.peer.id, second.id, third.id]).size).toBe(3);
    for (const peer of [pair.peer, second, third]) {
      expect(await (await peer.queryInterface<ReturnType<typeof versioned>>('tool')).version()).toBe('1.0.0');
    }
    await second.disconnect();
    await until(() => pair.server.peers.size === 2);
    expect(pair.peer.state).toBe('ready');
    expect(third.state).toBe('ready');
  });
});

describe('18: services exposed by peers', () => {
  const own = () =>
    defineService({ name: 'guest@1.0.0', methods: { hi: (name: string) => `hi ${name}` }, properties: { level: 3 } });

  it('are refused unless allowed', async () => {
    await using pair = await nodes({});
    expect(await failure(pair.peer.exposeService(own()))).toMatchObject({ code: 'permission_denied' });
    expect(pair.server.getServices()).toEqual([]);
  });

  it('serve all nodes, belong to the exposing peer, and are removed with it', async () => {
    await using pair = await nodes({ server: { allowRemoteServices: true }, services: [versioned('1.0.0')] });
    await pair.peer.exposeService(own());
    await using other = await Netron.create({ id: 'other', logger: quiet, additionalTransports: pair.client.transports });
    const peer = await other.connect(pair.address);
    const guest = await peer.queryInterface<ReturnType<typeof own>>('guest');
    expect(await guest.hi('you')).toBe('hi you');
    await settled();
    expect(await guest.hi('again')).toBe('hi again');
    expect(await guest.level).toBe(3);
    expect(await failure(pair.peer.exposeService(own()))).toMatchObject({ code: 'already_exists' });
    expect(await failure(peer.concealService('guest'))).toMatchObject({ code: 'not_found' });
    expect(await failure(peer.concealService('tool'))).toMatchObject({ code: 'not_found' });
    expect(await guest.hi('still')).toBe('hi still');
    await pair.peer.concealService('guest');
    expect(await failure(guest.hi('x'))).toMatchObject({ code: 'not_found' });
    await pair.peer.exposeService(own());
    await pair.peer.disconnect();
    await until(() => pair.server.getServices().length === 1);
    expect(await failure(peer.queryInterface('guest'))).toMatchObject({ code: 'not_found' });
  });
});

describe('tasks', () => {
  it('19, TK-01 to TK-03: run for allowed peers only; errors and time limits apply', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({ client: { clock, taskTimeout: 80 }, server: { taskOverwriteStrategy: 'throw' } });
    const { server, peer } = pair;
    server.addTask(
      function systemInfo(who, ...args) {
        return { from: who.id, args };
      },
      { remote: true },
    );
    server.addTask('hidden', () => 'secret', { remote: false });
    server.addTask('fails', () => Promise.reject(new TypeError('no')), { remote: true });
    server.addTask('hangs', () => new Promise(() => {}), { remote: true });
    expect(await peer.runTask('systemInfo', 1, [2])).toEqual({ from: 'client', args: [1, [2]] });
    const hidden = await failure(peer.runTask('hidden'));
    expect(hidden).toMatchObject({ code: 'not_found' });
    expect(hidden.message).toBe((await failure(peer.runTask('missing'))).message.replace('missing', 'hidden'));
    expect(await server.peer.runTask('hidden')).toBe('secret');
    expect(await failure(peer.runTask('fails'))).toMatchObject({ name: 'TypeError', message: 'no' });
    expect(await clock.settle(failure(peer.runTask('hangs')))).toMatchObject({ code: 'deadline_exceeded' });
    expect(() => server.addTask('hidden', () => 1)).toThrow(TypeError);
    await using open = await nodes();
    open.server.addTask('anything', () => 'ran');
    expect(await open.peer.runTask('anything')).toBe('ran');
  });
});

describe('NC-13 to NC-15: events of a node', () => {
  it('reports peers, calls with added data, and all events to a wildcard listener until it is removed', async () => {
    await using pair = await nodes({ services: [versioned('1.0.0')] });
    const { server, client } = pair;
    const all: string[] = [];
    const off = server.on('*', (event) => all.push(event));
    server.on('rpc:start', ({ service, method }) => ({ startedAt: `${service}.${method}` }));
    const ends: { context: RpcContext; error: unknown }[] = [];
    server.on('rpc:end', (end) => ends.push(end));
    await client.call('tool', 'version');
    await failure(pair.peer.call('tool', 'nothing'));
    await until(() => ends.some(({ context }) => context.method === 'version'));
    const end = ends.find(({ context }) => context.method === 'version');
    expect(end).toMatchObject({
      context: { service: 'tool', version: '1.0.0', peerId: 'client', startedAt: 'tool.version' },
      error: undefined,
    });
    await using other = await Netron.create({ id: 'other', logger: quiet, additionalTransports: client.transports });
    const peer = await other.connect(pair.address);
    await until(() => all.includes('peer:connected'));
    await peer.disconnect();
    await until(() => all.includes('peer:disconnected'));
    expect(all).toContain('rpc:start');
    expect(all).toContain('rpc:end');
    off();
    all.length = 0;
    await client.call('tool', 'version');
    expect(all).toEqual([]);
  });

  it('reports exposed and concealed services', async () => {
    await using node = await Netron.create({ logger: quiet });
    const told: string[] = [];
    node.on('service:exposed', (name) => told.push(`+${name}`));
    node.on('service:concealed', (name) => told.push(`-${name}`));
    await node.peer.exposeService(versioned('1.0.0'));
    await node.peer.concealService('tool');
    expect(told).toEqual(['+tool@1.0.0', '-tool@1.0.0']);
  });

  it('calls are published on diagnostics channels', async () => {
    const failing = defineService({
      name: 'failing@1.0.0',
      methods: { now: () => 1, fail: async () => Promise.reject(new Error('x')) },
    });
    await using pair = await nodes({ services: [failing] });
    const remote = await pair.peer.queryInterface<typeof failing>('failing');
    await remote.now();
    const seen: string[] = [];
    const listen = (name: string) => (message: unknown) => {
      const { service, method } = message as { service: string; method: string };
      if (service === 'failing') seen.push(`${name} ${method}`);
    };
    const names = ['start', 'end', 'asyncEnd', 'error'] as const;
    const listeners = names.map((name) => [channel(`tracing:netron:call:${name}`), listen(name)] as const);
    for (const [on, listener] of listeners) on.subscribe(listener);
    await remote.now();
    await failure(remote.fail());
    for (const [on, listener] of listeners) on.unsubscribe(listener);
    await remote.now();
    expect(seen).toEqual(['start now', 'end now', 'asyncEnd now', 'start fail', 'end fail', 'error fail', 'asyncEnd fail']);
  });
});
