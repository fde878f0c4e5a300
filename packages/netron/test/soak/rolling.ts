/**
 * Restarts three nodes one after the other under load, in processes of their own, and judges what a client sees: no call fails or has
 * two effects, resumable streams and subscriptions lose and double nothing, processes end within their grace.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Netron } from '../../src/index.js';
import type { Rolling, Said, Tick } from './rolling-node.js';

const [program = '', ...numbers] = process.argv.slice(2);
const [restarts = 100, rate = 2_000, streams = 50, subscriptions = 50] = numbers.map(Number);
/** Milliseconds that a process may take to end. */
const grace = 10_000;

const namespace = `rolling-${process.pid}`;
const epoch = Date.now();
const problems = new Map<string, number>();
const problem = (text: string): void => void problems.set(text, (problems.get(text) ?? 0) + 1);

interface Run {
  readonly child: ChildProcess;
  readonly id: string;
  readonly run: string;
}

/** Effects and last ticks of the runs that have ended. */
const ended = new Map<string, { readonly effects: number; readonly ticks: number }>();
let slowestExit = 0;

async function start(id: string): Promise<Run> {
  const child = fork(program, [id, namespace, String(epoch)], { execArgv: [] });
  const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Said | number];
  if (typeof said !== 'object' || said?.said !== 'ready') throw new Error(`node '${id}' has ended at once`);
  return { child, id, run: said.run };
}

async function stop({ child, run }: Run): Promise<void> {
  child.on('message', (said: Said) => {
    if (said.said === 'stopped') ended.set(said.run, said);
  });
  const asked = performance.now();
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  const [code] = await exit;
  const took = performance.now() - asked;
  slowestExit = Math.max(slowestExit, took);
  if (code !== 0 || !ended.has(run)) problem(`a process has exited with code ${String(code)}`);
  if (took > grace) problem('a process took longer than its grace');
}

const nodes = new Map<string, Run>();
for (const id of ['a', 'b', 'c']) nodes.set(id, await start(id));
process.once('exit', () => {
  for (const { child } of nodes.values()) child.kill('SIGKILL');
});

const client = await Netron.create({ id: 'client', discovery: { namespace, interval: 500 }, limits: { streams: 1_000 } });
const rolling = client.service<Rolling>('rolling', { locality: false });
await rolling.where();

let over = false;
let calls = 0;
let done = 0;
const latencies: number[] = [];
function call(): void {
  calls += 1;
  const value = calls;
  const begun = performance.now();
  rolling.place(value).then(
    (answer) => {
      done += 1;
      latencies.push(performance.now() - begun);
      if (answer !== value + 1) problem('a wrong answer');
    },
    (error: Error & { code?: string }) => {
      done += 1;
      problem(`a call failed: ${error.code} ${error.message.replace(/\d+/g, 'N')}`);
    },
  );
}
const begun = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
  while (calls < due) call();
}, 5);

let items = 0;
const readers = Array.from({ length: streams }, async () => {
  let last: number | undefined;
  for await (const { position, value } of await rolling.follow()) {
    items += 1;
    if (value !== `number ${Number(position)}`) problem('a wrong item');
    if (last !== undefined && Number(position) !== last + 1)
      problem(`an item ${Number(position) <= last ? 'came twice' : 'is lost'}`);
    last = Number(position);
    if (over) break;
  }
}).map((reading) => reading.catch((error: Error) => problem(`a stream failed: ${error.message}`)));

let events = 0;
const heard = Array.from({ length: subscriptions }, () => new Map<string, number>());
for (const seen of heard) {
  await rolling.on('tick', (tick: Tick) => {
    events += 1;
    const last = seen.get(tick.run);
    if (last !== undefined && tick.number !== last + 1) problem(`an event ${tick.number <= last ? 'came twice' : 'is lost'}`);
    seen.set(tick.run, tick.number);
  });
}

/** Waits until a run has answered. */
async function answers(run: string): Promise<void> {
  while ((await rolling.where()) !== run) await new Promise((resolve) => setTimeout(resolve, 5));
}

for (const { run } of nodes.values()) await answers(run);
for (let restart = 1; restart <= restarts; restart += 1) {
  const id = ['a', 'b', 'c'][restart % 3] as string;
  await stop(nodes.get(id) as Run);
  const run = await start(id);
  nodes.set(id, run);
  await answers(run.run);
  if (restart % 10 === 0 || restart === restarts) {
    const found = [...problems.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${restart} restarts: ${done} calls, ${items} items, ${events} events, ${found} problems`);
  }
}
clearInterval(timer);
while (done < calls) await new Promise((resolve) => setTimeout(resolve, 20));
const seconds = (performance.now() - begun) / 1_000;
over = true;
await Promise.all(readers);
for (const run of nodes.values()) await stop(run);
// Every event that a node has told of before it left is here.
await new Promise((resolve) => setTimeout(resolve, 200));
for (const [run, { ticks }] of ended) {
  const missing = heard.filter((seen) => seen.has(run) && seen.get(run) !== ticks).length;
  const never = heard.filter((seen) => !seen.has(run)).length;
  if (missing > 0) problem(`${missing} subscriptions missed the last events of a node`);
  if (never > 0 && ticks > 40) problem(`${never} subscriptions never heard a node`);
}
await client.stop();
const effects = [...ended.values()].reduce((sum, run) => sum + run.effects, 0);
if (effects !== calls) problem(`${calls} calls have had ${effects} effects`);

latencies.sort((a, b) => a - b);
const at = (share: number): string => (latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(1);
console.log(`calls per second ${Math.round(done / seconds)}; ms: p50 ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)}`);
console.log(`effects ${effects} of ${calls}; slowest exit ${Math.round(slowestExit)} ms`);
for (const [text, count] of problems) console.log(`${count} × ${text}`);
console.log(problems.size === 0 ? 'nobody has noticed' : 'somebody has noticed');
process.exitCode = problems.size === 0 ? 0 : 1;
