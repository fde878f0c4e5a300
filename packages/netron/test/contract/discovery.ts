/** Contract of every backend of discovery. A new one is finished when this passes unchanged. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendHost, DiscoveryBackend } from '../../src/discovery/backend.js';
import { systemClock } from '../../src/platform/node.js';
import {
  type DiscoveryFixture,
  discover,
  freshNamespace,
  type Join,
  longTtl,
  next,
  seen,
  stopAll,
  type TestNode,
} from './discovering.js';
import { testRecords } from './discovery-records.js';

/** A backend whose looks at its own node are counted: each beat has one. */
function counted(backend: DiscoveryBackend, looked: () => void): DiscoveryBackend {
  const start = backend.start.bind(backend);
  return Object.assign(backend, {
    start: (host: BackendHost) =>
      start({
        ...host,
        own() {
          looked();
          return host.own();
        },
      }),
  });
}

export function testDiscovery(name: string, fixture: DiscoveryFixture): void {
  const join: Join = (id, namespace, given = {}, options = {}) =>
    discover(id, { backend: fixture.backend(), namespace, interval: 200, ttl: longTtl, ...options }, given);
  const ids = async ({ discovery }: TestNode): Promise<string[]> => (await discovery.getActiveNodes()).map(({ id }) => id).sort();

  describe(`discovery contract: ${name}`, () => {
    afterEach(stopAll);

    it('DI-02, DI-05, DI-12: a starting node finds the existing nodes, and they find it', async () => {
      const namespace = freshNamespace();
      const first = await join('first', namespace);
      const joined = next(first, 'node:joined');
      const available = next(first, 'service:available');
      const description = { zone: 'a', labels: { tier: 'gold' }, weight: 2, version: '7' };
      const second = await join('second', namespace, { serves: ['users@1.2.0'] }, { node: description });
      expect(await ids(second)).toEqual(['first', 'second']);
      const { services, instance, ...node } = await joined;
      expect(node).toMatchObject({ id: 'second', status: 'up', ...description });
      expect(services).toEqual(['users@1.2.0']);
      expect(instance.length).toBeGreaterThan(8);
      expect(await available).toMatchObject({ name: 'users', version: '1.2.0', node: { id: 'second' } });
      expect(first.discovery.state).toBe('ready');
    });

    it('DI-03, DI-04, DI-15: finds services by name, version and label', async () => {
      const namespace = freshNamespace();
      const asking = await join('asking', namespace, { where: [], serves: [] });
      await join('old', namespace, { serves: ['users@1.0.0', 'orders@1.0.0'] });
      await join('new', namespace, { serves: ['users@1.4.0'] }, { node: { labels: { canary: 'yes' } } });
      for (const id of ['old', 'new']) await seen(asking, id);
      const { discovery } = asking;
      expect(await discovery.findService('users@1.0.0')).toMatchObject({ id: 'old/users@1.0.0', transports: expect.any(Array) });
      const all = await discovery.findAllServices('users@^1.0.0');
      expect(all.map(({ node }) => node.id).sort()).toEqual(['new', 'old']);
      expect(await discovery.discover({ name: 'users', labels: { canary: 'yes' } })).toMatchObject([{ version: '1.4.0' }]);
      expect(await discovery.findService('users@2')).toBe(null);
      expect(await discovery.discover({ name: 'orders', fresh: true })).toMatchObject([{ node: { id: 'old' } }]);
    });

    it('DI-06, DI-14: reports services that are added and removed later', async () => {
      const namespace = freshNamespace();
      const first = await join('first', namespace);
      const second = await join('second', namespace);
      await seen(first, 'second');
      const available = next(first, 'service:available', (service) => service.name === 'orders');
      second.serves.push('orders@1.0.0');
      second.discovery.announce();
      expect(await available).toMatchObject({ id: 'second/orders@1.0.0' });
      const gone = next(first, 'node:changed', ({ services }) => services?.length === 0);
      second.serves.length = 0;
      second.discovery.announce();
      await gone;
      expect((await first.discovery.findAllServices('orders')).length).toBe(0);
    });

    it('a stopped node is removed at once', async () => {
      const namespace = freshNamespace();
      const first = await join('first', namespace, {}, { interval: 60_000 });
      const second = await join('second', namespace, {}, { interval: 60_000 });
      await seen(first, 'second');
      const left = next(first, 'node:left');
      await second.discovery.stop();
      await second.discovery.stop();
      expect(await left).toBe('second');
    });

    it('namespaces do not see each other', async () => {
      const first = await join('first', freshNamespace());
      const other = await join('other', freshNamespace());
      await first.discovery.findAllServices({ name: 'users', fresh: true });
      expect([await ids(first), await ids(other)]).toEqual([['first'], ['other']]);
    });

    if (fixture.listens !== true) {
      it('does not announce a node without listeners', async () => {
        const namespace = freshNamespace();
        const first = await join('first', namespace);
        const client = await join('client', namespace, { where: [] });
        expect(await ids(client)).toEqual(['first']);
        await first.discovery.findAllServices({ name: 'users', fresh: true });
        expect(await ids(first)).toEqual(['first']);
      });
    }

    it('D4: of two runs with one id the later counts; the earlier is notified and stops announcing', async () => {
      const namespace = freshNamespace();
      const watching = await join('watching', namespace);
      const first = await join('twice', namespace, { serves: ['one@1.0.0'] });
      await seen(watching, 'twice');
      const conflict = next(first, 'conflict');
      const joined = next(watching, 'node:joined', ({ services }) => services?.[0] === 'two@1.0.0');
      const second = await join('twice', namespace, { serves: ['two@1.0.0'] });
      expect(await conflict).toMatchObject({ id: 'twice' });
      expect([first.discovery.conflict, second.discovery.conflict]).toEqual([await conflict, undefined]);
      await joined;
      const instances = new Set<string>();
      watching.discovery.on('node:joined', ({ instance }) => instances.add(instance));
      // Both go on for a while; the first withdraws nothing of the second when it stops.
      for (let beat = 0; beat < 5; beat += 1) {
        first.discovery.announce();
        second.discovery.announce();
        await watching.discovery.findAllServices({ name: 'one', fresh: true });
      }
      await first.discovery.stop();
      expect(await watching.discovery.findAllServices({ name: 'two', fresh: true })).toMatchObject([{ node: { id: 'twice' } }]);
      expect([...instances]).toEqual([]);
    });

    it('C17: clocks of nodes that are an hour apart from each other and from the store change nothing', async () => {
      const namespace = freshNamespace();
      const wrong = [3_600_000, -3_600_000, 0];
      const beats = wrong.map(() => 0);
      const nodes = await Promise.all(
        wrong.map((by, at) => {
          const clock = { ...systemClock, wall: () => systemClock.wall() + by };
          const backend = counted(fixture.backend(), () => {
            beats[at] = (beats[at] as number) + 1;
          });
          return join(`by-${at}`, namespace, { clock }, { backend, interval: 50 });
        }),
      );
      for (const node of nodes) for (const at of wrong.keys()) await seen(node, `by-${at}`);
      const left: string[] = [];
      for (const { discovery } of nodes) discovery.on('node:left', (id) => left.push(id));
      // Libraries of stores read the time of the process.
      const time = vi.spyOn(Date, 'now');
      try {
        for (const by of wrong) {
          // The system's clock reads `Date.now` itself.
          time.mockImplementation(() => performance.timeOrigin + performance.now() + by);
          const before = [...beats];
          const passed = (): boolean => beats.every((count, at) => count > (before[at] as number) + 2);
          await vi.waitUntil(passed, { timeout: 60_000, interval: 10 });
        }
      } finally {
        time.mockRestore();
      }
      expect(left).toEqual([]);
      const gone = next(nodes[0] as TestNode, 'node:left');
      await nodes[1]?.discovery.stop();
      expect(await gone).toBe('by-1');
    });

    it('stops while it is starting and leaves nothing behind', async () => {
      const backend = fixture.backend();
      const starting = discover('short', { backend, namespace: freshNamespace() }).catch(() => {});
      await backend.stop();
      await starting;
      await stopAll();
    });

    testRecords(fixture, join);
  });
}
