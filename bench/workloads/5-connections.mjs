/** What connections cost. */
import { quantile } from '../harness/measure.mjs';

/** Connections held open at the same time. */
const idle = 1000;

const own = (/** @type {import('../harness/contender.mjs').Contender} */ { inProcess }) => !inProcess;

/** @param {import('../harness/client.mjs').Run} run @param {number} count */
async function open({ connect }, count) {
  for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, () => connect()));
}

/** @param {import('../harness/client.mjs').Run} run */
async function idleConnections(run) {
  await open(run, 200); // Code and pools that the first connections bring into memory.
  const before = await run.server.ask('memory');
  await open(run, idle);
  const after = await run.server.ask('memory');
  return { memory: (after - before) / idle / 1024 };
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
    return done / ((performance.now() - start) / 1000);
  };
  await once(run.first ? 0.3 : 0.1);
  return { rate: await once(run.seconds) };
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
    needs: 'add',
    admits: own,
    fresh: true,
    floor: 'raw',
    metrics: [{ key: 'memory', title: 'server memory per connection, KB', better: 'lower', digits: 1 }],
    run: idleConnections,
    targets: [{ contender: 'netron-ws', must: 14, goal: 11 }],
  },
  {
    id: 'connects',
    title: 'connect, one call, close; 8 at a time',
    needs: 'add',
    admits: own,
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
    admits: own,
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
