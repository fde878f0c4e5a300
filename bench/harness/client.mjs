/**
 * The client's process: `client.mjs <contender file> <contender id> <workload file>`.
 * Answers each `{ row, seconds, address, port }` of its parent with `{ metrics }` or `{ error }`.
 */

import './application.mjs';
import { loadFile } from './contender.mjs';
import { Control } from './control.mjs';
import { cpuSeconds } from './usage.mjs';

/**
 * @typedef {object} Run what a row gets to measure with
 * @property {number} seconds
 * @property {number} warmUp seconds of the same before that: until its code is compiled
 * @property {import('./contender.mjs').Contender} contender
 * @property {Control} server
 * @property {(work: () => Promise<number>) => Promise<Measured>} measured runs what counts: `work` resolves to the units it did
 * @property {() => Promise<import('./contender.mjs').Client>} connect closed after the run, if the row has not done so
 */

/**
 * @typedef {object} Measured
 * @property {number} rate units per second
 * @property {number} work microseconds of CPU that client and server have used for a unit
 */

const [file, id, workloadFile] = process.argv.slice(2);
const contender = (await loadFile(file)).find((one) => one.id === id);
const { rows } = await import(new URL(`../workloads/${workloadFile}`, import.meta.url).href);

/** @type {import('./contender.mjs').Served | undefined} */
let local;
/** Fresh processes take longer until the engine has compiled what runs often. */
let warmUp = 1.5;

process.on('message', async ({ row, seconds, address, port }) => {
  const open = new Set();
  try {
    const server = await Control.connect(port);
    if (contender.inProcess) local ??= await contender.serve();
    const connect = async () => {
      const client = await contender.connect(local?.address ?? address);
      const close = client.close.bind(client);
      client.close = () => (open.delete(client) ? close() : undefined);
      open.add(client);
      return client;
    };
    const cpu = async () => cpuSeconds([]) + (await server.ask('cpu'));
    /** @param {() => Promise<number>} work */
    const measured = async (work) => {
      const before = await cpu();
      const start = performance.now();
      const count = await work();
      const took = (performance.now() - start) / 1000;
      return { rate: count / took, work: (((await cpu()) - before) / count) * 1e6 };
    };
    const metrics = await rows.find((one) => one.id === row).run({ seconds, warmUp, contender, server, measured, connect });
    warmUp = 0.1;
    for (const client of open) await client.close();
    server.close();
    process.send?.({ metrics });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.send?.({ ready: true });
