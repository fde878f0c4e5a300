/** What connections cost. */
import { quantile } from '../harness/measure.mjs';
import { oneFloor, oneVariant } from '../harness/row.mjs';

/** Connections whose memory is measured, and those before them, which bring code and pools into memory. */
const idle = 5000;
const before = 2000;

/** @param {import('../harness/client.mjs').Run} run @param {number} count */
async function open({ connect }, count) {
  for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, () => connect()));
}

/** @param {import('../harness/client.mjs').Run} run */
async function idleConnections(run) {
  await open(run, before);
  const some = await run.server.ask('memory');
  await open(run, idle);
  const all = await run.server.ask('memory');
  return { memory: (all.resident - some.resident) / idle / 1024, heap: (all.heap - some.heap) / idle / 1024 };
}

/** @param {import('../harness/client.mjs').Run} run */
async function connects(run) {
  let done = 0;
  const loop = async (/** @type {number} */ end) => {
    while (performance.now() < end) {
      const client = await run.connect();
      if ((await client.add(20, 22)) !== 42) throw new Error('wrong sum');
      await client.close();
      done++;
    }
  };
  const once = async (/** @type {number} */ seconds) => {
    done = 0;
    const start = performance.now();
    await Promise.all(Array.from({ length: 8 }, () => loop(start + seconds * 1000)));
    return done;
  };
  // A connection runs a lot of code once.
  await once(run.warmUp * 2);
  return run.measured(() => once(run.seconds));
}

/** @param {import('../harness/client.mjs').Run} run */
async function firstCall(run) {
  const start = performance.now();
  const client = await run.connect();
  const connected = performance.now();
  await client.add(1, 2);
  const called = performance.now();
  const later = [];
  for (let i = 0; i < 10; i++) {
    const before = performance.now();
    await client.add(i, 2);
    later.push(performance.now() - before);
  }
  return { first: called - connected, connect: connected - start, later: quantile(later, 0.5) };
}

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  {
    id: 'idle',
    title: `${idle} idle connections`,
    note: 'Resident memory is what counts and is coarse; the heap in use is exact but leaves out what is outside of JavaScript.',
    needs: 'add',
    admits: oneVariant,
    fresh: true,
    rounds: 2,
    floor: 'raw',
    metrics: [
      { key: 'memory', title: 'server memory per connection, KB', better: 'lower', digits: 1 },
      { key: 'heap', title: 'of these in heap and buffers, KB', better: 'lower', digits: 1 },
    ],
    run: idleConnections,
    targets: [{ contender: 'netron-ws', must: 14, goal: 11 }],
  },
  {
    id: 'connects',
    title: 'connect, one call, close; 8 at a time',
    needs: 'add',
    admits: oneVariant,
    floor: 'raw',
    metrics: [{ key: 'rate', title: 'connects/s', better: 'higher' }],
    run: connects,
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.6, goal: 0.75 },
      { contender: 'netron-ws', against: 'socket.io', must: 1.1 },
    ],
  },
  {
    id: 'first-call',
    title: 'the first call of a fresh client to a fresh server',
    needs: 'add',
    admits: oneFloor,
    fresh: true,
    floor: 'raw',
    metrics: [
      { key: 'first', title: 'first call, ms', better: 'lower', digits: 2 },
      { key: 'connect', title: 'connect, ms', better: 'lower', digits: 2 },
      { key: 'later', title: 'median of the next ten, ms', better: 'lower', digits: 2 },
    ],
    run: firstCall,
    targets: [{ contender: 'netron-ws', must: 10, goal: 5 }],
  },
];
