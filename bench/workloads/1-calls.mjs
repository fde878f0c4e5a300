/** `add(a, b)`: two numbers there, one back. */
import { callMetrics, callRate } from '../harness/call-rate.mjs';

/** @param {'add' | 'addWithContext'} method @param {number} inFlight @param {number} [connections] each with `inFlight` calls */
function calls(method, inFlight, connections = 1) {
  /** @param {import('../harness/client.mjs').Run} run */
  return async (run) => {
    const clients = await Promise.all(Array.from({ length: connections }, () => run.connect()));
    const adders = clients.map((client) =>
      /** @type {NonNullable<typeof client.add>} */ (client[method] ?? client.add).bind(client),
    );
    const call = async (/** @type {number} */ chain, /** @type {number} */ step) => {
      const sum = await adders[chain % connections](step, 7);
      if (sum !== step + 7) throw new Error(`${step} + 7 = ${sum}`);
    };
    return callRate(run, { inFlight: inFlight * connections, call, sample: inFlight === 1 ? 1 : 8 });
  };
}

const withContext = (/** @type {import('../harness/contender.mjs').Contender} */ { kind, id, supports }) =>
  kind === 'floor' ? id.endsWith('-batch') : supports.includes('addWithContext') || id === 'socket.io' || id === 'moleculer';

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  {
    id: 'add',
    title: '`add`, 1 at a time',
    needs: 'add',
    floor: 'raw',
    metrics: callMetrics,
    run: calls('add', 1),
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.85, goal: 0.95 },
      { contender: 'netron-ws', against: 'socket.io', must: 1.05 },
    ],
  },
  {
    id: 'add64',
    title: '`add`, 64 in flight',
    needs: 'add',
    floor: 'batch',
    metrics: callMetrics,
    run: calls('add', 64),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 0.6, goal: 0.85 },
      { contender: 'netron-ws', against: 'best peer', must: 5 },
      { contender: 'netron-ws', metric: 'cpu', must: 0.12, goal: 0.07 },
    ],
  },
  {
    id: 'add512',
    title: '`add`, 512 in flight',
    needs: 'add',
    floor: 'batch',
    metrics: callMetrics,
    run: calls('add', 512),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 0.6, goal: 0.85 },
      { contender: 'netron-ws', against: 'best peer', must: 12 },
      { contender: 'netron-ws', metric: 'p99', must: 2000 },
    ],
  },
  ...[64, 512].map((inFlight) => ({
    id: `context${inFlight}`,
    title: `\`add\` with deadline, trace header and one middleware on each side, ${inFlight} in flight`,
    note: 'Floors and peers carry none of these: theirs is the bare call.',
    needs: /** @type {const} */ ('add'),
    admits: withContext,
    floor: 'batch',
    metrics: callMetrics,
    run: calls('addWithContext', inFlight),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 0.4, goal: 0.7 },
      { contender: 'netron-ws', against: 'best peer', must: 4 },
    ],
  })),
  {
    id: 'connections100',
    title: '100 connections, 1 call at a time on each',
    needs: 'add',
    admits: ({ inProcess, heavyClient }) => !inProcess && !heavyClient,
    floor: 'raw',
    metrics: callMetrics,
    run: calls('add', 1, 100),
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.85, goal: 0.95 },
      { contender: 'netron-ws', against: 'socket.io', must: 1.2 },
    ],
  },
];
