/**
 * Calls several servers of one contender as one service: `caller.mjs <contender file> <contender id>`. Answers each
 * `{ addresses, ports, inFlight, seconds }` of its parent with what it has measured.
 */
import '../harness/application.mjs';
import { loadFile } from '../harness/contender.mjs';
import { Control } from '../harness/control.mjs';
import { keepInFlight } from '../harness/measure.mjs';
import { cpuSeconds } from '../harness/usage.mjs';

/** The least that each of several servers has to get of the calls, as a share of its part. */
const leastShare = 0.2;

const [file = '', id] = process.argv.slice(2);
const contender = (await loadFile(file)).find((one) => one.id === id);
/** @type {import('../harness/contender.mjs').Client | undefined} */
let client;
/** @type {Control[]} */
let servers = [];

/** @param {{ addresses: string[], ports: number[], inFlight: number, seconds: number }} task */
async function measure({ addresses, ports, inFlight, seconds }) {
  if (client === undefined) {
    client = await contender?.balance?.(addresses);
    servers = await Promise.all(ports.map((port) => Control.connect(port)));
  }
  const add = client?.add;
  if (add === undefined) throw new Error(`${id} calls no service of several servers`);
  const call = async (/** @type {number} */ _chain, /** @type {number} */ step) => {
    const sum = await add(step, 7);
    if (sum !== step + 7) throw new Error(`${step} + 7 = ${sum}`);
  };
  const cpus = () => Promise.all(servers.map((server) => server.ask('cpu')));
  const before = await cpus();
  const [start, cpu] = [performance.now(), cpuSeconds([])];
  const { count } = await keepInFlight({ inFlight, seconds, call, sample: 8 });
  const took = (performance.now() - start) / 1_000;
  const caller = ((cpuSeconds([]) - cpu) / count) * 1e6;
  const used = (await cpus()).map((after, at) => after - before[at]);
  const all = used.reduce((sum, one) => sum + one, 0);
  const idle = used.findIndex((one) => one < (leastShare * all) / used.length);
  if (idle >= 0) throw new Error(`server ${idle} of ${used.length} got no calls`);
  return { rate: count / took, caller, servers: (all / count) * 1e6 };
}

process.on('message', async (/** @type {Parameters<typeof measure>[0]} */ task) => {
  try {
    process.send?.({ measured: await measure(task) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });
