/**
 * Calls and answers that wait while the other end does not read what it was sent. They continue in order once it reads. The bytes of
 * waiting calls count towards the limit at which this end stops reading.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { Fifo } from '../../util/fifo.js';
import { notTicking, type Ticking } from '../../util/ticker.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';

/** Milliseconds without progress after which both ends are assumed to wait for each other, rather than one being slow. */
const stuckAfter = 2_000;

/** The members of the link that its backlog uses. */
export interface BackloggedLink {
  readonly node: Pick<NodeBasis, 'deadlines'>;
  readonly outbox: Pick<Outbox, 'full' | 'pending'>;
  /** Whether the other end must read before it gets more answers. */
  stalled(): boolean;
  /** Returns the bytes of memory of the call just read; `undefined` when it cannot wait. */
  cost(): number | undefined;
  /** Resumes reading although the other end does not read, and refuses its calls. */
  breakStall(): void;
  /** Notes that a waiting call has started, and frees its bytes. */
  begun(cost: number): void;
}

/** Returns the error for a call that no capacity is left for. */
export function tooManyWait(): NetronError {
  const text = 'too many calls are waiting for the caller to read its results';
  return new NetronError('resource_exhausted', text, { retryAfterMs: 1_000 });
}

/** A call that has not started. */
export interface KeptCall {
  readonly call: CallContext;
  readonly cost: number;
  /** Passes the result to later calls that refer to it. */
  readonly name: ((result: unknown) => void) | undefined;
}

/** Starts or drops calls that have waited. */
export interface WaitingCalls {
  beginKept(kept: KeptCall): void;
  dropKept(kept: KeptCall): void;
}

export class Backlog implements Ticking {
  tickerPlace = notTicking;
  /** Bytes of calls that have not started. */
  bytes = 0;
  readonly #link: BackloggedLink;
  readonly #waiting: WaitingCalls;
  /** Absent while no call waits. */
  #calls: Fifo<KeptCall> | undefined;
  /** Answers of calls that have ended in the meantime. */
  #answers: Fifo<() => void> | undefined;
  /** Unsent bytes at the last change, and its time. */
  #unsent = 0;
  #stuckSince = 0;

  constructor(link: BackloggedLink, waiting: WaitingCalls) {
    this.#link = link;
    this.#waiting = waiting;
  }

  /** Number of calls that have not started. */
  get calls(): number {
    return this.#calls?.size ?? 0;
  }

  /** Number of answers that wait for earlier ones to be read. */
  get answers(): number {
    return this.#answers?.size ?? 0;
  }

  /** Whether the other end must read before it gets more answers. */
  get stalled(): boolean {
    return this.#link.outbox.full && this.#link.stalled();
  }

  /** Whether a new call must wait. */
  get waits(): boolean {
    return this.#calls !== undefined || this.stalled;
  }

  /** Returns the bytes that the call just read counts for; `undefined` when it cannot wait. */
  cost(): number | undefined {
    return this.#link.cost();
  }

  /** Queues a call. */
  keep(kept: KeptCall): void {
    this.#link.node.deadlines.add(this);
    this.bytes += kept.cost;
    if (this.#calls === undefined) this.#unsent = -1;
    this.#calls ??= new Fifo();
    this.#calls.push(kept);
  }

  /** Queues an answer, as a function that sends it. */
  keepAnswer(answer: () => void): void {
    this.#answers ??= new Fifo();
    this.#answers.push(answer);
  }

  /** Continues when the other end reads again: sends the waiting answers, then starts the waiting calls in order. */
  drained(): void {
    while (this.#answers !== undefined && !this.stalled) {
      this.#answers.shift()?.();
      if (this.#answers?.size === 0) this.#answers = undefined;
    }
    while (this.#calls !== undefined && !this.stalled) {
      const kept = this.#calls.shift();
      if (this.#calls.size === 0) this.#calls = undefined;
      if (kept === undefined) continue;
      this.bytes -= kept.cost;
      this.#link.begun(kept.cost);
      this.#waiting.beginKept(kept);
    }
  }

  tick(now: number): boolean {
    if (this.#calls === undefined) return false;
    const { pending } = this.#link.outbox;
    if (pending !== this.#unsent) {
      this.#unsent = pending;
      this.#stuckSince = now;
    } else if (now - this.#stuckSince > stuckAfter) this.#link.breakStall();
    return true;
  }

  /** Drops the waiting calls and answers: the link has ended. */
  close(): void {
    for (const kept of this.#calls ?? []) this.#waiting.dropKept(kept);
    this.#calls = undefined;
    for (const answer of this.#answers ?? []) answer();
    this.#answers = undefined;
    this.#link.node.deadlines.remove(this);
  }
}
