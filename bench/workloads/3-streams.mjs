/** Byte streams both ways, small objects, and a consumer that cannot keep up. */
import { produced } from '../harness/data.mjs';
import { throughput } from '../harness/measure.mjs';
import { oneFloor } from '../harness/row.mjs';
import { settledMemory, watchMemory } from '../harness/usage.mjs';

const MB = 1024 * 1024;
const bytesPerSecond = [{ key: 'rate', title: 'GB/s', better: /** @type {const} */ ('higher'), digits: 2 }];

export const operations = () => ({
  resetProduced: () => {
    produced.bytes = 0;
  },
  produced: () => produced.bytes,
});

/** @param {import('../harness/client.mjs').Measured} bytes */
const inGigabytes = ({ rate, work }) => ({ rate: rate / 1e9, work: work * 1e9 });

/** @param {import('../harness/client.mjs').Run} run */
async function download({ seconds, warmUp, measured, connect }) {
  const client = await connect();
  const transfer = async (/** @type {number} */ size) => {
    let received = 0;
    await client.download(size, (length) => {
      received += length;
    });
    if (received !== size) throw new Error(`${received} of ${size} bytes arrived`);
  };
  return inGigabytes(await throughput({ seconds, warmUp, first: 4 * MB, most: 8192 * MB, transfer, measured }));
}

/** @param {import('../harness/client.mjs').Run} run */
async function upload({ seconds, warmUp, measured, connect }) {
  const client = await connect();
  const transfer = async (/** @type {number} */ size) => {
    const received = await client.upload(size);
    if (received !== size) throw new Error(`${received} of ${size} bytes arrived`);
  };
  return inGigabytes(await throughput({ seconds, warmUp, first: 4 * MB, most: 8192 * MB, transfer, measured }));
}

/** @param {import('../harness/client.mjs').Run} run */
async function objects({ seconds, warmUp, measured, connect }) {
  const client = await connect();
  const transfer = async (/** @type {number} */ count) => {
    let next = 0;
    await client.items(count, ({ id }) => {
      if (id !== next++) throw new Error(`item ${id} instead of ${next - 1}`);
    });
    if (next !== count) throw new Error(`${next} of ${count} items arrived`);
  };
  return throughput({ seconds, warmUp, first: 4096, most: 50_000_000, transfer, measured });
}

/** How much a slow consumer takes: 64 KB every 10 ms, so 6.5 MB/s. @param {import('../harness/client.mjs').Run} run */
async function slowConsumer({ server, connect }) {
  const client = await connect();
  await client.download(8 * MB, () => undefined);
  await server.ask('memory');
  await settledMemory();
  await server.ask('resetProduced');
  await server.ask('watchMemory');
  const clientGrowth = watchMemory();
  let consumed = 0;
  let ahead = 0;
  let full = false;
  let timer;
  // More than anybody can send meanwhile to somebody who waits, but not so much that who does not wait fills the machine.
  const everything = client.download(768 * MB, (length) => {
    consumed += length;
    if (!full) return new Promise((resolve) => setTimeout(resolve, 10));
    return new Promise(() => {});
  });
  everything.catch(() => {}); // It is broken off by the end of the connection.
  for (let sample = 0; sample < 20; sample++) {
    await new Promise((resolve) => {
      timer = setTimeout(resolve, 100);
    });
    ahead = Math.max(ahead, (await server.ask('produced')) - consumed);
  }
  clearTimeout(timer);
  full = true;
  const grown = { client: clientGrowth(), server: await server.ask('memoryGrowth') };
  await client.close();
  return { ahead: ahead / MB, server: grown.server / MB, client: grown.client / MB };
}

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  {
    id: 'download',
    title: 'bytes, server → client',
    needs: 'download',
    admits: oneFloor,
    floor: 'raw',
    metrics: bytesPerSecond,
    run: download,
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.8, goal: 0.95 },
      { contender: 'netron-tcp', against: 'tcp-raw', must: 0.8, goal: 0.95 },
      { contender: 'netron-ws', against: 'socket.io', must: 1.5 },
      { contender: 'netron-ws', against: 'grpc-js', must: 8 },
    ],
  },
  {
    id: 'upload',
    title: 'bytes, client → server',
    note: 'WebSocket clients have to mask what they send: `--bufferutil` measures with the native masking.',
    needs: 'upload',
    admits: oneFloor,
    floor: 'raw',
    metrics: bytesPerSecond,
    run: upload,
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.8, goal: 0.95 },
      { contender: 'netron-tcp', against: 'tcp-raw', must: 0.8, goal: 0.95 },
      { contender: 'netron-tcp', against: 'socket.io', must: 1.5 },
      { contender: 'netron-tcp', against: 'grpc-js', must: 8 },
    ],
  },
  {
    id: 'objects',
    title: 'small objects, server → client',
    note: '`{ id, symbol, price, at }`, each one made, encoded, decoded and handed over by itself.',
    needs: 'items',
    floor: 'batch',
    metrics: [{ key: 'rate', title: 'objects/s', better: 'higher' }],
    run: objects,
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 0.6, goal: 1 },
      { contender: 'netron-ws', against: 'grpc-js', must: 8 },
    ],
  },
  {
    id: 'slow',
    title: 'a consumer of 6.5 MB/s for two seconds, in front of a producer of any speed',
    needs: 'download',
    admits: oneFloor,
    rounds: 1,
    bare: true,
    metrics: [
      { key: 'server', title: 'server memory growth, MB', better: 'lower', digits: 1 },
      { key: 'client', title: 'client memory growth, MB', better: 'lower', digits: 1 },
      { key: 'ahead', title: 'producer ahead of consumer, MB', better: 'lower', digits: 1 },
    ],
    run: slowConsumer,
    targets: ['netron-ws', 'netron-tcp'].flatMap((contender) => [
      { contender, must: 40 },
      { contender, metric: 'client', must: 40 },
    ]),
  },
];
