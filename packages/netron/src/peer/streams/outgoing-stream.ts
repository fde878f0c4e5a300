/** One sent stream: passes items from its source to the outbox, as far as the consumer has given credit and the connection has room. */
import { asInternal } from '../../errors/as-internal.js';
import { NetronError } from '../../errors/netron-error.js';
import { runInCall } from '../../service/call/running-call.js';
import { discardStreams, type Step, type StreamSource } from '../../service/call/stream-source.js';
import type { Clock } from '../../util/clock.js';
import { Fifo } from '../../util/fifo.js';
import type { InFlight } from '../../util/in-flight.js';
import { checkedStep } from '../../util/iterate.js';
import { type Limits, partSize } from '../../wire/limits.js';
import { writeBytes, writeEnd, writeFail, writeItem, writeRaw, writeReturn } from '../../wire/packets.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { CallName } from '../calls/callee.js';
import type { Outbox } from '../link/outbox.js';
import { initialCredit } from './credit-window.js';

/** Cost of an item in addition to its bytes. Part of the protocol: it also bounds an endless run of tiny items. */
export const itemCost = 16;

/** Most waiting steps of one stream. */
const maxSteps = 1_000;

/** Longer chunks are split, so that calls can pass between them. */
const maxChunk = 64 * 1024;

/** Shorter chunks are copied next to other packets; longer ones are sent as messages of their own, without a copy. */
const inlineChunk = 4 * 1024;

/** The members of the link that outgoing streams use. */
export interface ProducingLink {
  readonly node: {
    readonly limits: Pick<Limits, 'streams'>;
    readonly clock: Pick<Clock, 'now'>;
    readonly inFlight: Pick<InFlight, 'add' | 'delete'>;
  };
  readonly owner: { readonly id: string };
  readonly outbox: Outbox;
  /** Limits that the other end accepts. */
  readonly accepted: Readonly<Limits>;
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

export class OutgoingStream {
  readonly id: number;
  /** The call whose result or argument contains it. */
  readonly target: CallName | undefined;
  readonly source: StreamSource;
  readonly #link: ProducingLink;
  /** Notes the end; returns whether it was the last stream of its call. */
  readonly #onEnd: (error: unknown) => boolean;
  readonly #onNext = (step: unknown): void => {
    try {
      this.#step(step);
    } catch (error) {
      // The source returned something that is not an iterator result.
      this.#fail(error);
      this.#close();
    }
  };
  readonly #onError = (error: unknown): void => this.#fail(error);
  /** Time of its opening, in milliseconds on the monotonic clock. */
  readonly opened: number;
  /** Bytes sent. */
  sent = 0;
  readonly #report = (error: unknown): void => this.#link.reportError(error);
  #credit = initialCredit;
  /** The unsent rest of a long chunk. */
  #rest: Uint8Array | undefined;
  #reading = false;
  #ended = false;
  /** Steps that the consumer has requested; absent for streams that are sent ahead. */
  readonly #steps: Fifo<Step> | undefined;

  constructor(
    id: number,
    target: CallName | undefined,
    source: StreamSource,
    link: ProducingLink,
    onEnd: (error: unknown) => boolean,
  ) {
    this.id = id;
    this.target = target;
    this.source = source;
    this.#link = link;
    this.opened = link.node.clock.now();
    this.#onEnd = onEnd;
    this.#steps = source.kind === 'steps' ? new Fifo() : undefined;
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.pull();
  }

