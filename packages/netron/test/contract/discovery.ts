/** Contract of every backend of discovery. A new one is finished when this passes unchanged. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendHost, BackendListener, DiscoveryBackend } from '../../src/discovery/backend.js';
import type { Discovery, DiscoveryEvents } from '../../src/discovery/discovery.js';
import type { DiscoveryOptions } from '../../src/discovery/options.js';
import { recordLimits } from '../../src/discovery/read-record.js';
import { type DiscoverableNode, startDiscovery } from '../../src/discovery/start.js';
import { defineService, Netron, withOptions } from '../../src/index.js';
import { systemClock } from '../../src/platform/node.js';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { quiet } from '../integration/nodes.js';

/** A backend under test. */
export interface DiscoveryFixture {
  /** A backend of the store that all nodes of a test share. */
  backend(): DiscoveryBackend;
  /** Writes a record into the store as anybody could who can write there. */
  plant(namespace: string, id: string, record: string): Promise<void> | void;
  /** Writes many records at once; absent where nobody but the user himself could. */
  plantMany?(namespace: string, records: readonly (readonly [id: string, record: string])[]): Promise<void> | void;
  /** Whether nodes without listeners get one from the backend. */
  readonly listens?: boolean;
}

/** Milliseconds of a lease: whoever stands still for a moment, because the machine is busy, is not taken out. */
export const longTtl = 60_000;

let namespaces = 0;

/** A namespace that no other test uses. */
export function freshNamespace(): string {
  namespaces += 1;
  return `test-${process.pid}-${namespaces}`;
}

/** Discovery with what its node calls, which declarations leave out. */
type OwnDiscovery = Discovery & { announce(): void; stop(): Promise<void>; trusted(id: string, address: string): boolean };

/** A node as discovery sees one, without a network. */
export interface TestNode extends DiscoverableNode {
  readonly discovery: OwnDiscovery;
  readonly where: string[];
  readonly serves: string[];
  /** Ids of nodes that it is connected to. */
  readonly peers: Set<string>;
}

const started: OwnDiscovery[] = [];

/** Starts discovery of a node; it is stopped after the test. */
export async function discover(
  id: string,
  options: DiscoveryOptions,
  given: Partial<Pick<TestNode, 'where' | 'serves' | 'clock'>> = {},
): Promise<TestNode> {
  const { where = [`tcp://localhost:1${id.length}00`], serves = ['users@1.0.0'], clock = systemClock } = given;
  const peers = new Set<string>();
  const node: DiscoverableNode = {
    id,
    clock,
    random: Math.random,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    logger: quiet,
    schemes: new Set(['ws', 'tcp', 'unix']),
    addresses: () => where,
    services: () => serves,
    draining: () => false,
    connected: (other) => peers.has(other),
    async listen(_transport, at): Promise<BackendListener> {
      const server = await new UnixSocketTransport().listen(at);
      server.accept((connection) => void connection.close());
      return { address: server.address, close: async () => server.close() };
    },
  };
  const discovery = (await startDiscovery(node, { discovery: options }, 120_000)) as OwnDiscovery;
  started.push(discovery);
  return { ...node, discovery, where, serves, peers };
}

/** Resolves at the next such event. */
export function next<K extends keyof DiscoveryEvents>(
  { discovery }: Pick<TestNode, 'discovery'>,
  event: K,
  fits: (data: DiscoveryEvents[K]) => boolean = () => true,
): Promise<DiscoveryEvents[K]> {
  return new Promise((resolve) => {
    const off = discovery.on(event, (data) => {
      if (!fits(data)) return;
      off();
      resolve(data);
    });
  });
}

/** Resolves when a node is known. */
export async function seen(by: TestNode, id: string): Promise<void> {
  const joined = next(by, 'node:joined', (node) => node.id === id);
  const nodes = await by.discovery.getActiveNodes();
  if (!nodes.some((node) => node.id === id)) await joined;
}

