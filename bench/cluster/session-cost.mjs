/** Connections with a session beside such without. */
import { Netron } from '@omnitron-dev/netron';
import { record } from '../harness/data.mjs';
import { ratioLine } from './report.mjs';
import { compare } from './rounds.mjs';
import { startNodes } from './started.mjs';

/** @typedef {{ add(a: number, b: number): Promise<number>, echo(record: object): Promise<object>, download(size: number): AsyncIterable<Uint8Array> }} Service */

const streamed = 4 * 1_048_576;

/** @type {readonly { row: string, call: (service: Service) => Promise<unknown>, inFlight: number, total: number, least: number }[]} */
const loads = [
  { row: '`add`, 64 in flight', call: (service) => service.add(1, 2), inFlight: 64, total: 20_000, least: 0.85 },
  { row: '`add`, 512 in flight', call: (service) => service.add(1, 2), inFlight: 512, total: 20_000, least: 0.85 },
  { row: 'records of 1 KB, 64 in flight', call: (service) => service.echo(record(1)), inFlight: 64, total: 5_000, least: 0.9 },
  { row: 'byte streams of 4 MiB, 4 at a time', call: download, inFlight: 4, total: 40, least: 0.9 },
];

/** @type {import('./run.mjs').Part} */
export async function sessionCost({ rounds }) {
  const { nodes, stop } = await startNodes();
  const client = await Netron.create();
  /** @param {boolean} session @returns {Promise<Service>} */
  const open = async (session) => (await client.connect(nodes[0].address, { session })).queryInterface('one');
  const [having, without] = [await open(true), await open(false)];
  const lines = [];
  for (const { row, call, inFlight, total, least } of loads) {
    const sides = { on: () => call(having), off: () => call(without) };
    const ratio = await compare(sides, { rounds, inFlight, total });
    lines.push(ratioLine(`session on ÷ off, ${row}`, ratio('on', 'off'), least));
  }
  await client.stop();
  stop();
  return lines;
}

/** @param {Service} service */
async function download(service) {
  let size = 0;
  for await (const chunk of service.download(streamed)) size += chunk.length;
  if (size !== streamed) throw new Error(`${size} bytes arrived, not ${streamed}`);
}
