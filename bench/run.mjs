/** `npm run bench`: measures Netron beside bare sockets and other libraries. See README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describeContenders, runRow } from './harness/driver.mjs';
import { build, buildBeside, describeMachine, install, installBroker } from './harness/environment.mjs';
import { readOptions, usage } from './harness/options.mjs';
import { writeOverview } from './harness/overview.mjs';
import { report, rowTable } from './harness/report.mjs';
import { allRows } from './harness/row.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(usage);
  process.exit(0);
}

install();
if (options.build) build();
if (options.beside) {
  if (options.build) buildBeside(options.beside);
  process.env.NETRON_BENCH_BESIDE = options.beside;
}

const { entries, broken } = await describeContenders();
for (const { file, error } of broken) console.error(`contenders/${file} cannot be loaded: ${error}`);
const chosen = entries.filter(({ contender }) => options.contenders(contender.id));
const workloads = (await allRows()).filter(({ row }) => options.only(row.id));
if (options.list) {
  for (const { row } of workloads) console.log(`${row.id.padEnd(16)} ${row.title}`);
  for (const { contender } of chosen) console.log(`${contender.id.padEnd(18)} ${contender.supports.join(' ')}`);
  process.exit(0);
}
if (workloads.length === 0 || chosen.length === 0) throw new Error('nothing to run: see --list');

if (chosen.some(({ contender }) => contender.id === 'nats')) installBroker();
const machine = describeMachine();
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
process.once('SIGTERM', () => interrupted.abort(new Error('terminated')));

const contenders = chosen.map(({ contender }) => contender);
const byId = new Map(contenders.map((contender) => [contender.id, contender]));
const measured = [];
const start = performance.now();
for (const workload of workloads) {
  const results = await runRow(workload, chosen, { ...options, signal: interrupted.signal }).catch((error) => {
    if (!interrupted.signal.aborted) throw error;
    console.error(interrupted.signal.reason.message);
    process.exit(130);
  });
  if (Object.keys(results).length === 0) continue;
  measured.push({ row: workload.row, results });
  console.log(`${rowTable({ row: workload.row, results }, byId)}\n`);
}

const date = new Date().toISOString();
const { rounds, seconds, bufferutil, beside } = options;
const name = options.whole ? 'latest' : beside ? 'beside' : 'partial';
const folder = new URL('results/', import.meta.url);
const json = {
  date,
  machine,
  options: { rounds, seconds, bufferutil, beside },
  rows: measured.map(({ row: { id, title, metrics }, results }) => ({ id, title, metrics, results })),
};
mkdirSync(folder, { recursive: true });
// Of an error the first line only: the others are paths of this machine.
const firstLine = (key, value) => (key === 'error' && typeof value === 'string' ? value.split('\n')[0] : value);
writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(json, firstLine, 1)}\n`);
writeFileSync(
  new URL(`${name}.md`, folder),
  report({ machine, date, options: { rounds, seconds, bufferutil, beside }, contenders, measured }),
);
if (options.whole) writeOverview(measured, { machine, date, rounds, kinds: byId });
console.error(`${Math.round((performance.now() - start) / 1000)} s; results/${name}.md and results/${name}.json written`);
if (measured.some(({ results }) => Object.values(results).some(({ error }) => error))) {
  for (const { row, results } of measured)
    for (const [id, { error }] of Object.entries(results)) if (error) console.error(`${row.id} ${id}: ${error}`);
  process.exitCode = 1;
}
