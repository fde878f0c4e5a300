/** An API server with wrong answers, such as those of an impostor: a server of the tests, on virtual time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { discover, stopAll } from '../../netron/test/contract/discovering.js';
import { type HostileAnswer, survivesHostileAnswers } from '../../netron/test/contract/hostile-answers.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { type KubernetesOptions, kubernetesDiscovery } from '../src/index.js';
import { ApiServer } from './api-server.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function apiServer(): Promise<ApiServer> {
  const api = await new ApiServer().start();
  ends.push(() => api.stop());
  return api;
}

const ip = (last: number): string => `tcp://10.0.0.${last}:7000`;

/** A node that queries, whose time advances when the test allows it: no request fails because its answer takes long. */
async function asking(api: ApiServer, options: KubernetesOptions = {}, interval = 600_000) {
  const clock = new VirtualClock();
  const backend = kubernetesDiscovery({ server: api.url, namespace: 'shop', service: 'users', scheme: 'tcp', ...options });
  const node = await discover('asking', { backend, interval }, { where: [], serves: [], clock });
  ends.push(stopAll);
  const ids = async (): Promise<string[]> => (await node.discovery.getActiveNodes()).map(({ id }) => id).sort();
  /** Queries once; returns the ids of all nodes known then. */
  const ask = async (): Promise<string[]> => {
    await node.discovery.findAllServices({ name: 'x', fresh: true });
    return ids();
  };
  /** Waits until a condition holds. The time of the node advances by `step` milliseconds after each check that fails. */
  const until = (holds: () => Promise<boolean> | boolean, step = 0): Promise<void> =>
    eventually(async () => {
      if (await holds()) return;
      await clock.advance(step);
      throw new Error('not yet');
    });
  return { ...node, clock, ids, ask, until };
}

