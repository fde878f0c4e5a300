/** A call through `remote()`, all rules, one at a time: within a process, and over a Unix socket. */
import { interleaved } from './rounds.mjs';
import { started } from './topology.mjs';

/**
 * @param {{ rounds: number, seconds: number }} options
 * @returns {Promise<Record<string, { us: number, cpuUs: number }>>}
 */
export async function measureLocal({ rounds, seconds }) {
  const local = await started({ processes: { all: { services: ['*'] } } }, 1);
  try {
    const apart = await started({ processes: { edge: { services: ['gateway'] }, core: { services: ['*'] } } }, 2);
    try {
      const gateways = new Map([
        ['local', await local.gateway()],
        ['unix', await apart.gateway()],
      ]);
      const calls = (/** @type {string} */ name) => Math.ceil(seconds * (name === 'local' ? 100_000 : 5_000));
      for (const [name, gateway] of gateways) await gateway.run(calls(name));
      return await interleaved(rounds, ['local', 'unix'], (name) => gateways.get(name).run(calls(name)));
    } finally {
      await apart.stop();
    }
  } finally {
    await local.stop();
  }
}
