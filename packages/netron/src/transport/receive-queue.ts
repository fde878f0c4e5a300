import { systemClock } from '#platform';
import type { Clock } from '../util/clock.js';
import { Fifo } from '../util/fifo.js';
import { type Scheduler, systemScheduler } from '../util/scheduler.js';
import type { ConnectionReceiver } from './transport.js';

/** Source of a queue's messages. */
export interface ReceiveSource {
  /** Stops reading, as far as possible. */
  pause(): unknown;
  /** Resumes reading: no pushed message is waiting any more. */
  resume(): unknown;
  /** Closes the connection, because more messages wait than allowed; they have been dropped. Only for sources that cannot stop. */
  overflow?(): void;
}

/** Bytes that may wait from a source that cannot stop, twice the largest message; and the overhead of a message. */
const maxWaiting = 128 * 1024 * 1024;
const messageCost = 256;

/** Milliseconds for which one connection may occupy the event loop before others get their turn. */
const turnBudget = 8;

/** Number of messages per reading of the clock: a power of two. */
const clockEvery = 8;

let reads = 0;
let endsRead = false;

/** Identifies the present read: microtasks run between two reads, so that a read with few messages never reads the clock. */
function currentRead(): number {
  if (!endsRead) {
    endsRead = true;
    queueMicrotask(() => {
      endsRead = false;
      reads += 1;
    });
  }
  return reads;
}

/**
 * Passes a connection's messages to its receiver: in order, not before `start`, not while paused, and for at most 8 ms in one turn of the
 * event loop. Messages that arrive in the meantime wait here, and the source is asked to pause.
 */
export class ReceiveQueue {
  readonly #source: ReceiveSource;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  /** Receiver of the messages; absent before the start and after the end, so that a closed connection retains nothing. */
  #receiver: ConnectionReceiver | undefined;
  #started = false;
  readonly #waiting = new Fifo<Uint8Array>();
  #waitingBytes = 0;
  #paused = false;
  #yielding = false;
  #scheduled = false;
  #deaf = false;
  #end: { error: Error | undefined } | undefined;
  #closed = false;
  /** The read in which the counted messages arrived. */
  #read = -1;
  #count = 0;
  #turnStart = 0;

  constructor(source: ReceiveSource, clock: Clock = systemClock, scheduler: Scheduler = systemScheduler) {
    this.#source = source;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Whether a message pushed now would have to wait. */
  get halted(): boolean {
    return this.#receiver === undefined || this.#paused || this.#yielding || this.#waiting.size > 0;
  }

  /** Whether the receiver was notified of the end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Starts delivery, but not before this call has returned. */
  start(receiver: ConnectionReceiver): void {
    if (this.#started) throw new TypeError('the connection was already started');
    this.#started = true;
    this.#receiver = receiver;
    this.#schedule();
  }

  /** Delivers `message`, or queues it. Called only from the event loop, never from inside a call of the connection's user. */
  push(message: Uint8Array): void {
    if (this.#deaf || this.#closed) return;
    if (!this.halted) {
      this.#hand(message);
      return;
    }
    if (this.#waitingBytes > maxWaiting && this.#source.overflow !== undefined) {
      this.discard();
      this.#source.overflow();
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.length + messageCost;
    this.#source.pause();
  }

  pause(): void {
    this.#paused = true;
    this.#source.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#schedule();
  }

  /** Notifies the receiver that there is room again. */
  drained(): void {
    if (!this.#closed) this.#receiver?.drained();
  }

  /** Drops everything but the end: this end has closed. */
  discard(): void {
    this.#deaf = true;
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** Ends the connection: `closed` follows the waiting messages. The first call counts. Called only from the event loop. */
  finish(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (this.#receiver !== undefined && this.#waiting.size === 0) this.#close(error);
  }

  #hand(message: Uint8Array): void {
    const read = currentRead();
    if (this.#read !== read) {
      this.#read = read;
      this.#count = 0;
      this.#turnStart = 0;
    }
    this.#receiver?.message(message);
    if ((++this.#count & (clockEvery - 1)) !== 0) return;
    const now = this.#clock.now();
    if (this.#turnStart === 0) this.#turnStart = now;
    if (now - this.#turnStart < turnBudget) return;
    this.#yielding = true;
    this.#source.pause();
    this.#scheduler.nextTurn(() => {
      this.#yielding = false;
      this.#run();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#receiver === undefined) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#closed) return;
    while (this.#waiting.size > 0) {
      if (this.#paused || this.#yielding) return;
      const message = this.#waiting.shift() as Uint8Array;
      this.#waitingBytes -= message.length + messageCost;
      this.#hand(message);
    }
    if (this.#end !== undefined) this.#close(this.#end.error);
    else if (!this.#paused && !this.#yielding) this.#source.resume();
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed(error);
  }
}
