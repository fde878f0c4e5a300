/** What is sent comes back: an object that is encoded and decoded on both sides, and bytes that nobody looks at. */
import { callMetrics, callRate } from '../harness/call-rate.mjs';
import { chunk, record } from '../harness/data.mjs';

/**
 * @param {number} inFlight
 * @param {(client: import('../harness/contender.mjs').Client) => (chain: number, step: number) => Promise<void>} prepare
 */
function echo(inFlight, prepare) {
  /** @param {import('../harness/client.mjs').Run} run */
  return async (run) => callRate(run, { inFlight, call: prepare(await run.connect()) });
}

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  {
    id: 'echo1k',
    title: 'echo of a 1 KB record, 64 in flight',
    note: 'A nested order, 1,016 bytes as JSON; the floors encode it with msgpackr as plain maps.',
    needs: 'echo',
    floor: 'batch',
    metrics: callMetrics,
    run: echo(64, (client) => {
      const orders = Array.from({ length: 64 }, (_, id) => record(id));
      return async (_chain, step) => {
        const sent = orders[step & 63];
        const back = /** @type {typeof sent} */ (await client.echo(sent));
        if (back.id !== sent.id || back.items[3].name !== sent.items[3].name) throw new Error('another record came back');
      };
    }),
    targets: [
      { contender: 'netron-ws', against: 'ws-batch', must: 1, goal: 1.7 },
      { contender: 'netron-tcp', against: 'nestjs', must: 2 },
    ],
  },
  {
    id: 'echo64k',
    title: 'echo of 64 KB bytes, 8 in flight',
    needs: 'bytes',
    floor: 'raw',
    metrics: callMetrics,
    run: echo(8, (client) => async () => {
      const back = await client.bytes(chunk);
      if (back.length !== chunk.length || back[65_535] !== chunk[65_535]) throw new Error('other bytes came back');
    }),
    targets: [
      { contender: 'netron-ws', against: 'ws-raw', must: 0.9 },
      { contender: 'netron-ws', against: 'socket.io', must: 1 },
      { contender: 'netron-tcp', against: 'socket.io', must: 3 },
    ],
  },
];
