/** One server process and one client process of a contender, for one row. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const serverFile = fileURLToPath(new URL('server.mjs', import.meta.url));
const clientFile = fileURLToPath(new URL('client.mjs', import.meta.url));

/** Milliseconds that one step of a row may take before the pair is given up. */
const patience = 60_000;

export class Pair {
  /**
   * @param {import('node:child_process').ChildProcess} server
   * @param {import('node:child_process').ChildProcess} client
   */
  constructor(server, client) {
    this.server = server;
    this.client = client;
    /** What the server's process has said of itself. */
    this.served = { address: '', port: 0, pids: /** @type {number[]} */ ([]) };
  }

  /**
   * @param {string[]} args contender file, contender id, workload file
   * @param {{ bufferutil: boolean }} options
   */
  static async open(args, { bufferutil }) {
    /** @type {Record<string, string | undefined>} */
    const env = { ...process.env, NODE_ENV: 'production' };
    delete env.WS_NO_BUFFER_UTIL;
    if (!bufferutil) env.WS_NO_BUFFER_UTIL = '1';
    const start = (/** @type {string} */ file) =>
      fork(file, args, { env, execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const pair = new Pair(start(serverFile), start(clientFile));
    try {
      const [served] = await Promise.all([pair.#answer(pair.server), pair.#answer(pair.client)]);
      pair.served = served;
      return pair;
    } catch (error) {
      await pair.close();
      throw error;
    }
  }

  /**
   * @param {string} row
   * @param {number} seconds
   * @returns {Promise<Record<string, number>>}
   */
  async run(row, seconds) {
    const answer = this.#answer(this.client);
    this.client.send({ row, seconds, address: this.served.address, port: this.served.port });
    const { metrics, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return metrics;
  }

  /** Ends both processes and what the server has started; resolves when they are gone. */
  async close() {
    await Promise.all(
      [this.client, this.server].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (child.connected) child.disconnect();
        const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
        await ended;
        clearTimeout(timer);
      }),
    );
    for (const pid of this.served.pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // Already gone, as it should be.
    }
  }

  /** @param {import('node:child_process').ChildProcess} child @returns {Promise<any>} its next message */
  #answer(child) {
    return new Promise((resolve, reject) => {
      let complaints = '';
      const listen = (/** @type {Buffer} */ text) => {
        complaints = (complaints + text).slice(-2000);
      };
      const settle = (/** @type {() => void} */ action) => {
        clearTimeout(timer);
        child.stderr?.off('data', listen);
        child.off('exit', onExit).off('message', onMessage);
        action();
      };
      const onExit = (/** @type {unknown} */ code) => settle(() => reject(new Error(`process ended (${code}) ${complaints}`)));
      const onMessage = (/** @type {unknown} */ message) => settle(() => resolve(message));
      const timer = setTimeout(() => settle(() => reject(new Error(`no answer in ${patience} ms ${complaints}`))), patience);
      child.stderr?.on('data', listen);
      child.once('exit', onExit).once('message', onMessage);
    });
  }
}
