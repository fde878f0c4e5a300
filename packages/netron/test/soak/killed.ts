/**
 * C1: kills one of three nodes under load, in processes of their own, and judges what a client sees in the ten seconds after that: less
 * than 0.1 % of the calls fail, none that is begun a second later, none that may run twice; nothing has two effects.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Netron } from '../../src/index.js';
import type { Killed, Word } from './killed-node.js';

const [program = '', ...numbers] = process.argv.slice(2);
const [times = 3, rate = 5_000] = numbers.map(Number);
/** Milliseconds that are judged after each loss. */
const watched = 10_000;

const namespace = `killed-${process.pid}`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const problems: string[] = [];

interface Run {
  readonly child: ChildProcess;
  readonly run: string;
}

async function start(id: string): Promise<Run> {
  const child = fork(program, [id, namespace], { execArgv: [] });
  const [word] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Word | number];
  if (typeof word !== 'object' || !('ready' in word)) throw new Error(`node '${id}' has ended at once`);
  return { child, run: word.ready };
}

const nodes = new Map<string, Run>();
for (const id of ['a', 'b', 'c']) nodes.set(id, await start(id));
process.once('exit', () => {
  for (const { child } of nodes.values()) child.kill('SIGKILL');
});
const client = await Netron.create({ id: 'client', discovery: { namespace, interval: 500 } });
const remote = client.service<Killed>('killed', { locality: false });

/** Waits until a run has answered. */
async function answers({ run }: Run): Promise<void> {
  while ((await remote.where()) !== run) await pause(5);
}
for (const run of nodes.values()) await answers(run);

interface Failure {
  readonly begun: number;
  readonly repeatable: boolean;
  readonly says: string;
}
let failures: Failure[] = [];
let calls = 0;
let done = 0;
/** Runs that have answered calls with an effect. */
const answered = new Map<number, string>();

function call(): void {
  calls += 1;
  const value = calls;
  const repeatable = value % 2 === 0;
  const begun = performance.now();
  const made = repeatable ? remote.where() : remote.place(value).then((run) => answered.set(value, run));
  made.then(
    () => {
      done += 1;
    },
    (error: Error & { code?: string; outcome?: string }) => {
      done += 1;
      failures.push({ begun, repeatable, says: `${error.code}: ${error.message.replace(/\d+/g, 'N')}` });
    },
  );
}
const begun = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
  while (calls < due) call();
}, 2);

const lost = new Set<string>();
await pause(2_000);
for (let time = 1; time <= times; time += 1) {
  const id = ['a', 'b', 'c'][time % 3] as string;
  const { child, run } = nodes.get(id) as Run;
  if (failures.length > 0) problems.push(`${failures.length} calls failed before the loss: ${failures[0]?.says}`);
  failures = [];
  const before = calls;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  const killedAt = performance.now();
  await exit;
  lost.add(run);
  await pause(watched);
  const late = failures.filter((failure) => failure.begun > killedAt + 1_000);
  const repeatable = failures.filter((failure) => failure.repeatable);
  const share = failures.length / (calls - before);
  console.log(
    `loss ${time}: ${calls - before} calls in ${watched / 1_000} s, ${failures.length} failed (${(100 * share).toFixed(3)} %), ` +
      `${late.length} of those begun a second later, ${repeatable.length} of those that may run twice`,
  );
  for (const says of new Set(failures.map((failure) => failure.says))) console.log(`  ${says}`);
  if (share >= 0.001) problems.push('0.1 % of the calls or more have failed');
  if (late.length > 0) problems.push('calls that were begun a second later have failed');
  if (repeatable.length > 0) problems.push('calls that may run twice have failed');
  failures = [];
  nodes.set(id, await start(id));
  await answers(nodes.get(id) as Run);
}
clearInterval(timer);
while (done < calls) await pause(20);
const seconds = (performance.now() - begun) / 1_000;

/** Each value, and the run that it had an effect at: those that were lost have told of theirs by their answers alone. */
const effects = new Map([...answered].filter(([, run]) => lost.has(run)));
for (const { child, run } of nodes.values()) {
  const exit = once(child, 'exit');
  child.on('message', (word: Word) => {
    for (const value of 'placed' in word ? word.placed : []) {
      if (effects.has(value)) problems.push(`value ${value} has had an effect at ${effects.get(value)} and at ${run}`);
      effects.set(value, run);
    }
  });
  child.kill('SIGTERM');
  await exit;
}
for (const value of answered.keys()) if (!effects.has(value)) problems.push(`value ${value} was answered and has had no effect`);
await client.stop();
console.log(
  `calls per second ${Math.round(done / seconds)} of ${rate}; ${effects.size} effects, each once unless said otherwise`,
);
for (const problem of problems.slice(0, 20)) console.log(problem);
console.log(problems.length === 0 ? 'C1 holds' : 'C1 does not hold');
process.exitCode = problems.length === 0 ? 0 : 1;
