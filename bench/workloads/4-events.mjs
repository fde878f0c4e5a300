/** One-way events from the server to its subscribers, each on a connection of its own. */
import { item, microseconds } from '../harness/data.mjs';
import { quantile } from '../harness/measure.mjs';

/** How many delivered events a flood may be ahead of its subscribers. Not every contender can hold back by itself. */
const window = 4_096;
/** Publications in one turn of the loop. */
const burst = 128;

/** @param {import('../harness/contender.mjs').Served} served @returns {import('../harness/control.mjs').Operations} */
export const operations = (served) => ({
  /** Publishes as fast as the subscribers follow; they note how many events each has. */
  flood: async ({ subscribers, seconds }, notify) => {
    const ahead = Math.max(burst, window / subscribers);
    let acknowledged = 0;
    let published = 0;
    let wake = () => {};
    notify.onNote = (count) => {
      acknowledged = count;
      wake();
    };
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      for (let i = 0; i < burst; i++) served.publish(item(published++, 0));
      await new Promise(setImmediate);
      while (published - acknowledged >= ahead && performance.now() < end) {
        await new Promise((resolve) => {
          wake = () => resolve(undefined);
          setTimeout(wake, 100);
        });
      }
    }
    return published;
  },
  /** Publishes `perSecond` events, each with the time at which it was due to leave. */
  pace: async ({ perSecond, seconds }) => {
    const start = performance.now();
    let published = 0;
    for (;;) {
      const elapsed = performance.now() - start;
      if (elapsed >= seconds * 1000) return published;
      const due = Math.floor((elapsed / 1000) * perSecond);
      const at = microseconds();
      while (published < due) served.publish(item(published++, at));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
});

/** @param {import('../harness/client.mjs').Run} run @param {number} subscribers @param {(event: any, index: number) => void} onEvent */
async function subscribeAll({ connect }, subscribers, onEvent) {
  for (let index = 0; index < subscribers; index++) {
    const client = await connect();
    await client.subscribe((event) => onEvent(event, index));
  }
}

/** @param {() => boolean} condition */
async function until(condition) {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('events are missing');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** @param {number} subscribers */
function flood(subscribers) {
  return async (/** @type {import('../harness/client.mjs').Run} */ run) => {
    let delivered = 0;
    const step = Math.max(1, Math.floor(window / 16 / subscribers)) * subscribers;
    let next = step;
    await subscribeAll(run, subscribers, () => {
      if (++delivered < next) return;
      next += step;
      run.server.note(Math.floor(delivered / subscribers));
    });
    const once = async (/** @type {number} */ seconds) => {
      delivered = 0;
      next = step;
      const published = await run.server.ask('flood', { subscribers, seconds });
      await until(() => delivered === published * subscribers);
      return delivered;
    };
    await once(run.warmUp);
    return run.measured(() => once(run.seconds));
  };
}

/** @param {number} subscribers @param {number} delivered per second, over all subscribers */
function paced(subscribers, delivered) {
  return async (/** @type {import('../harness/client.mjs').Run} */ run) => {
    let received = 0;
    let latencies = /** @type {number[]} */ ([]);
    await subscribeAll(run, subscribers, (event) => {
      if ((received++ & 7) === 0) latencies.push(microseconds() - event.at);
    });
    const once = async (/** @type {number} */ seconds) => {
      received = 0;
      latencies = [];
      const published = await run.server.ask('pace', { perSecond: delivered / subscribers, seconds });
      await until(() => received === published * subscribers);
      return { p50: quantile(latencies, 0.5) / 1000, p99: quantile(latencies, 0.99) / 1000 };
    };
    await once(run.warmUp);
    return once(run.seconds);
  };
}

const own = (/** @type {import('../harness/contender.mjs').Contender} */ { inProcess }) => !inProcess;

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  ...[1, 10, 100].map((subscribers) => ({
    id: `events${subscribers}`,
    title: `events, flood, ${subscribers} subscriber${subscribers > 1 ? 's' : ''}`,
    note: `At most ${window} delivered events ahead of the subscribers, ${burst} publications per turn of the loop.`,
    needs: /** @type {const} */ ('events'),
    admits: own,
    floor: 'batch',
    metrics: [{ key: 'rate', title: 'delivered/s', better: /** @type {const} */ ('higher') }],
    run: flood(subscribers),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 0.6, goal: 0.9 },
      { contender: 'netron-ws', against: 'nats', must: 2 },
    ],
  })),
  ...[1, 100].map((subscribers) => ({
    id: `paced${subscribers}`,
    title: `events at 100,000 delivered per second, ${subscribers} subscriber${subscribers > 1 ? 's' : ''}`,
    needs: /** @type {const} */ ('events'),
    admits: own,
    floor: 'batch',
    metrics: [
      { key: 'p99', title: 'p99 ms', better: /** @type {const} */ ('lower'), digits: 2 },
      { key: 'p50', title: 'p50 ms', better: /** @type {const} */ ('lower'), digits: 2 },
    ],
    run: paced(subscribers, 100_000),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 1.5, goal: 1.2 },
      { contender: 'netron-ws', against: 'best peer', must: 1 },
    ],
  })),
];