  /** Sends what credit and room allow, then asks the source for more. */
  pull(): void {
    while (!this.#ended && !this.#reading && this.#credit > 0 && !this.#link.outbox.full) {
      if (this.#rest !== undefined) this.#sendChunk(this.#rest);
      else if (this.#steps?.size === 0) return;
      else this.#read();
    }
  }

  /**
   * Handles a request for the next item of a generator that the consumer steps through.
   *
   * @throws NetronError `resource_exhausted` when too many steps wait, `failed_precondition` for a stream that is sent ahead
   */
  step(step: Step): void {
    if (this.#steps === undefined) throw new NetronError('failed_precondition', 'the stream does not run in steps');
    if (this.#steps.size >= maxSteps)
      throw new NetronError('resource_exhausted', `${maxSteps} steps of a stream are already waiting`);
    this.#steps.push(step);
    this.pull();
  }

  /** Closes the source; nothing more is sent. */
  stop(reason: string): void {
    if (this.#ended) return;
    if (this.#end()) this.source.call?.abort(new NetronError('canceled', reason));
    this.#close();
  }

  /** Fails the stream for the consumer with `error`. */
  revoke(error: NetronError): void {
    if (this.#ended) return;
    this.#fail(error);
    this.#close();
  }

  /** Releases the source unused: the packet that announces the stream is written again. */
  withdraw(): void {
    this.#ended = true;
    this.#onEnd(undefined);
  }

  #read(): void {
    const { source } = this;
    const { call } = source;
    this.#reading = true;
    try {
      const wanted = this.#steps?.shift();
      const go = wanted === undefined ? next : (from: StreamSource) => from.step(wanted);
      const step = call === undefined ? go(source) : runInCall(call, go, source);
      if (step instanceof Promise) step.then(this.#onNext, this.#onError);
      else Promise.resolve(step).then(this.#onNext, this.#onError);
    } catch (error) {
      this.#fail(error);
    }
  }

  #step(given: unknown): void {
    this.#reading = false;
    const step = checkedStep(given);
    // The item was requested before the consumer left: it is discarded.
    if (this.#ended) return discardStreams(step.value, this.#report);
    if (step.done === true) return this.#finish(step.value);
    if (step.value instanceof Uint8Array) this.#sendChunk(step.value);
    else this.#sendItem(step.value);
    this.pull();
  }

  /** Ends the stream. The return value of a generator is sent to peers that support it. */
  #finish(value: unknown): void {
    const { outbox } = this.#link;
    this.#end();
    if (value === undefined || (outbox.writer.features & valueFeatures.values) === 0) {
      discardStreams(value, this.#report);
      return outbox.packet(writeEnd, this.id);
    }
    try {
      outbox.send(writeReturn, this.id, value, undefined, this.target);
    } catch (error) {
      discardStreams(value, this.#report);
      outbox.failure(writeFail, this.id, this.#unwritable(error));
    }
  }

  #sendChunk(chunk: Uint8Array): void {
    const { accepted, outbox } = this.#link;
    const { message } = accepted;
    const most = Math.min(maxChunk, message);
    const piece = chunk.length > most ? chunk.subarray(0, most) : chunk;
    this.#rest = chunk.length > most ? chunk.subarray(most) : undefined;
    this.#credit -= piece.length + itemCost;
    this.sent += piece.length;
    // Half a message always has room, see `Outbox`.
    if (piece.length <= Math.min(inlineChunk, message / 4)) {
      outbox.begin();
      writeBytes(outbox.writer, this.id, piece);
      outbox.commit();
    } else {
      outbox.beginChunk();
      writeRaw(outbox.writer, this.id, piece.length);
      outbox.commitChunk(piece);
    }
  }

  #sendItem(value: unknown): void {
    try {
      const length = this.#link.outbox.send(writeItem, this.id, value, undefined, this.target);
      this.#credit -= length + itemCost;
      this.sent += length;
      if (length > partSize) this.#wait();
    } catch (error) {
      discardStreams(value, this.#report);
      this.#fail(this.#unwritable(error));
      this.#close();
    }
  }

  /** Returns the error for the consumer: `internal` when a method produces the items, since its caller is not at fault. */
  #unwritable(error: unknown): unknown {
    return this.source.call === undefined ? error : asInternal(error, 'invalid_argument');
  }

  /** A long item may be sent in parts, and later packets must not overtake it. */
  #wait(): void {
    this.#reading = true;
    this.#link.outbox.behind(() => {
      this.#reading = false;
      this.pull();
    });
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end(error);
    this.#link.outbox.failure(writeFail, this.id, error);
  }

  #close(): void {
    this.source.close();
  }

  /** @returns whether its call has no streams left */
  #end(error?: unknown): boolean {
    this.#ended = true;
    this.#rest = undefined;
    const last = this.#onEnd(error);
    if (last) this.source.call?.release();
    return last;
  }
}

function next(source: StreamSource): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
  return source.next();
}
