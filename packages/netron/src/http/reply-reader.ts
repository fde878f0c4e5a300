/** The client that reads a reply: receives when bytes wait for it, drops it when it reads nothing for a while. */
import type { NodeResponse } from './node-messages.js';
import type { Paces } from './pace.js';

/**
 * Periods of the time for which a client may read nothing. Node's timer tells of a period in which nothing was read, and of none in
 * which something was: cut in one, the time would be twice as long.
 */
const periods = 8;

/** Drops a client between seven and eight of the periods after it has read something. */
export class ReplyReader {
  readonly #response: NodeResponse;
  readonly #paces: Paces;
  readonly #period: number;
  #waiting = false;
  #watched = false;
  /** Milliseconds that the server gave the connection. */
  #before = 0;
  /** Node's timer has passed while nothing waited: only a further call starts it. */
  #passed = false;
  /** Periods one behind the other in which nothing was read, and the time when the last of them was over. */
  #quiet = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(response: NodeResponse, paces: Paces) {
    this.#response = response;
    this.#paces = paces;
    this.#period = paces.idle / periods;
  }

  /** Whether bytes wait for it. */
  waits(waiting: boolean): void {
    this.#waiting = waiting;
    this.#quiet = 0;
    if (!waiting || this.#period === Number.POSITIVE_INFINITY || (this.#watched && !this.#passed)) return;
    this.#passed = false;
    if (!this.#watched) this.#noteTime();
    // Begins anew with each byte that is written; that it passes while nothing waits means nothing.
    this.#response.setTimeout(this.#period);
    if (this.#watched) return;
    this.#watched = true;
    this.#response.on('timeout', () => this.#look());
    // The connection is that of the next response then. Before Node's own listener, which waits for another request.
    this.#response.prependListener('finish', () => this.#response.setTimeout(this.#before));
  }

  /** Notes the time that the server gave the connection: it has it as soon as the response does. */
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
    const now = this.#paces.clock.now();
    // After a longer time something was read in between.
    this.#quiet = now - this.#last < 1.5 * this.#period ? this.#quiet + 1 : 1;
    this.#last = now;
    if (this.#quiet < periods - 1) this.#response.setTimeout(this.#period);
    else this.#response.destroy();
  }
}
