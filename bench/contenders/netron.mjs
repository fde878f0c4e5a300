/** Netron over each of its transports that two processes on one machine can share, and in memory. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineService, MemoryNetwork, MemoryTransport, Netron, withOptions } from '@omnitron-dev/netron';
import { item, source } from '../harness/data.mjs';

/** Hands every call on: what a middleware costs at least. */
const noop = (next) => (call) => next(call);

const methods = {
  add: (/** @type {number} */ a, /** @type {number} */ b) => a + b,
  echo: (/** @type {object} */ record) => record,
  bytes: (/** @type {Uint8Array} */ bytes) => bytes,
  async *download(/** @type {number} */ size) {
    yield* source(size);
  },
  async upload(/** @type {AsyncIterable<Uint8Array>} */ stream) {
    let size = 0;
    for await (const chunk of stream) size += chunk.length;
    return size;
  },
  async *items(/** @type {number} */ count) {
    for (let id = 0; id < count; id++) yield item(id);
  },
};

const bench = defineService({ name: 'bench', version: '1.0.0', methods });
const wrapped = defineService({ name: 'wrapped', version: '1.0.0', methods: { add: methods.add }, middleware: [noop] });

/** Where server and client of the one process find each other. */
const network = new MemoryNetwork();

/** One node makes all connections of a process, as in a program. */
const nodes = new Map();

/** @param {string} name @param {object} options @returns {Promise<Netron>} */
const nodeOf = (name, options) => {
  if (!nodes.has(name)) nodes.set(name, Netron.create(options));
  return nodes.get(name);
};

/** What a call with context carries. */
const context = { timeout: 10_000, trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } };

/**
 * @param {string} name
 * @param {string} transport whose floor it is compared with
 * @param {() => object} transports option of the server
 * @param {() => object} [common] options of both ends
 * @returns {import('../harness/contender.mjs').Contender}
 */
const contender = (name, transport, transports, common = () => ({})) => ({
  id: `netron-${name}`,
  kind: 'netron',
  transport,
  encoding: 'its own binary packets, everything on by default; streams are read by `for await`',
  supports: ['add', 'addWithContext', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['@omnitron-dev/netron'],
  packages: ['@omnitron-dev/netron'],
  inProcess: name === 'memory',
  async serve() {
    const server = await Netron.create({ ...common(), remoteEvents: true, transports: transports() });
    await server.peer.exposeService(bench);
    await server.peer.exposeService(wrapped);
    return {
      address: server.addresses[0],
      publish: (event) => server.publish('ticks', event),
      close: () => server.stop(),
    };
  },
  async connect(address) {
    const client = await nodeOf(name, common());
    const peer = await client.connect(address);
    const service = await peer.queryInterface('bench@1.0.0');
    let wrapping;
    let inContext;
    return {
      add: (a, b) => service.add(a, b),
      addWithContext: (a, b) => {
        if (inContext) return inContext.add(a, b);
        wrapping ??= openWrapped(address, name, common());
        return wrapping.then((opened) => {
          inContext = opened.service;
          return inContext.add(a, b);
        });
      },
      echo: (record) => service.echo(record),
      bytes: (bytes) => service.bytes(bytes),
      download: async (size, onChunk) => {
        for await (const chunk of service.download(size)) {
          const wait = onChunk(chunk.length);
          if (wait) await wait;
        }
      },
      upload: (size) => service.upload(chunks(size)),
      items: async (count, onItem) => {
        for await (const one of service.items(count)) onItem(one);
      },
      subscribe: async (onEvent) => {
        await peer.subscribe('ticks', onEvent);
      },
      close: async () => {
        await (await wrapping)?.peer.disconnect();
        await peer.disconnect();
      },
    };
  },
});

export default [
  contender('ws', 'ws', () => ({ websocket: { port: 0 } })),
  contender('tcp', 'tcp', () => ({ tcp: { port: 0 } })),
  contender('unix', 'tcp', () => ({ unix: { path: join(tmpdir(), `netron-bench-${process.pid}.sock`) } })),
  contender(
    'memory',
    'memory',
    () => ({ memory: {} }),
    () => ({ additionalTransports: [new MemoryTransport(network)] }),
  ),
];

/** The same method behind a middleware on this side too, each call with deadline and trace. */
async function openWrapped(address, name, common) {
  const client = await nodeOf(`${name} with middleware`, { ...common, middleware: { outgoing: [noop] } });
  const peer = await client.connect(address);
  return { peer, service: withOptions(await peer.queryInterface('wrapped@1.0.0'), context) };
}

async function* chunks(size) {
  yield* source(size);
}