describe('a hostile API server', () => {
  it('whatever it answers, the node is degraded and reports why, keeps its known nodes, and recovers with the server', async () => {
    const api = await apiServer();
    const led: string[] = [];
    const elsewhere = createServer((request, response) => {
      led.push(String(request.url));
      response.end('{"items":[]}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => elsewhere.close(resolve)));
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await asking(api, { token: 'secret' });
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    await survivesHostileAnswers(url, api, node, [ip(1)]);
    expect(led).toEqual([]);
  });

  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
  const lines =
    (...all: string[]): HostileAnswer =>
    (response) => {
      response.writeHead(200);
      for (const each of all) response.write(each);
      response.end();
    };
  const gone = { code: 410, kind: 'Status' };
  const watches: readonly (readonly [string, HostileAnswer])[] = [
    ['ends at once', lines()],
    ['is too old, by status', (response) => response.writeHead(410).end(JSON.stringify(gone))],
    ['is too old, by an event', lines(line({ type: 'ERROR', object: gone }))],
    ['is refused', (response) => response.writeHead(403).end('"forbidden"')],
    ['has an error without a code', lines(line({ type: 'ERROR' }))],
    ['is no JSON', lines('no JSON\n')],
    ['is cut in the middle of an event', (response) => response.writeHead(200).write('{"ty', () => response.destroy())],
    ['never begins', (response) => response.destroy()],
  ];
  it.each(watches)(
    'a watch that %s causes no storm of requests: there is one list per interval, and the nodes stay',
    async (_, answer) => {
      const api = await apiServer();
      api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
      api.hostileWatch = answer;
      const node = await asking(api, {}, 1_000);
      for (let step = 0; step < 100; step += 1) await node.clock.advance(100);
      const seconds = node.clock.now() / 1_000;
      expect(api.lists).toBeLessThanOrEqual(seconds / 0.9 + 2);
      expect(api.watches).toBeLessThanOrEqual(seconds / 0.9 + 2);
      expect([await node.ids(), node.discovery.state]).toEqual([[ip(1)], 'ready']);
      api.hostileWatch = undefined;
      await node.until(() => api.open === 1, 100);
      api.put({ name: 'users-2', pods: [{ ip: '10.0.0.2', ready: true }] });
      await node.until(async () => (await node.ids()).length === 2);
    },
  );

  it('an event that does not end is given up, however small its pieces are', async () => {
    const api = await apiServer();
    const piece = 'x'.repeat(100_000);
    let written = 0;
    let closed = false;
    api.hostileWatch = (response) => {
      response.writeHead(200).write('{"type":"');
      response.once('close', () => {
        closed = true;
      });
      const more = (): void => {
        if (closed) return;
        written += piece.length;
        response.write(piece, () => setImmediate(more));
      };
      more();
    };
    const node = await asking(api);
    await node.until(() => closed);
    expect(written).toBeLessThan(16 * 2 ** 20);
    expect(node.discovery.state).toBe('ready');
  });

  it('a watch that sends only spaces continues, and everything is listed again after five minutes', async () => {
    const api = await apiServer();
    let silent: ServerResponse | undefined;
    api.hostileWatch = (response) => {
      silent = response.writeHead(200);
    };
    const node = await asking(api, {}, 5_000);
    const before = api.lists;
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const listed = async (): Promise<boolean> => {
      silent?.write(' \n');
      return (await node.ids()).length === 1;
    };
    await node.until(listed, 2_500);
    expect(api.lists).toBe(before + 1);
  });

  it('continues from the last bookmark; invalid versions are not requested', async () => {
    const api = await apiServer();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const bookmark = (resourceVersion: unknown): string => line({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
    const odd = [{}, 7, null, 'x'.repeat(100_000)].map(bookmark);
    let finish = (): void => {};
    api.hostileWatch = (response) => {
      response.writeHead(200);
      for (const each of [bookmark('77'), ...odd]) response.write(each);
      finish = () => response.end();
    };
    const node = await asking(api, {}, 1_000);
    await node.until(() => api.watches === 1);
    // Longer than an interval, so that the watch does not count as one that ends at once.
    await node.clock.advance(1_500);
    finish();
    await node.until(() => api.watches === 2);
    expect(api.asked[1]).toBe('77');
    expect(await node.ids()).toEqual([ip(1)]);
  });

  it('slices of any shape: pods without an address, with one of another kind, too many, without the port', async () => {
    const api = await apiServer();
    const ports = [{ name: 'netron', port: 7_000 }];
    const pod = (address?: unknown, more: object = {}) => ({ ...(address !== undefined && { addresses: [address] }), ...more });
    const put = (name: string, endpoints: unknown, slicePorts: unknown = ports): void =>
      api.putRaw('ADDED', { metadata: { name }, endpoints, ports: slicePorts });
    put('good', [pod('10.0.0.1'), pod('fd00::1'), pod('users-0.example.com')]);
    put('starting', [pod(), { addresses: [] }, { addresses: null }]);
    const foreign = ['10.0.0.9:22/x', 'u@10.0.0.9', '10.0.0.9?', ' 10.0.0.9', '', 'x'.repeat(300), 7, null];
    put(
      'foreign',
      foreign.map((address) => pod(address)),
    );
    put('other port', [pod('10.0.0.9')], [{ name: 'http', port: 80 }]);
    for (const port of [0, -1, 1.5, 65_536, '7000', null]) put(`port ${port}`, [pod('10.0.0.9')], [{ name: 'netron', port }]);
    const { discovery, ids } = await asking(api, { port: 'netron' });
    const good = [ip(1), 'tcp://[fd00::1]:7000', 'tcp://users-0.example.com:7000'];
    expect(await ids()).toEqual(good.sort());
    expect(discovery.backends[0]?.refused).toBe(foreign.length + 7);
    const more = Array.from({ length: 1_500 }, (_, at) => pod(`10.1.${Math.floor(at / 250)}.${at % 250}`));
    put('large', more);
    const another = await asking(api, { port: 'netron' });
    expect((await another.ids()).length).toBe(1_003);
    expect(another.discovery.backends[0]?.refusal).toBe('more than 1000 endpoints in a slice');
  });

  it('a pod with two addresses, in a slice for IPv4 and one for IPv6, is one node', async () => {
    const api = await apiServer();
    const pod = (address: string, more: object = {}) => ({ ip: address, uid: 'u1', ready: true, ...more });
    api.put({ name: 'four', pods: [pod('10.0.0.1')] });
    api.put({ name: 'six', pods: [pod('fd00::1')] });
    const node = await asking(api);
    const addresses = [ip(1), 'tcp://[fd00::1]:7000'];
    expect(await node.discovery.getActiveNodes()).toMatchObject([{ id: ip(1), instance: 'u1', addresses, status: 'up' }]);
    await node.until(() => api.open === 1);
    api.put({ name: 'six', pods: [pod('fd00::1', { ready: false, serving: true, terminating: true })] });
    await node.until(async () => (await node.discovery.getActiveNodes())[0]?.status === 'draining');
  });

  it('a service that is renamed has other slices: its pods leave, and are found by the new name', async () => {
    const api = await apiServer();
    api.put({ name: 'users-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    const node = await asking(api);
    await node.until(() => api.open === 1);
    api.delete('users-1');
    await node.until(async () => (await node.ids()).length === 0);
    api.put({ name: 'people-1', pods: [{ ip: '10.0.0.1', ready: true }] });
    await node.until(async () => (await node.ids()).length === 1);
  });

  it('a token that changes on disk is read for each request', async () => {
    const api = await apiServer();
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
    ends.push(async () => rmSync(folder, { recursive: true }));
    const path = join(folder, 'token');
    writeFileSync(path, 'first');
    api.token = 'first';
    const node = await asking(api, { token: () => readFileSync(path, 'utf8') });
    api.token = 'second';
    await node.ask();
    expect(node.discovery.backends[0]?.error?.message).toMatch(/401/);
    writeFileSync(path, 'second');
    await node.ask();
    expect(node.discovery.state).toBe('ready');
    rmSync(path);
    await node.ask();
    expect(node.discovery.backends[0]?.error?.message).toMatch(/ENOENT/);
    writeFileSync(path, 'no\nheader');
    await node.ask();
    expect(node.discovery.backends[0]?.error?.message).not.toContain('no\nheader');
  });

  it('refuses invalid options', () => {
    const server = 'http://127.0.0.1:1';
    for (const port of [0, -1, 1.5, 65_536, Number.NaN])
      expect(() => kubernetesDiscovery({ server, service: 'users', port })).toThrow(RangeError);
    for (const given of [{}, { service: '' }, { labelSelector: '' }])
      expect(() => kubernetesDiscovery({ server, ...given })).toThrow('set service or labelSelector');
    expect(() => kubernetesDiscovery('kubernetes://shop')).toThrow('set service or labelSelector');
  });
});
