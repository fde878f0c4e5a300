import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { afterAll } from 'vitest';
import { testDiscovery } from '../../netron/test/contract/discovery.js';
import { natsDiscovery } from '../src/index.js';
import { bucketPart, keyOf } from '../src/names.js';
import { natsServer } from './nats-server.js';

const server = await natsServer();
const nats = await connect({ servers: `127.0.0.1:${server.port}` });
afterAll(async () => {
  await nats.close();
  await server.end();
});

testDiscovery('nats', {
  backend: () => natsDiscovery(server.url),
  async plant(namespace, id, record) {
    const kvm = new Kvm(nats);
    const name = `netron-${bucketPart(namespace)}`;
    await (await kvm.open(`${name}-leases`)).put(keyOf(id), '');
    // The server itself refuses what is far too long.
    await (await kvm.open(`${name}-records`)).put(keyOf(id), record).catch(() => {});
  },
});
