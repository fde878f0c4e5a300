/** Nodes that die, and registries that are down, empty or silent, on virtual time. */
import { describe, expect, it } from 'vitest';
import { memoryDiscovery } from '../../src/discovery.js';
import { NetronHealthCheck } from '../../src/health.js';
import { discovered, UserService } from './discovered.js';
import { VirtualClock } from './virtual-clock.js';

describe('a node that dies', () => {
  it('DI-13, D3: a silent node is removed after its ttl, a stopped one at once', async () => {
    await using set = discovered();
    const watching = await set.create('watching');
    const frozen = new VirtualClock();
    await set.create('frozen', { clock: frozen }); // its time stands still: it announces nothing more
    const stopping = await set.create('stopping');
    expect(await set.ids(watching)).toEqual(['frozen', 'stopping', 'watching']);
    const left: string[] = [];
    watching.discovery.on('node:left', (id) => left.push(id));
    await stopping.stop();
    expect(left).toEqual(['stopping']);
    await set.clock.advance(2_900);
    expect(left).toEqual(['stopping']);
    await set.clock.advance(1_300);
    expect(left).toEqual(['stopping', 'frozen']);
  });

  it('D3: by default it is removed within 15 s, whenever it dies and however late other nodes read', async () => {
    await using set = discovered();
    const backend = () => ({ discovery: memoryDiscovery(set.registry) });
    const watching = await set.create('watching', { ...backend(), random: () => 1 });
    const left: string[] = [];
    watching.discovery.on('node:left', (id) => left.push(id));
    for (let number = 0; number < 7; number += 1) {
      const id = `frozen-${number}`;
      // It has announced itself, and does nothing more.
      await set.create(id, { ...backend(), clock: new VirtualClock() });
      await set.clock.advance(15_000);
      expect(left.at(-1)).toBe(id);
      await set.clock.advance(700 * number);
    }
  });
});

describe('a registry', () => {
  it('D4: of two runs with one id all nodes use the later; for a minute no node sees the other', async () => {
    await using set = discovered();
    const watching = await set.create('watching');
    const first = await set.create('twice', { discovery: { backend: memoryDiscovery(set.registry), interval: 1_000 } });
    const conflicts: string[] = [];
    first.discovery.on('conflict', ({ id }) => conflicts.push(id));
    const second = await set.create('twice', { transports: { memory: { name: 'second' } } });
    await set.clock.advance(2_000);
    const changes: string[] = [];
    watching.discovery.on('*', (event) => changes.push(event));
    for (let turn = 0; turn < 60; turn += 1) {
      // What a node says anew is announced at once.
      for (const node of [first, second]) {
        await node.peer.exposeService(new UserService());
        await node.peer.concealService('userService');
      }
      await set.clock.advance(1_000);
    }
    expect(conflicts).toEqual(['twice']);
    expect(changes.filter((event) => event === 'node:joined' || event === 'node:left')).toEqual([]);
    const twice = (await watching.discovery.getActiveNodes()).find(({ id }) => id === 'twice');
    expect(twice?.addresses).toEqual(['memory:second']);
  });

  it('D4: says who has the id of a node also where that was so before anybody could listen', async () => {
    await using set = discovered();
    const backend = memoryDiscovery(set.registry);
    const start = backend.start.bind(backend);
    backend.start = async (host) => {
      await start(host);
      host.conflict('the later run');
    };
    const node = await set.create('twice', { discovery: { backend } });
    expect(node.discovery.conflict).toEqual({ id: 'twice', instance: 'the later run' });
  });

  it('D1: nodes stay known and calls continue while the registry is down; it recovers within two beats', async () => {
    await using set = discovered();
    const a = await set.create('a');
    const b = await set.create('b');
    await set.clock.advance(10);
    const states: string[] = [];
    a.discovery.on('state', ({ state }) => states.push(state));
    set.registry.failure = new Error('connection refused');
    await set.clock.advance(60_000);
    expect([await set.ids(a), a.discovery.state, states]).toEqual([['a', 'b'], 'degraded', ['degraded']]);
    set.registry.clear();
    set.registry.failure = undefined;
    await set.clock.advance(2_200);
    expect([await set.ids(a), await set.ids(b), a.discovery.state]).toEqual([['a', 'b'], ['a', 'b'], 'ready']);
  });

  it('D2, D6: an emptied registry removes no connected node', async () => {
    await using set = discovered();
    const a = await set.create('a');
    const b = await set.create('b');
    await set.clock.advance(10);
    await a.connect('memory:b');
    const left: string[] = [];
    a.discovery.on('node:left', (id) => left.push(id));
    set.registry.clear();
    await a.discovery.findAllServices({ name: 'x', fresh: true });
    expect([await set.ids(a), left]).toEqual([['a', 'b'], []]);
    await set.clock.advance(2_200);
    expect([await set.ids(a), await set.ids(b)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(left).toEqual([]);
  });

  it('an unreachable registry makes it degraded; with `required` creation fails', async () => {
    await using set = discovered();
    set.registry.failure = new Error('connection refused');
    const node = await set.create('a');
    expect(node.discovery.state).toBe('degraded');
    const health = new NetronHealthCheck(node, { clock: set.clock, timeout: 100 });
    const checking = health.check();
    await set.clock.advance(20);
    expect((await checking).checks.discovery).toMatchObject({ healthy: false, message: 'memory: connection refused' });
    const required = { backend: memoryDiscovery(set.registry), required: true };
    await expect(set.create('b', { discovery: required })).rejects.toThrow('connection refused');
  });

  it('waits for a registry at most connectTimeout', async () => {
    await using set = discovered();
    const silent = {
      name: 'silent',
      start: () => new Promise<void>(() => {}),
      announce() {},
      refresh: async () => {},
      stop: async () => {},
    };
    const creating = set.create('a', { discovery: { backend: silent }, connectTimeout: 500 });
    await set.clock.advance(500);
    const node = await creating;
    expect(node.discovery.backends).toMatchObject([{ up: false, error: { message: 'no answer within 500 ms' } }]);
  });
});
