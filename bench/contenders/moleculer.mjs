/** Moleculer: two brokers over its TCP transporter. */
import { ServiceBroker } from 'moleculer';
import { freePort } from '../harness/free-port.mjs';

const common = { namespace: 'bench', logger: false, metrics: false, tracing: false, validator: false };

/** @type {import('../harness/contender.mjs').Contender} */
export default {
  id: 'moleculer',
  kind: 'peer',
  transport: 'tcp',
  encoding: 'JSON, bytes as base64',
  supports: ['add', 'echo', 'bytes'],
  imports: ['moleculer'],
  packages: ['moleculer'],
  heavyClient: true,
  async serve() {
    const port = await freePort();
    const broker = new ServiceBroker({
      ...common,
      nodeID: 'server',
      transporter: { type: 'TCP', options: { udpDiscovery: false, port } },
    });
    broker.createService({
      name: 'bench',
      actions: {
        add: ({ params }) => params.a + params.b,
        echo: ({ params }) => params,
        bytes: ({ params }) => Buffer.from(Buffer.from(params.bytes, 'base64')).toString('base64'),
      },
    });
    await broker.start();
    return { address: `127.0.0.1:${port}/server`, close: () => broker.stop() };
  },
  async connect(address) {
    const broker = new ServiceBroker({
      ...common,
      nodeID: `client-${process.pid}-${Math.random()}`,
      transporter: { type: 'TCP', options: { udpDiscovery: false, urls: [address] } },
    });
    await broker.start();
    await broker.waitForServices('bench', 10_000, 10);
    return {
      add: (a, b) => broker.call('bench.add', { a, b }),
      echo: (record) => broker.call('bench.echo', record),
      bytes: async (bytes) =>
        Buffer.from(await broker.call('bench.bytes', { bytes: Buffer.from(bytes).toString('base64') }), 'base64'),
      close: () => broker.stop(),
    };
  },
};
