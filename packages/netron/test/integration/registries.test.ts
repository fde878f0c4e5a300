/** Registries that programs use without a node, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  CompositeDiscovery,
  type DiscoveryBackend,
  MemoryRegistry,
  memoryDiscovery,
  RegistryDiscovery,
  type ServiceInfo,
} from '../../src/discovery.js';
import { MemoryTransport, Netron } from '../../src/index.js';
import './loaded.js';
import { failure, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

function registries() {
  const registry = new MemoryRegistry();
  const clock = new VirtualClock();
  const made: RegistryDiscovery[] = [];
  return {
    registry,
    clock,
    create: () => {
      const one = new RegistryDiscovery(() => memoryDiscovery(registry), quiet, { clock, interval: 1_000 });
      made.push(one);
      return one;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(made.map((one) => one.close()));
    },
  };
}

const users = { name: 'users', version: '1.2.0', address: 'ws://10.0.0.1:8080', transports: ['websocket'] };

describe('DI-07: ServiceDiscovery', () => {
  it('refuses invalid times when it is made', () => {
    const made = (config: object) => () => new RegistryDiscovery(() => memoryDiscovery(new MemoryRegistry()), quiet, config);
    for (const config of [{ interval: 0 }, { interval: Number.NaN }, { ttl: -1 }, { ttl: Infinity }])
      expect(made(config)).toThrow(RangeError);
  });

  it('makes a backend for each node and one for reading, and stops each of them', async () => {
    const [registry, clock] = [new MemoryRegistry(), new VirtualClock()];
    const used = async (use: (one: RegistryDiscovery) => Promise<unknown>): Promise<[made: number, stopped: number]> => {
      let [made, stopped] = [0, 0];
      const backend = (): DiscoveryBackend => {
        made += 1;
        const each = memoryDiscovery(registry);
        const stop = each.stop.bind(each);
        return Object.assign(each, {
          stop: () => {
            stopped += 1;
            return stop();
          },
        });
      };
      const one = new RegistryDiscovery(backend, quiet, { clock, interval: 1_000 });
      await use(one);
      await one.close();
      await one.close();
      return [made, stopped];
    };
    expect(await used(async () => {})).toEqual([1, 1]);
    expect(await used((one) => one.discover({ name: 'users' }))).toEqual([1, 1]);
    expect(await used((one) => one.register(users))).toEqual([1, 1]);
    expect(await used((one) => Promise.all([one.register(users), one.discover({ name: 'users' })]))).toEqual([2, 2]);
  });

  it('refuses services with facts that others would refuse, and announces nothing of them', async () => {
    await using set = registries();
    const one = set.create();
    const wrong = [{ node: { weight: '5' as never } }, { node: { labels: { tier: 1 as never } } }, { version: 'newest' }];
    for (const facts of wrong)
      expect(await failure(one.register({ ...users, ...facts }))).toMatchObject({ code: 'invalid_argument' });
    expect(await one.discover({ name: 'users', fresh: true })).toEqual([]);
  });

  it('registers, finds, watches and unregisters services, without a node', async () => {
    await using set = registries();
    const [one, other] = [set.create(), set.create()];
    const seen: string[][] = [];
    const end = other.watch({ name: 'users' }, (services) => void seen.push(services.map(({ address }) => address)));
    await set.clock.advance(10);
    await one.register({ ...users, id: 'users-1' });
    await one.register({
      ...users,
      version: '1.3.0',
      node: { id: 'b', labels: { tier: 'gold' } },
      address: '10.0.0.2',
      port: 9_000,
    });
    await one.register({ ...users, name: 'orders', node: { id: 'b' }, address: '10.0.0.2', port: 9_000 });
    await set.clock.advance(10);
    const found = await other.discover({ name: 'users', version: '^1.0.0' });
    expect(found.map(({ id, address }) => [id, address]).sort()).toEqual([
      ['b/users@1.3.0', 'ws://10.0.0.2:9000'],
      ['users-1/users@1.2.0', 'ws://10.0.0.1:8080'],
    ]);
    expect(await other.discover({ name: 'users', labels: { tier: 'gold' } })).toMatchObject([{ node: { id: 'b' } }]);
    expect((await other.health('b/users@1.3.0')).status).toBe('healthy');
    expect((await one.health('users-1')).status).toBe('healthy');
    expect((await other.health('nobody')).status).toBe('unhealthy');
    expect(seen.at(-1)).toHaveLength(2);
    await one.unregister('users-1');
    await one.unregister('b/users@1.3.0');
    await one.unregister('nobody');
    await set.clock.advance(10);
    expect(seen.at(-1)).toEqual([]);
    expect(await other.discover({ name: 'orders' })).toHaveLength(1);
    end();
    await one.close();
    await set.clock.advance(10);
    expect(await other.discover({ name: 'orders' })).toEqual([]);
    expect(await failure(one.register(users))).toMatchObject({ code: 'failed_precondition' });
    expect(await failure(other.register({ ...users, address: '' }))).toMatchObject({ code: 'invalid_argument' });
  });

  it('is the same registry that nodes use', async () => {
    await using set = registries();
    const transport = new MemoryTransport();
    const node = await Netron.create({
      id: 'node',
      clock: set.clock,
      logger: quiet,
      transports: { memory: { name: 'node' } },
      additionalTransports: [transport],
      discovery: { backend: memoryDiscovery(set.registry), interval: 1_000 },
    });
    const one = set.create();
    await one.register({ name: 'old', version: '1.0.0', address: 'memory:elsewhere' });
    await set.clock.advance(10);
    expect(await node.discovery.findService('old')).toMatchObject({ address: 'memory:elsewhere' });
    await node.stop();
  });
});

describe('DI-11: CompositeDiscovery', () => {
  it('merges what registries find, once; one that fails keeps none from the others', async () => {
    await using set = registries();
    await using apart = registries();
    const [one, other] = [set.create(), apart.create()];
    const composite = new CompositeDiscovery([one, other]);
    const lists: ServiceInfo[][] = [];
    const end = composite.watch({ name: 'users' }, (services) => lists.push(services));
    await composite.register({ ...users, node: { id: 'both' } });
    await other.register({ ...users, address: 'ws://10.0.0.9:1', node: { id: 'second' } });
    for (const { clock } of [set, apart]) await clock.advance(10);
    expect((await composite.discover({ name: 'users' })).map(({ node }) => node.id).sort()).toEqual(['both', 'second']);
    expect(lists.at(-1)).toHaveLength(2);
    expect((await composite.health('second')).status).toBe('healthy');
    await other.close();
    expect((await composite.discover({ name: 'users' })).map(({ node }) => node.id)).toEqual(['both']);
    expect((await composite.health('both')).status).toBe('healthy');
    await composite.unregister('both/users@1.2.0');
    expect(await composite.discover({ name: 'users' })).toEqual([]);
    end();
    await one.close();
    expect(await failure(composite.discover({ name: 'users' }))).toMatchObject({ code: 'failed_precondition' });
    expect(() => new CompositeDiscovery([])).toThrow(TypeError);
  });
});
