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
  async serve(name = 'server') {
    const port = await freePort();
    const broker = new ServiceBroker({
      ...common,
      nodeID: name,
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
    return { address: `127.0.0.1:${port}/${name}`, close: () => broker.stop() };
  },
  async connect(address) {
    const broker = await client([address]);
    return {
      add: (a, b) => broker.call('bench.add', { a, b }),
      echo: (record) => broker.call('bench.echo', record),
      bytes: async (bytes) =>
        Buffer.from(await broker.call('bench.bytes', { bytes: Buffer.from(bytes).toString('base64') }), 'base64'),
      close: () => broker.stop(),
    };
  },
  async balance(addresses) {
    const broker = await client(addresses);
    const known = () => broker.registry.getServiceList({ onlyAvailable: true }).filter(({ name }) => name === 'bench').length;
    while (known() < addresses.length) await new Promise((resolve) => setTimeout(resolve, 10));
    return { add: (a, b) => broker.call('bench.add', { a, b }), close: () => broker.stop() };
  },
};

/** A broker without services that knows the servers. @param {string[]} urls */
async function client(urls) {
  const broker = new ServiceBroker({
    ...common,
    nodeID: `client-${process.pid}-${Math.random()}`,
    transporter: { type: 'TCP', options: { udpDiscovery: false, urls } },
  });
  await broker.start();
  await broker.waitForServices('bench', 10_000, 10);
  return broker;
}
