import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, it } from 'vitest';
import { longTtl } from '../../netron/test/contract/discovering.js';
import { testDiscovery } from '../../netron/test/contract/discovery.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { quiet } from '../../netron/test/integration/nodes.js';
import { NatsDiscovery, natsDiscovery } from '../src/index.js';
import { bucketPart, keyOf } from '../src/names.js';
import { natsServer } from './nats-server.js';

const server = await natsServer();
const nats = await connect({ servers: `127.0.0.1:${server.port}` });
afterAll(async () => {
  await nats.close();
  await server.end();
});

it('NatsDiscovery registers and finds services through a connection, which stays open', async () => {
  const config = { prefix: 'shop', interval: 200, ttl: longTtl };
  await using one = new NatsDiscovery(nats, quiet, config);
  await using other = new NatsDiscovery(server.url, quiet, config);
  await other.register({ name: 'users', version: '1.0.0', address: 'ws://10.0.0.1:80', id: 'first' });
  await new Promise<void>((resolve) => one.watch({ name: 'users' }, ({ length }) => length === 1 && resolve()));
  expect(await one.discover({ name: 'users' })).toMatchObject([{ id: 'first/users@1.0.0' }]);
  await other.unregister('first');
  await new Promise<void>((resolve) => one.watch({ name: 'users' }, ({ length }) => length === 0 && resolve()));
  await one.close();
  expect(nats.isClosed()).toBe(false);
});

testDiscovery('nats', {
  backend: () => natsDiscovery({ url: server.url, timeout: 60_000 }),
  async plant(namespace, id, record) {
    const kvm = new Kvm(nats);
    const name = `netron-${bucketPart(namespace)}`;
    await (await kvm.open(`${name}-leases`)).put(keyOf(id), '');
    // The server itself refuses a record that is far too long.
    await (await kvm.open(`${name}-records`)).put(keyOf(id), record).catch(() => {});
  },
  async plantMany(namespace, records) {
    const name = `netron-${bucketPart(namespace)}-records`;
    const bucket = await new Kvm(nats).open(name);
    const last = async (): Promise<number> => (await bucket.status()).streamInfo.state.last_seq;
    const before = await last();
    // Without waiting for each answer.
    for (const [id, record] of records) nats.publish(`$KV.${name}.${keyOf(id)}`, record);
    await nats.flush();
    await eventually(async () => expect(await last()).toBeGreaterThanOrEqual(before + records.length));
  },
});
