/** Events through a real NATS server without JetStream. */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { describeBackplane } from '../../netron/test/contract/backplane.js';
import { natsBackplane } from '../src/index.js';
import { type NatsServer, natsServer } from './nats-server.js';

let server: NatsServer;
let admin: NatsConnection;

describeBackplane({
  name: 'nats',
  begin: async () => {
    server = await natsServer({ jetStream: false });
    admin = await connect({ servers: `127.0.0.1:${server.port}`, maxReconnectAttempts: -1 });
  },
  end: async () => {
    await admin.close();
    await server.end();
  },
  backplane: () => natsBackplane(server.url),
  plant: async (namespace, channel, message) => {
    admin.publish(`netron.${namespace}.events.${Buffer.from(channel).toString('base64url')}`, message);
    await admin.flush();
  },
  fail: () => server.kill(),
  mend: () => server.start(),
});
