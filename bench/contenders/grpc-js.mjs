/** gRPC by @grpc/grpc-js. */
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { items, source } from '../harness/data.mjs';

const proto = fileURLToPath(new URL('grpc-js.proto', import.meta.url));
const { Bench } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true, longs: Number, defaults: true })).bench;

/** @type {import('../harness/contender.mjs').Contender} */
export default {
  id: 'grpc-js',
  kind: 'peer',
  transport: 'http2',
  encoding: 'Protocol Buffers with a schema',
  supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['@grpc/grpc-js', '@grpc/proto-loader'],
  packages: ['@grpc/grpc-js', '@grpc/proto-loader'],
  async serve() {
    const subscribers = new Set();
    const server = new grpc.Server();
    server.addService(Bench.service, {
      Add: ({ request }, reply) => reply(null, { sum: request.a + request.b }),
      Echo: ({ request }, reply) => reply(null, request),
      Bytes: ({ request }, reply) => reply(null, request),
      Download: (call) => writeAll(call, chunks(call.request.amount)),
      Upload: (call, reply) => {
        let amount = 0;
        call.on('data', ({ data }) => {
          amount += data.length;
        });
        call.on('end', () => reply(null, { amount }));
      },
      Items: (call) => writeAll(call, items(call.request.amount)),
      Subscribe: (call) => {
        subscribers.add(call);
        call.on('cancelled', () => subscribers.delete(call));
        call.sendMetadata(new grpc.Metadata());
      },
    });
    const port = await new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return {
      address: `127.0.0.1:${port}`,
      publish: (event) => {
        for (const subscriber of subscribers) subscriber.write(event);
      },
      close: () => server.forceShutdown(),
    };
  },
  async connect(address) {
    const client = await clientOf(address);
    const unary = unaryOf(client);
    const streams = new Set();
    return {
      add: (a, b) => unary('Add', { a, b }, ({ sum }) => sum),
      echo: (record) => unary('Echo', record, (reply) => reply),
      bytes: (bytes) => unary('Bytes', { data: bytes }, ({ data }) => data),
      download: async (size, onChunk) => {
        const call = client.Download({ amount: size });
        streams.add(call);
        for await (const { data } of call) await onChunk(data.length);
        streams.delete(call);
      },
      upload: (size) =>
        new Promise((resolve, reject) => {
          const call = client.Upload((error, reply) => (error ? reject(error) : resolve(reply.amount)));
          void writeAll(call, chunks(size));
        }),
      items: (count, onItem) =>
        new Promise((resolve, reject) => {
          client.Items({ amount: count }).on('data', onItem).on('end', resolve).on('error', reject);
        }),
      subscribe: (onEvent) =>
        new Promise((resolve) => {
          const call = client.Subscribe({});
          streams.add(call);
          call.on('error', () => {}); // It ends by being cancelled.
          call.on('data', onEvent).once('metadata', resolve);
        }),
      close: () => {
        for (const stream of streams) stream.cancel();
        client.close();
      },
    };
  },
  async balance(addresses) {
    const inTurn = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
    const client = await clientOf(`ipv4:${addresses.join()}`, { 'grpc.service_config': inTurn });
    const unary = unaryOf(client);
    return { add: (a, b) => unary('Add', { a, b }, ({ sum }) => sum), close: () => client.close() };
  },
};

/** @param {string} address @param {object} [options] */
async function clientOf(address, options) {
  const all = { 'grpc.use_local_subchannel_pool': 1, ...options };
  const client = new Bench(address, grpc.credentials.createInsecure(), all);
  await new Promise((resolve, reject) =>
    client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve(undefined))),
  );
  return client;
}

/** Calls of a client, as promises. */
const unaryOf = (client) => (method, request, read) =>
  new Promise((resolve, reject) => client[method](request, (error, reply) => (error ? reject(error) : resolve(read(reply)))));

function* chunks(size) {
  for (const data of source(size)) yield { data };
}

async function writeAll(call, values) {
  for (const value of values) {
    if (call.destroyed || call.cancelled) return;
    if (!call.write(value)) await new Promise((resolve) => call.once('drain', resolve).once('close', resolve));
  }
  call.end();
}
