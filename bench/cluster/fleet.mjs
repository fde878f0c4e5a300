/** Server processes of one contender, and a process that calls them all as one service. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median } from './rounds.mjs';

/** Seconds of a round, and of the one that warms up. */
const [seconds, warmUp] = [0.5, 1.5];
const inFlight = 64;

/**
 * @typedef {object} Measured
 * @property {number} rate calls a second
 * @property {number} caller microseconds of CPU time that the caller has used for a call
 * @property {number} servers the same of all servers together
 */

/** Says what calls have cost, for people. @param {Measured} measured */
export const costOf = ({ rate, caller, servers }) =>
  `${Math.round(rate).toLocaleString('en')} calls/s; µs of CPU a call: caller ${caller.toFixed(1)}, servers ${servers.toFixed(1)}`;

export class Fleet {
  /** @type {import('node:child_process').ChildProcess[]} */
  #processes;
  #caller;
  #servers;

  /**
   * @param {import('node:child_process').ChildProcess} caller
   * @param {import('node:child_process').ChildProcess[]} processes
   * @param {{ addresses: string[], ports: number[] }} servers
   */
  constructor(caller, processes, servers) {
    this.#caller = caller;
    this.#processes = processes;
    this.#servers = servers;
  }

  /** @param {string} file of the contender @param {string} id @param {number} count servers */
  static async open(file, id, count) {
    const start = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
      fork(fileURLToPath(new URL(script, import.meta.url)), [file, id, ...args], {
        env: { ...process.env, NODE_ENV: 'production' },
        execArgv: [],
      });
    const servers = Array.from({ length: count }, (_, at) => start('../harness/server.mjs', '1-calls.mjs', `server${at}`));
    const caller = start('caller.mjs');
    const [, ...told] = await Promise.all([caller, ...servers].map(async (child) => (await once(child, 'message'))[0]));
    const [addresses, ports] = [told.map(({ address }) => address), told.map(({ port }) => port)];
    return new Fleet(caller, [caller, ...servers], { addresses, ports });
  }

  /** @param {number} seconds @returns {Promise<Measured>} */
  async run(seconds) {
    const answer = once(this.#caller, 'message');
    this.#caller.send({ ...this.#servers, inFlight, seconds });
    const [{ measured, error }] = await answer;
    if (error !== undefined) throw new Error(error);
    return measured;
  }

  close() {
    for (const child of this.#processes) child.disconnect();
  }
}

/**
 * Measures fleets in turn, once in every round, after one that warms up.
 *
 * @param {readonly (readonly [file: string, id: string, count: number])[]} wanted
 * @param {number} rounds
 * @returns {Promise<Measured[]>} medians of each
 */
export async function measureFleets(wanted, rounds) {
  /** @type {Fleet[]} */
  const fleets = [];
  try {
    for (const [file, id, count] of wanted) fleets.push(await Fleet.open(file, id, count));
    for (const fleet of fleets) await fleet.run(warmUp);
    const taken = fleets.map(() => /** @type {Measured[]} */ ([]));
    for (let round = 0; round < rounds; round += 1)
      for (const [at, fleet] of fleets.entries()) taken[at]?.push(await fleet.run(seconds));
    return taken.map((list) => ({
      rate: median(list.map(({ rate }) => rate)),
      caller: median(list.map(({ caller }) => caller)),
      servers: median(list.map(({ servers }) => servers)),
    }));
  } finally {
    for (const fleet of fleets) fleet.close();
  }
}
