/**
 * The line on which the client's process measures and steers the server's, beside the contender's own connections:
 * JSON by line over TCP.
 */
import { createServer, connect as netConnect } from 'node:net';

/** @param {import('node:net').Socket} socket @param {(message: any) => void} onMessage */
function readLines(socket, onMessage) {
  let rest = '';
  socket.setEncoding('utf8').setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onMessage(JSON.parse(line));
  });
}

/**
 * @typedef {Record<string, (args: any, notify: { onNote: (note: any) => void }) => unknown>} Operations
 *
 * @param {Operations} operations
 * @returns {Promise<{ port: number, close: () => void }>}
 */
export async function serveControl(operations) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    const notify = { onNote: (/** @type {unknown} */ _note) => {} };
    readLines(socket, async (message) => {
      if ('note' in message) return notify.onNote(message.note);
      const answer = { id: message.id, result: /** @type {unknown} */ (undefined), error: /** @type {unknown} */ (undefined) };
      try {
        answer.result = await operations[message.operation](message.args, notify);
      } catch (error) {
        answer.error = error instanceof Error ? error.stack : String(error);
      }
      socket.write(`${JSON.stringify(answer)}\n`);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** The client's end of the line. */
export class Control {
  #waiting = new Map();
  #next = 0;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
    readLines(socket, (answer) => {
      const { resolve, reject } = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      answer.error === undefined ? resolve(answer.result) : reject(new Error(`server: ${answer.error}`));
    });
  }

  /** @param {number} port */
  static connect(port) {
    return new Promise((resolve, reject) => {
      const socket = netConnect(port, '127.0.0.1', () => resolve(new Control(socket)));
      socket.once('error', reject);
    });
  }

  /**
   * @param {string} operation
   * @param {unknown} [args]
   * @returns {Promise<any>}
   */
  ask(operation, args) {
    const id = this.#next++;
    this.socket.write(`${JSON.stringify({ id, operation, args })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Says something that the running operation listens to. @param {unknown} note */
  note(note) {
    this.socket.write(`${JSON.stringify({ note })}\n`);
  }

  close() {
    this.socket.destroy();
  }
}
