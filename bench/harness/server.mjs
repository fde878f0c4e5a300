/**
 * The server's process: `server.mjs <contender file> <contender id> <workload file> [<name>]`.
 * Tells its parent the address and the control port, lives until the parent closes the channel.
 */

import './application.mjs';
import { loadFile } from './contender.mjs';
import { serveControl } from './control.mjs';
import { cpuSeconds, settledMemory, watchMemory } from './usage.mjs';

const [file, id, workloadFile, name] = process.argv.slice(2);
const contender = (await loadFile(file)).find((one) => one.id === id);
const workload = await import(new URL(`../workloads/${workloadFile}`, import.meta.url).href);

const served = contender.inProcess ? { address: '', close() {} } : await contender.serve(name);
let stopWatching = () => 0;
const control = await serveControl({
  cpu: () => cpuSeconds(served.pids ?? []),
  memory: () => settledMemory(served.pids ?? []),
  watchMemory: () => {
    stopWatching = watchMemory();
  },
  memoryGrowth: () => stopWatching(),
  ...workload.operations?.(served),
});

process.once('disconnect', async () => {
  // What does not end by itself within a second is not waited for.
  setTimeout(() => process.exit(0), 1000).unref();
  control.close();
  await served.close();
  process.exit(0);
});
process.on('SIGINT', () => {});
process.send?.({ address: served.address, port: control.port, pids: served.pids ?? [] });
