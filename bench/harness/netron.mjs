/** Contenders of one build of Netron: over each transport that two processes on one machine can share, and in memory. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { item, source } from './data.mjs';

/** Hands every call on: the least that a middleware costs. */
const noop = (next) => (call) => next(call);

/** Facts that a call with context carries. */
const context = { timeout: 10_000, trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } };

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

/**
 * Makes the contenders of one build.
 *
 * @param {typeof import('@omnitron-dev/netron') & Partial<typeof import('@omnitron-dev/netron/discovery')>} library
 * @param {string} prefix of the contenders' ids
 * @param {string} name of the installed package
 * @returns {import('./contender.mjs').Contender[]}
 */
export function netronContenders(library, prefix, name) {
  const { defineService, MemoryNetwork, MemoryTransport, Netron, staticDiscovery, withOptions } = library;
  const bench = defineService({ name: 'bench', version: '1.0.0', methods });
  const wrapped = defineService({ name: 'wrapped', version: '1.0.0', methods: { add: methods.add }, middleware: [noop] });

  /** Where server and client of the one process find each other. */
  const network = new MemoryNetwork();

  /** One node makes all connections of a process, as in a program. */
  const nodes = new Map();

  /** @param {string} id @param {object} options @returns {Promise<Netron>} */
  const nodeOf = (id, options) => {
    if (!nodes.has(id)) nodes.set(id, Netron.create(options));
    return nodes.get(id);
  };

  /** Opens the same method behind a middleware on this side too, each call with deadline and trace. */
  const openWrapped = async (address, id, common) => {
    const client = await nodeOf(`${id} with middleware`, { ...common, middleware: { outgoing: [noop] } });
    const peer = await client.connect(address);
    return { peer, service: withOptions(await peer.queryInterface('wrapped@1.0.0'), context) };
  };

  /**
   * @param {string} id
   * @param {string} transport whose floor it is compared with
   * @param {() => object} transports option of the server
   * @param {() => object} [common] options of both ends
   * @returns {import('./contender.mjs').Contender}
   */
  const contender = (id, transport, transports, common = () => ({})) => ({
    id: `${prefix}-${id}`,
    kind: 'netron',
    transport,
    encoding: 'its own binary packets, everything on by default; streams are read by `for await`',
    supports: ['add', 'addWithContext', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
    imports: [name],
    packages: [name],
    inProcess: id === 'memory',
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
      const client = await nodeOf(id, common());
      const peer = await client.connect(address);
      const service = await peer.queryInterface('bench@1.0.0');
      let wrapping;
      let inContext;
      return {
        add: (a, b) => service.add(a, b),
        addWithContext: (a, b) => {
          if (inContext) return inContext.add(a, b);
          wrapping ??= openWrapped(address, id, common());
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
    ...(staticDiscovery && {
      async balance(addresses) {
        const client = await Netron.create({ ...common(), discovery: staticDiscovery(addresses) });
        const service = client.service('bench@1.0.0');
        await service.add(1, 2);
        while (client.peers.size < addresses.length) await new Promise((resolve) => setTimeout(resolve, 10));
        return { add: (a, b) => service.add(a, b), close: () => client.stop() };
      },
    }),
  });

  return [
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
}

async function* chunks(size) {
  yield* source(size);
}
