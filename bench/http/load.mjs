/** Connections of the client: each sends one request after the other and reads what answers it. */
import { connect } from 'node:net';

/** One connection. */
export class Connection {
  /** @param {number} port */
  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.received = '';
    /** @type {((body: string) => void) | undefined} */
    this.done = undefined;
    /** @type {(() => void) | undefined} */
    this.first = undefined;
    this.socket.setEncoding('latin1');
    this.socket.on('data', (/** @type {string} */ chunk) => {
      this.received += chunk;
      this.#look();
    });
  }

  /**
   * @param {Buffer} request
   * @returns {Promise<string>} the body, chunked or not, as it came
   */
  ask(request) {
    return new Promise((resolve) => {
      this.done = resolve;
      this.socket.write(request);
    });
  }

  #look() {
    const head = this.received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const body = head + 4;
    if (this.received.length > body) {
      this.first?.();
      this.first = undefined;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.received.slice(0, head + 2))?.[1];
    const end = length === undefined ? this.received.endsWith('\r\n0\r\n\r\n') : this.received.length >= body + Number(length);
    if (!end) return;
    const text = this.received.slice(body);
    if (!this.received.startsWith('HTTP/1.1 2')) throw new Error(this.received.slice(0, 400));
    this.received = '';
    const { done } = this;
    this.done = undefined;
    done?.(text);
  }
}
