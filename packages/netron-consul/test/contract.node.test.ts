import type { ServiceInfo } from '@omnitron-dev/netron/discovery';
import Consul from 'consul';
import { afterAll, describe, expect, it } from 'vitest';
import { longTtl } from '../../netron/test/contract/discovering.js';
import { testDiscovery } from '../../netron/test/contract/discovery.js';
import { quiet } from '../../netron/test/integration/nodes.js';
import { ConsulDiscovery, consulDiscovery } from '../src/index.js';
import { ConsulServer } from './consul-server.js';

const consul = await new ConsulServer().start();
afterAll(() => consul.stop());

const plant = (namespace: string, id: string, record: string): void => {
  const pieces = record.match(/[\s\S]{1,500}/g) ?? [];
  consul.register(`netron-${namespace}`, id, Object.fromEntries(pieces.map((piece, index) => [`netron-${index}`, piece])));
};

const plantMany = (namespace: string, records: readonly (readonly [string, string])[]): void => {
  for (const [id, record] of records) plant(namespace, id, record);
};

testDiscovery('consul', { backend: () => consulDiscovery({ url: consul.url, timeout: 60_000 }), plant, plantMany });

describe('a client of the package consul', () => {
  const client = (): Consul => new Consul({ host: '127.0.0.1', port: Number(new URL(consul.url).port) });

  it('announces and finds nodes, together with those that use the address of the agent', async () => {
    const one = new ConsulDiscovery(client(), quiet, { interval: 100, ttl: longTtl, namespace: 'clients' });
    const other = new ConsulDiscovery(consul.url, quiet, { interval: 100, ttl: longTtl, namespace: 'clients' });
    const found = (by: ConsulDiscovery, count: number) =>
      new Promise<ServiceInfo[]>((resolve) => {
        const end = by.watch({ name: 'users' }, (services) => {
          if (services.length !== count) return;
          end();
          resolve(services);
        });
      });
    await one.register({ name: 'users', version: '1.0.0', address: '10.0.0.1', port: 80, id: 'first' });
    await other.register({ name: 'users', version: '1.1.0', address: '10.0.0.2', port: 80, id: 'second' });
    for (const by of [one, other]) expect((await found(by, 2)).map(({ node }) => node.id).sort()).toEqual(['first', 'second']);
    consul.reset();
    for (const by of [one, other]) await found(by, 2);
    await other.unregister('second');
    expect(await found(one, 1)).toMatchObject([{ address: 'ws://10.0.0.1:80' }]);
    await Promise.all([one.close(), other.close()]);
    expect(consul.ids.filter((id) => id.includes('clients'))).toEqual([]);
  });

  it('a failure is a state, and ends', async () => {
    consul.failure = 500;
    const broken = new ConsulDiscovery(client(), quiet, { interval: 100, ttl: longTtl, namespace: 'broken' });
    await broken.register({ name: 'users', version: '1.0.0', address: '10.0.0.1', port: 80 });
    expect(await broken.discover({ name: 'users' })).toEqual([]);
    consul.failure = undefined;
    await new Promise<void>((resolve) => broken.watch({ name: 'users' }, ({ length }) => length > 0 && resolve()));
    await broken.close();
  });
});
