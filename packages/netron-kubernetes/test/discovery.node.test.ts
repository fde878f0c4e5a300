/** Pods behind a service, against an API server of the tests. */
import type { Clock } from '@omnitron-dev/netron';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../netron/src/platform/node.js';
import { discover, next, stopAll } from '../../netron/test/contract/discovering.js';
import { knows, leaves, startNode, state, stopAfterEach } from '../../netron/test/contract/found-nodes.js';
import { makeCertificates } from '../../netron/test/transport/certificates.js';
import { kubernetesDiscovery } from '../src/index.js';
import { ApiServer } from './api-server.js';

const servers: ApiServer[] = [];
stopAfterEach(async () => {
  await stopAll();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function server(...given: ConstructorParameters<typeof ApiServer>): Promise<ApiServer> {
  const made = await new ApiServer(...given).start();
  servers.push(made);
  return made;
}

const backend = (api: ApiServer, more: object = {}) =>
  kubernetesDiscovery({ server: api.url, namespace: 'shop', service: 'users', scheme: 'tcp', ...more });

const asking = (api: ApiServer, more: object = {}, clock?: Clock) =>
  discover(
    'asking',
    { backend: backend(api, more), interval: 200 },
    { where: [], serves: [], ...(clock !== undefined && { clock }) },
  );

/** Resolves when a watch is open. */
async function watched(api: ApiServer): Promise<void> {
  while (api.open === 0) await new Promise((resolve) => setImmediate(resolve));
}

const ip = (last: number): string => `tcp://10.0.0.${last}:7000`;

describe('Kubernetes', () => {
  it('refuses a scheme that the node has no transport for', async () => {
    const api = await server();
    await expect(asking(api, { scheme: 'ftp' })).rejects.toThrow("scheme ftp of 'kubernetes'; supported schemes: ");
  });

  it('DI-10: knows the serving pods, and follows those that are added and removed', async () => {
    const api = await server();
    api.put({
      name: 'users-1',
      pods: [
        { ip: '10.0.0.1', ready: true, uid: 'u1', zone: 'a' },
        { ip: '10.0.0.2', ready: false },
      ],
    });
    const node = await asking(api);
    expect(await node.discovery.getActiveNodes()).toMatchObject([
      { id: ip(1), instance: 'u1', zone: 'a', status: 'up', addresses: [ip(1)] },
    ]);
    const joined = next(node, 'node:joined');
    api.put({ name: 'users-2', pods: [{ ip: '10.0.0.3', ready: true }] });
    expect(await joined).toMatchObject({ id: ip(3) });
    const left = next(node, 'node:left');
    api.delete('users-2');
    expect(await left).toBe(ip(3));
  });

  it('a terminating pod gets no new work, and counts until it serves no more', async () => {
    const api = await server();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await asking(api);
    const changed = next(node, 'node:changed');
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: false, serving: true, terminating: true }] });
    expect(await changed).toMatchObject({ status: 'draining' });
    const left = next(node, 'node:left');
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: false, serving: false, terminating: true }] });
    expect(await left).toBe(ip(1));
  });

  it('lists again when its version is too old (410), and continues after a watch was cut in the middle of a line', async () => {
    const api = await server();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await asking(api);
    await watched(api);
    api.compact();
    api.cut({ inLine: true });
    const joined = next(node, 'node:joined');
    api.put({ name: 'users-2', pods: [{ ip: '10.0.0.2', ready: true }] });
    await joined;
    expect(api.lists).toBeGreaterThan(1);
    await watched(api);
  });

  it('continues an ended watch from its last version, also when only a bookmark arrived', async () => {
    const api = await server();
    const clock = new VirtualClock();
    const node = await clock.settle(asking(api, {}, clock));
    api.bookmark();
    await clock.settle(node.discovery.findAllServices({ name: 'x', fresh: true }));
    expect(api.lists).toBe(2);
    expect(node.discovery.state).toBe('ready');
  });

  it('ends a watch that has fallen silent, and lists again', async () => {
    const api = await server();
    const clock = new VirtualClock();
    const node = await clock.settle(asking(api, {}, clock));
    await watched(api);
    const before = api.lists;
    const joined = next(node, 'node:joined', ({ id }) => id === ip(9));
    while (api.lists === before) {
      await clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    api.put({ name: 'users-9', pods: [{ ip: '10.0.0.9', ready: true }] });
    await clock.settle(joined);
    await clock.settle(stopAll());
  });

  it('keeps its known nodes while the API server fails, and reports why', async () => {
    const api = await server();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await startNode('a', { backend: backend(api), interval: 200 });
    const left = leaves(node);
    await knows(node, ip(1));
    await watched(api);
    api.failure = 503;
    api.cut();
    await state(node, 'degraded');
    expect(node.discovery.backends[0]?.error?.message).toContain('503');
    api.failure = undefined;
    await state(node, 'ready');
    expect(left).toEqual([]);
  });

  it('speaks TLS with the given authority and token, and with no other', async () => {
    const {
      ca,
      server: { cert, key },
    } = makeCertificates();
    const api = await server({ cert, key });
    api.token = 'right';
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const good = await asking(api, { ca, token: () => 'right' });
    expect((await good.discovery.getActiveNodes()).length).toBe(1);
    const wrongToken = await asking(api, { ca, token: 'wrong' });
    expect(wrongToken.discovery.backends[0]?.error?.message).toMatch(/401.*Unauthorized/);
    const wrongAuthority = await asking(api, { token: 'right' });
    expect(wrongAuthority.discovery.backends[0]?.error?.message).toMatch(/certificate/i);
    const required = { backend: backend(api, { token: 'right' }), required: true };
    await expect(startNode('x', required)).rejects.toThrow(/certificate/i);
  });

  it('reads untrusted slices: none, without ports, without addresses, with link-local ones', async () => {
    const api = await server();
    const metadata = (name: string) => ({ name });
    api.putRaw('ADDED', { metadata: metadata('a') });
    api.putRaw('ADDED', { metadata: metadata('b'), endpoints: 'x', ports: 7 });
    api.putRaw('ADDED', { metadata: metadata('c'), ports: [{ port: 1 }], endpoints: [null, 1, {}, { addresses: [1] }] });
    api.putRaw('ADDED', { metadata: metadata('d'), ports: [{ port: 80 }], endpoints: [{ addresses: ['169.254.169.254'] }] });
    const node = await asking(api);
    expect(await node.discovery.getActiveNodes()).toEqual([]);
    expect(node.discovery.backends[0]?.refused).toBe(2);
    await watched(api);
    api.write('null\n[]\n{"type":7}\n');
    const joined = next(node, 'node:joined');
    api.put({ name: 'e', pods: [{ ip: '10.0.0.5', ready: true }] });
    await joined;
  });

  it('D5: a pod has at most 8 addresses, of its slices by name; further ones are refused and counted', async () => {
    const api = await server();
    const pods = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ip: `10.0.0.${from + index}`, uid: 'u1', ready: true }));
    api.put({ name: 'users-b', pods: pods(1, 5) });
    api.put({ name: 'users-a', pods: pods(11, 5) });
    const { discovery } = await asking(api);
    const addresses = [11, 12, 13, 14, 15, 1, 2, 3].map(ip);
    expect(await discovery.getActiveNodes()).toMatchObject([{ id: ip(11), instance: 'u1', addresses }]);
    expect(discovery.backends).toMatchObject([{ refused: 2, refusal: 'more than 8 addresses of a pod' }]);
  });

  it('D5: left out endpoints are counted once, however often their slice or another one changes', async () => {
    const api = await server();
    api.put({ name: 'many', pods: Array.from({ length: 10 }, (_, at) => ({ ip: `10.0.0.${at}`, uid: 'u1', ready: true })) });
    const wrong = (...more: string[]): void => {
      const endpoints = [1, '169.254.169.254', ...more].map((address) => ({ addresses: [address] }));
      api.putRaw('ADDED', { metadata: { name: 'wrong' }, ports: [{ port: 80 }], endpoints });
    };
    wrong();
    const node = await asking(api);
    const refused = () => node.discovery.backends[0]?.refused;
    // Two addresses of the pod, an invalid one, and one of a kind that nodes do not have.
    expect(refused()).toBe(4);
    await watched(api);
    for (const change of [
      () => api.put({ name: 'more', pods: [{ ip: '10.0.1.1', ready: true }] }),
      () => wrong('10.0.1.2'),
      () => api.put({ name: 'more', pods: [{ ip: '10.0.1.3', ready: true }] }),
    ]) {
      const joined = next(node, 'node:joined');
      change();
      await joined;
    }
    expect(refused()).toBe(4);
    const joined = next(node, 'node:joined');
    wrong('#', '10.0.1.4');
    await joined;
    expect(refused()).toBe(5);
  });

  it('D5: of 100,000 endpoints, those beyond the limit of nodes are refused and counted', async () => {
    const api = await server();
    const bytes = (at: number): string => `${Math.floor(at / 250)}.${(at % 250) + 1}`;
    for (let slice = 0; slice < 100; slice += 1) {
      const [start, from] = slice % 2 === 0 ? ['169.254.', 500 * slice] : [`10.${slice}.`, 0];
      const endpoints = Array.from({ length: 1_000 }, (_, at) => ({ addresses: [start + bytes(from + at)] }));
      api.putRaw('ADDED', { metadata: { name: `s${slice}` }, ports: [{ port: 80 }], endpoints });
    }
    const { discovery } = await asking(api);
    expect(discovery.backends).toMatchObject([{ up: true, nodes: 10_000, refused: 90_000 }]);
  });

  it('D5: pods sign nothing: with a secret none is accepted, and none receives credentials', async () => {
    const api = await server();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await discover('signed', { backend: backend(api), secret: 'a secret of all nodes' }, { where: [], serves: [] });
    expect(node.discovery.backends).toMatchObject([{ nodes: 0, refused: 1, refusal: 'not signed with the secret of this node' }]);
    const open = await asking(api);
    expect((await open.discovery.getActiveNodes()).map(({ id }) => open.discovery.trusted(id, id))).toEqual([false]);
  });

  it.each([3_600_000, -3_600_000])('C17: clocks that are wrong by %i ms change nothing', async (wrong) => {
    const api = await server();
    api.clock = () => Date.now() + wrong;
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const clock = { ...systemClock, wall: () => systemClock.wall() - wrong };
    const node = await asking(api, {}, clock);
    expect((await node.discovery.getActiveNodes()).map(({ id }) => id)).toEqual([ip(1)]);
    await watched(api);
    const joined = next(node, 'node:joined');
    api.put({ name: 'users-2', pods: [{ ip: '10.0.0.2', ready: true }] });
    expect(await joined).toMatchObject({ id: ip(2) });
    const before = api.lists;
    for (let times = 0; times < 3; times += 1) await node.discovery.findAllServices({ name: 'x', fresh: true });
    expect(api.lists).toBeGreaterThan(before);
    expect((await node.discovery.getActiveNodes()).length).toBe(2);
  });

  it('accepts a URL, a port by name or number, and refuses options without a service', async () => {
    const api = await server();
    const ports = [
      { name: 'http', port: 80 },
      { name: 'netron', port: 7001 },
    ];
    api.put({ name: 'users-1', ports, pods: [{ ip: '10.0.0.1', ready: true }] });
    for (const port of ['netron', 7001]) {
      const node = await asking(api, { port });
      expect((await node.discovery.getActiveNodes())[0]?.id).toBe('tcp://10.0.0.1:7001');
    }
    expect(() => kubernetesDiscovery({ server: api.url })).toThrow('set service or labelSelector');
    expect(() => kubernetesDiscovery('kubernetes://shop/users')).toThrow('set server to the address of an API server');
  });
});
