/**
 * Calls and answers that wait while the other end does not take what it was sent: receives them from the incoming calls,
 * and hands them back in order when it does. What waits counts in bytes, for the gate that ends reading.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { Fifo } from '../../util/fifo.js';
import { notTicking, type Ticking } from '../../util/ticker.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';

/** Milliseconds after which two ends that wait for each other are told from a slow one. */
const stuckAfter = 2_000;

/** Members of the link that its backlog uses. */
export interface BackloggedLink {
  readonly node: Pick<NodeBasis, 'deadlines'>;
  readonly outbox: Pick<Outbox, 'full' | 'pending'>;
  /** Whether the other end has to read before it gets more answers. */
  stalled(): boolean;
  /** Bytes of memory that the call just read takes; `undefined` when it cannot wait. */
  cost(): number | undefined;
  /** Reads on although the other end does not, and refuses its calls. */
  breakStall(): void;
  /** A call that waited begins: its bytes are free again. */
  begun(cost: number): void;
}

/** Returns the error of a call that nothing is left for. */
export function tooManyWait(): NetronError {
  const text = 'too many calls wait until their caller takes its answers';
  return new NetronError('resource_exhausted', text, { retryAfterMs: 1_000 });
}

/** A call that has not begun. */
export interface KeptCall {
  readonly call: CallContext;
  readonly cost: number;
  /** Hands over what later calls have named already. */
  readonly name: ((result: unknown) => void) | undefined;
}

/** Calls that begin when they have waited. */
export interface WaitingCalls {
  beginKept(kept: KeptCall): void;
  dropKept(kept: KeptCall): void;
}

export class Backlog implements Ticking {
  tickerPlace = notTicking;
  /** Bytes of calls that have not begun. */
  bytes = 0;
  readonly #link: BackloggedLink;
  readonly #waiting: WaitingCalls;
  /** Absent while none waits. */
  #calls: Fifo<KeptCall> | undefined;
  /** Answers of calls that have ended meanwhile. */
  #answers: Fifo<() => void> | undefined;
  /** Number of unsent bytes at the last change, and its time. */
  #unsent = 0;
  #stuckSince = 0;

  constructor(link: BackloggedLink, waiting: WaitingCalls) {
    this.#link = link;
    this.#waiting = waiting;
  }

  /** Calls that have not begun. */
  get calls(): number {
    return this.#calls?.size ?? 0;
  }

  /** Answers that wait until those before are taken. */
  get answers(): number {
    return this.#answers?.size ?? 0;
  }

  /** Whether the other end has to take what it was sent before it gets more answers. */
  get stalled(): boolean {
    return this.#link.outbox.full && this.#link.stalled();
  }

  /** Whether a call has to wait. */
  get waits(): boolean {
    return this.#calls !== undefined || this.stalled;
  }

  /** Returns the bytes that the call just read counts for; `undefined` when it cannot wait. */
  cost(): number | undefined {
    return this.#link.cost();
  }

  /** Lets a call wait. */
  keep(kept: KeptCall): void {
    this.#link.node.deadlines.add(this);
    this.bytes += kept.cost;
    if (this.#calls === undefined) this.#unsent = -1;
    this.#calls ??= new Fifo();
    this.#calls.push(kept);
  }

  /** Lets an answer wait: a function that sends it. */
  keepAnswer(answer: () => void): void {
    this.#answers ??= new Fifo();
    this.#answers.push(answer);
  }

  /** The other end takes answers again: those that wait are sent, then calls begin in the order they came in. */
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

  /** The link has ended: calls never begin, answers go to nobody. */
  close(): void {
    for (const kept of this.#calls ?? []) this.#waiting.dropKept(kept);
    this.#calls = undefined;
    for (const answer of this.#answers ?? []) answer();
    this.#answers = undefined;
    this.#link.node.deadlines.remove(this);
  }
}
