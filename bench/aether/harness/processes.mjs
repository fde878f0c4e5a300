import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts a process per contender, so that none shares what the engine has learned of another. Each gets its name as argument.
 *
 * @param {URL} file
 * @param {string[]} names
 */
export async function startProcesses(file, names) {
  const children = new Map(
    names.map((name) => [name, fork(fileURLToPath(file), [name], { env: { ...process.env, NODE_ENV: 'production' } })]),
  );
  const ended = new Map(
    [...children].map(([name, child]) => [
      name,
      once(child, 'exit').then(() => {
        throw new Error(`the process of ${name} has ended`);
      }),
    ]),
  );
  for (const each of ended.values()) each.catch(() => {});
  const answer = async (name) => (await Promise.race([once(children.get(name), 'message'), ended.get(name)]))[0];
  await Promise.all(names.map(answer));
  return {
    /** Sends a message to a process and returns its answer. */
    async ask(name, message) {
      children.get(name).send(message);
      return answer(name);
    },
    end() {
      for (const child of children.values()) child.disconnect();
    },
  };
}

/**
 * Answers in a process: `{ prepare, ms }` makes a workload ready, anything else runs it once more and answers with nanoseconds of
 * CPU time per run, so that what else the machine does counts little.
 *
 * @param {(workload: string) => () => unknown} prepare a workload may return a promise
 */
export function answerRounds(prepare) {
  let run = () => {};
  let calls = 1;
  const time = async (times) => {
    const before = process.cpuUsage();
    for (let index = 0; index < times; index++) {
      const result = run();
      if (result instanceof Promise) await result;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) * 1_000;
  };
  process.on('message', async ({ prepare: workload, ms }) => {
    if (workload === undefined) {
      process.send((await time(calls)) / calls);
      return;
    }
    run = prepare(workload);
    // Warms up until the engine has compiled what runs often, and learns how often to run.
    let spent = 0;
    for (calls = 1; spent < ms * 1e7; calls *= 2) spent += await time(calls);
    const some = Math.ceil(calls / 4);
    calls = Math.max(1, Math.round((ms * 1e6 * some) / (await time(some))));
    process.send('ready');
  });
  process.send('ready');
}
