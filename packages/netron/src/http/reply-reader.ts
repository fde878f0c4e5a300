/** Watches a client that reads a reply and disconnects it when it reads nothing for a while. */

import type { BodyRates } from './body-rate.js';
import type { NodeResponse } from './node-messages.js';

/**
 * Number of periods that the idle time is divided into. Node's timer fires after a period in which nothing was read, and does not report
 * one in which something was: with a single period, the limit could double.
 */
const periods = 8;

/** Disconnects a client that has read nothing for seven to eight periods. */
export class ReplyReader {
  readonly #response: NodeResponse;
  readonly #rates: BodyRates;
  readonly #period: number;
  #waiting = false;
  #watched = false;
  /** The socket timeout that the server had set, in milliseconds. */
  #before = 0;
  /** Whether Node's timer fired while nothing was waiting: it must be started again. */
  #passed = false;
  /** Number of consecutive periods in which nothing was read, and the end of the last one. */
  #quiet = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(response: NodeResponse, rates: BodyRates) {
    this.#response = response;
    this.#rates = rates;
    this.#period = rates.idle / periods;
  }

  /** Sets whether bytes wait for the client. */
  waits(waiting: boolean): void {
    this.#waiting = waiting;
    this.#quiet = 0;
    if (!waiting || this.#period === Number.POSITIVE_INFINITY || (this.#watched && !this.#passed)) return;
    this.#passed = false;
    if (!this.#watched) this.#noteTime();
    // Each written byte restarts the timer. While nothing waits, its firing means nothing.
    this.#response.setTimeout(this.#period);
    if (this.#watched) return;
    this.#watched = true;
    this.#response.on('timeout', () => this.#look());
    // The connection then belongs to the next response. Before Node's own listener, which waits for another request.
    this.#response.prependListener('finish', () => this.#response.setTimeout(this.#before));
  }

  /** Notes the socket timeout of the server, as soon as the response has its socket. */
  #noteTime(): void {
    const note = (socket: NodeResponse['socket']): void => {
      this.#before = socket?.timeout ?? 0;
    };
    const { socket } = this.#response;
    if (socket === null) this.#response.once('socket', note);
    else note(socket);
  }

  #look(): void {
    if (!this.#waiting) {
      this.#passed = true;
      return;
    }
    const now = this.#rates.clock.now();
    // A longer gap means that something was read in between.
    this.#quiet = now - this.#last < 1.5 * this.#period ? this.#quiet + 1 : 1;
    this.#last = now;
    if (this.#quiet < periods - 1) this.#response.setTimeout(this.#period);
    else this.#response.destroy();
  }
}
