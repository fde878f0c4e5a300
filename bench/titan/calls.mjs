/** `add` over TCP, 64 in flight, under each rule, and by other frameworks under all: calls a second, and what a call costs both ends. */
import '../harness/application.mjs';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caller } from './client.mjs';
import { cpuMs, interleaved, load } from './rounds.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** Variants of the server: the core alone, each rule by itself, all of them, and others under the same. */
export const variants = ['bare', 'rights', 'limit', 'validation', 'cache', 'all', 'nestjs', 'moleculer'];

/**
 * @param {{ rounds: number, seconds: number }} options
 * @returns {Promise<Record<string, { perSecond: number, serverCpuUs: number, clientCpuUs: number }>>}
 */
export async function measureCalls({ rounds, seconds }) {
  const servers = new Map();
  const callers = new Map();
  try {
    for (const variant of variants) {
      const server = fork(join(here, 'server.mjs'), [variant], { cwd: here });
      servers.set(variant, server);
      const [address] = await once(server, 'message');
      callers.set(variant, await caller(variant, address));
    }
    const measure = async (/** @type {string} */ variant, time = seconds) => {
      const { add } = callers.get(variant);
      const [before, own] = [await cpuMsOf(servers.get(variant)), cpuMs()];
      const checked = async (/** @type {number} */ a) => {
        if ((await add(a, 2)) !== a + 2) throw new Error(`${variant}: a wrong sum`);
      };
      const { calls, perSecond } = await load(checked, time, 64);
      const clientCpuUs = ((cpuMs() - own) * 1_000) / calls;
      const used = (await cpuMsOf(servers.get(variant))) - before;
      return { perSecond, serverCpuUs: (used * 1_000) / calls, clientCpuUs };
    };
    for (const variant of variants) await measure(variant, 2 * seconds);
    return await interleaved(rounds, variants, measure);
  } finally {
    for (const { close } of callers.values()) await close();
    for (const server of servers.values()) server.kill();
  }
}

/** @param {import('node:child_process').ChildProcess} server */
async function cpuMsOf(server) {
  server.send('cpu');
  const [ms] = await once(server, 'message');
  return ms;
}