/** Stops what a test has started. */
export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((discovery) => discovery.stop()));
}

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
  const join = (
    id: string,
    namespace: string,
    given: Parameters<typeof discover>[2] = {},
    options: DiscoveryOptions = {},
  ): Promise<TestNode> => discover(id, { backend: fixture.backend(), namespace, interval: 200, ttl: longTtl, ...options }, given);
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

    it('D5: an invalid record is ignored and counted', async () => {
      const namespace = freshNamespace();
      const good = { instance: 'x', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
      const first = await join('first', namespace);
      await fixture.plant(namespace, 'json', '{"id": "json"');
      await fixture.plant(namespace, 'scheme', JSON.stringify({ ...good, id: 'scheme', addresses: ['gopher://10.0.0.1:1'] }));
      await fixture.plant(
        namespace,
        'metadata',
        JSON.stringify({ ...good, id: 'metadata', addresses: ['tcp://169.254.169.254:1'] }),
      );
      await fixture.plant(namespace, 'proto', `{"id":"proto","__proto__":{"status":"up"},"addresses":["tcp://10.0.0.1:1"]}`);
      await fixture.plant(namespace, 'long', JSON.stringify({ ...good, id: 'long', version: 'x'.repeat(2 ** 20) }));
      const second = await join('second', namespace);
      await second.discovery.findAllServices({ name: 'users', fresh: true });
      expect((await ids(second)).filter((id) => !['first', 'second'].includes(id))).toEqual([]);
      const [{ refused = 0, refusal = '' } = {}] = second.discovery.backends;
      expect(refused).toBeGreaterThanOrEqual(3);
      expect(refusal.length).toBeGreaterThan(4);
      await seen(first, 'second');
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
      for (const by of wrong) {
        time.mockImplementation(() => systemClock.wall() + by);
        const before = [...beats];
        const passed = (): boolean => beats.every((count, at) => count > (before[at] as number) + 2);
        await vi.waitUntil(passed, { timeout: 60_000, interval: 10 });
      }
      time.mockRestore();
      expect(left).toEqual([]);
      const gone = next(nodes[0] as TestNode, 'node:left');
      await nodes[1]?.discovery.stop();
      expect(await gone).toBe('by-1');
    });

    it('D5: a node that says another id than its record gets no call and no credentials; unsigned records none where a secret is set', async () => {
      const namespace = freshNamespace();
      const shown: unknown[] = [];
      const server = await Netron.create({
        id: 'other',
        logger: quiet,
        transports: { tcp: { port: 0 } },
        authenticate: (credentials) => {
          shown.push(credentials);
          return { name: 'anybody' };
        },
      });
      let called = 0;
      const count = (): number => {
        called += 1;
        return called;
      };
      await server.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { count } }));
      const record = { instance: 'x', status: 'up', addresses: server.addresses, services: ['users@1.0.0'] };
      const asking = (id: string, secret?: string): Promise<Netron> =>
        Netron.create({
          id,
          logger: quiet,
          transports: {},
          credentials: 'token',
          discovery: {
            backend: fixture.backend(),
            namespace,
            interval: 200,
            ttl: longTtl,
            ...(secret !== undefined && { secret }),
          },
        });
      await join('first', namespace, { serves: [] });
      await fixture.plant(namespace, 'claimed', JSON.stringify({ ...record, id: 'claimed' }));
      const [open, signed] = [await asking('open'), await asking('signed', 'a secret of all nodes')];
      try {
        const users = open.service<{ count(): number }>('users');
        const failure = (): Promise<string> =>
          withOptions(users, { timeout: 1_500 })
            .count()
            .then(String, ({ message }: Error) => message);
        // It names what is known of the node: nothing yet when the connection took as long as the call.
        await expect.poll(failure).toContain("expected node 'claimed'");
        expect(called).toBe(0);
        if (fixture.backend().trusted !== true) {
          expect(shown.filter((credentials) => credentials !== undefined)).toEqual([]);
          expect((await signed.discovery.getActiveNodes()).map(({ id }) => id)).not.toContain('claimed');
          expect(signed.discovery.backends[0]?.refusal).toBe('not signed with the secret of this node');
        }
      } finally {
        await Promise.all([open, signed, server].map((node) => node.stop({ timeout: 0 })));
      }
    });

    it('stops while it is starting and leaves nothing behind', async () => {
      const backend = fixture.backend();
      const starting = discover('short', { backend, namespace: freshNamespace() }).catch(() => {});
      await backend.stop();
      await starting;
      await stopAll();
    });

    const { plantMany } = fixture;
    if (plantMany !== undefined) {
      it('D5: 100,000 records are ignored and counted, but for the nodes that there may be', async () => {
        const namespace = freshNamespace();
        const slow = { interval: 10_000, ttl: 600_000 };
        const first = await join('first', namespace, {}, slow);
        await first.discovery.stop();
        const address = ['gopher://10.0.0.1:1', 'tcp://169.254.0.1:1', 'tcp://0.0.0.0:1', 'tcp://10.0.0.1:1'];
        const records = Array.from({ length: 100_000 }, (_, at) => {
          const record = { id: `n${at}`, instance: 'x', status: 'up', addresses: [address[at % 4]] };
          return [record.id, at % 5 === 0 ? '{' : JSON.stringify(record)] as const;
        });
        await plantMany(namespace, records);
        const { discovery } = await join('second', namespace, { where: [], serves: [] }, slow);
        const [{ nodes = 0, refused = 0 } = {}] = discovery.backends;
        expect(nodes).toBeLessThanOrEqual(recordLimits.nodes);
        expect(nodes + refused).toBe(100_000);
        expect(discovery.state).toBe('ready');
      });
    }
  });
}
