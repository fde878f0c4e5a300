/**
 * Collects the packets of one turn of the event loop and sends them as one message.
 *
 * One state machine for every packet: *between packets*; *writing* one, from `begin` to `commit` or `recover`; *writing inside* of one,
 * when reading its value makes the program write another; *closed*. Its state is the mark of the packet, the batch before it and the chunks
 * after it, which every transition touches.
 */
import { copyOf } from '#platform';
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import type { Connection } from '../../transport/transport.js';
import type { TurnEnd, TurnEnds } from '../../util/turn-end.js';
import type { Watchers } from '../../util/watchers.js';
import { type Limits, partSize } from '../../wire/limits.js';
import { type Mark, Writer } from '../../wire/writer.js';
import type { CallName } from '../calls/callee.js';
import type { BufferPool } from './buffer-pool.js';
import type { Compression } from './compression.js';
import type { OutgoingParts } from './outgoing-parts.js';
import { sanitizeThrown } from './sanitize-thrown.js';

/** Bytes at which a batch is sent at once instead of at the end of the turn, so that both ends work at the same time. */
const batchSize = 8 * 1024;

/** The same limit for packets and their elements: small ones take longer to handle than their bytes suggest. */
const batchElements = 768;

/** Bytes of announced chunks at which they are sent at once: some are combined, and the other end need not wait. */
const bulkSize = 128 * 1024;

const empty = new Uint8Array(0);

/** Handles in the values of a packet: assigned while it is written, and taken back when it is not sent. */
export interface PacketHandles {
  /** Starts a packet; streams in it are produced by `call`, or are arguments of a call of `target`. */
  begin(call?: CallContext, target?: CallName): void;
  /**
   * @param again whether the packet will be written again, so that its streams are kept
   * @param error reason why it could not be written
   */
  rollback(again: boolean, error: unknown): void;
}

/** The members of the connection that an outbox uses. */
export type SendingConnection = Pick<Connection, 'cork' | 'pending' | 'send' | 'uncork'>;

export class Outbox implements TurnEnd {
  /** Writer of packets, used between `begin` and `commit`. */
  writer: Writer;
  /**
   * Whether a packet is being written. Reading its value may run code of the program. Packets that this code writes follow it, if they
   * have no values of the program; code that writes one with a value must check this flag first.
   */
  writing = false;
  /** Whether the connection has reported that it is full: bulk senders wait for `drained`. */
  full = false;
  /** Handles in the values of packets. */
  handles: PacketHandles | undefined = undefined;
  /** Watchers of pending work; see `watchLink`. */
  watchers: Watchers | undefined;
  readonly #connection: SendingConnection;
  readonly #pool: BufferPool;
  readonly #turnEnds: Pick<TurnEnds, 'add'>;
  readonly #compression: Compression | undefined;
  /** Creates the sender of messages in parts; absent when the other end does not accept them. */
  readonly #makeParts: (() => OutgoingParts) | undefined;
  /** Long messages in progress; absent until the first. */
  #parts: OutgoingParts | undefined;
  /** Length at which a batch is sent. Half of the longest message is left for a packet without a value. */
  #batchBytes = batchSize;
  /** The same, or 0 when a message must be sent right after the packet that is being written. */
  #sendFrom = batchSize;
  #batchElements = batchElements;
  #mark = 0;
  #elements = 0;
  /** Chunks announced by the last packets of the batch; sent after it, without a copy. */
  #chunks: Uint8Array[] = [];
  #bulk = 0;
  /** Writer of the packet that is being written, while another is written inside of it. */
  #outer: Writer | undefined;
  /** Packets written inside of another packet; they follow it. */
  #inner: Uint8Array[] | undefined;
  #scheduled = false;
  #closed = false;

  /** @param makeParts called for the first long message, when the other end accepts messages in parts */
  constructor(
    connection: SendingConnection,
    pool: BufferPool,
    turnEnds: Pick<TurnEnds, 'add'>,
    compression: Compression | undefined,
    makeParts: (() => OutgoingParts) | undefined,
  ) {
    this.#connection = connection;
    this.#pool = pool;
    this.#turnEnds = turnEnds;
    this.#compression = compression;
    this.#makeParts = makeParts;
    this.writer = new Writer(0);
    this.writer.buffers = pool;
  }

  /** Sets the limits that the other end accepts. */
  set limits(limits: Readonly<Limits>) {
    this.writer.limits = limits;
    this.#batchBytes = Math.min(batchSize, Math.floor(limits.message / 2));
    this.#sendFrom = this.#batchBytes;
    this.#batchElements = Math.min(batchElements, Math.floor(limits.elements / 2));
  }

  /** Starts a packet. Call one `write…` function next, and then `commit`, or `recover` when it threw. */
  begin(): void {
    if (this.writing) return this.#beginInside();
    // The other end receives the chunks of a batch after its packets, so that later packets belong to the next batch.
    if (this.#bulk > 0) this.flush();
    this.#start();
  }

  /** Starts the packet that announces a chunk; end it with `commitChunk`. */
  beginChunk(): void {
    this.#start();
  }

  #start(): void {
    const { writer } = this;
    if (writer.buffer.length === 0) writer.reset(this.#pool.take());
    this.#mark = writer.position;
    this.#elements = writer.elements;
    this.writing = true;
  }

  #beginInside(): void {
    this.#outer = this.writer;
    const { limits, features, values } = this.writer;
    this.writer = Object.assign(new Writer(64, limits), { features, values });
    this.#sendFrom = 0;
  }

  #commitInside(outer: Writer): void {
    const { writer } = this;
    this.#inner ??= [];
    this.#inner.push(writer.buffer.subarray(0, writer.position));
    this.#leaveInside(outer);
  }

  #leaveInside(outer: Writer): void {
    this.writer = outer;
    this.#outer = undefined;
    this.writing = true;
  }

  /** Ends a packet, which is sent with the message of this turn. */
  commit(): void {
    const { writer } = this;
    this.writing = false;
    if (writer.position >= this.#sendFrom || writer.elements >= this.#batchElements) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#turnEnds.add(this);
    }
  }

  /** Ends the packet that announces `chunk`. The chunk becomes a message of its own, since bulk data is never copied. */
  commitChunk(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bulk += chunk.length;
    this.writing = false;
    if (this.#bulk >= bulkSize) this.flush();
    else this.commit();
  }

  /**
   * Sends a packet that contains values of the program, as a message of its own when the present batch has no room for it.
   *
   * @param call produces the streams in it; absent for values of this node's own calls
   * @param target of this node's own call
   * @returns its length in bytes
   * @throws the reason why it cannot be sent: all handles in it have been taken back
   */
  send<A, B>(
    write: (writer: Writer, first: A, second: B) => void,
    first: A,
    second: B,
    call?: CallContext,
    target?: CallName,
  ): number {
    for (;;) {
      this.begin();
      // A packet inside of another has no handles.
      const handles = this.#outer === undefined ? this.handles : undefined;
      handles?.begin(call, target);
      try {
        write(this.writer, first, second);
        break;
      } catch (error) {
        const again = this.recover(error);
        handles?.rollback(again, error);
        if (!again) throw error;
      }
    }
    const length = this.writer.position - this.#mark;
    this.commit();
    return length;
  }

  /** Whether the packet at `mark` has not been sent yet. */
  holds(mark: Mark): boolean {
    return mark.message === this.writer.message;
  }

  /** Adds a flag to the packet at `mark`, which has not been sent yet. */
  amend({ position }: Mark, flag: number): void {
    const { buffer } = this.writer;
    buffer[position] = (buffer[position] as number) | flag;
  }

  /** Sends a packet so short that half a message has room for it. */
  packet<T>(write: (writer: Writer, first: T, second: number) => void, first: T, second = 0): void {
    this.begin();
    write(this.writer, first, second);
    this.commit();
  }

  /** Sends a thrown value; when it cannot be encoded, sends only that there was an error. */
  failure(write: (writer: Writer, id: number, error: unknown) => void, id: number, thrown: unknown): void {
    try {
      this.send(write, id, sanitizeThrown(thrown));
    } catch {
      this.send(write, id, new NetronError('internal', 'the error could not be sent'));
    }
  }

  endTurn(): void {
    this.#scheduled = false;
    // An unexpected error has left a packet incomplete: discard it.
    if (this.writing) this.recover(undefined);
    this.flush();
  }

  /**
   * Takes back the packet that `begin` started, because writing it threw `error`.
   *
   * @returns `true` when it lacked room and the packets before it have been sent: the caller tries again
   */
  recover(error: unknown): boolean {
    if (this.#outer !== undefined) {
      this.#leaveInside(this.#outer);
      return false;
    }
    const { writer } = this;
    this.writing = false;
    writer.rewind(this.#mark, this.#elements);
    if (this.#mark === 0) writer.costly = 0;
    const again = this.#mark > 0 && NetronError.is(error, 'resource_exhausted');
    if (again || this.#inner !== undefined) this.flush();
    return again;
  }

  /** Sends the collected packets. */
  flush(): void {
    this.watchers?.changed();
    if (this.#outer !== undefined) return this.#commitInside(this.#outer);
    if (this.writing) this.#flushOuter();
    else this.#flushBatch(false);
    if (this.#inner === undefined) return;
    const inner = this.#inner;
    this.#inner = undefined;
    this.#sendFrom = this.#batchBytes;
    if (!this.#closed) for (const packet of inner) this.#send(packet);
  }

  /** Sends the packets before one that is being written, and drops that one: the link has ended. */
  #flushOuter(): void {
    if (this.#mark > 0 && !this.#closed) this.#send(this.writer.buffer.slice(0, this.#mark));
  }

  /** @param copied whether the connection gets a copy, since it would otherwise keep a whole buffer for a few bytes */
  #flushBatch(copied: boolean): void {
    const { writer } = this;
    const { position } = writer;
    if (position === 0) return;
    if (this.#closed) return this.#release();
    if (position - this.#mark > partSize && this.#makeParts !== undefined) {
      this.#parts ??= this.#makeParts();
      return this.#sendLong(this.#parts);
    }
    const batch = copied ? copyOf(writer.buffer, 0, position) : writer.buffer.subarray(0, position);
    const smaller = this.#compression?.compress(batch);
    if (this.#bulk > 0) this.#sendBulk(smaller ?? batch);
    else this.#send(smaller ?? batch);
    // The system has taken the bytes; otherwise the connection uses the buffer until it does.
    if (copied || smaller !== undefined || this.#connection.pending === 0) this.#release();
    else writer.reset(empty);
  }

  /** Sends the packets before a long one, and the long one in parts. */
  #sendLong(parts: OutgoingParts): void {
    const { writer } = this;
    const { buffer, position, tied } = writer;
    const mark = this.#mark;
    this.#mark = 0;
    if (mark > 0) {
      const before = buffer.slice(0, mark);
      this.#send(this.#compression?.compress(before) ?? before);
    }
    const packet = buffer.subarray(mark, position);
    writer.reset(empty);
    if (!parts.send(packet, this.#compression?.compress(packet) ?? packet, tied, this.full)) this.full = true;
    // The buffer is still used by parts that wait, or by a connection that has not sent everything.
    if (!parts.sending && this.#connection.pending === 0) this.#pool.give(buffer);
  }

  /** Increases with each message that is sent in parts, which others may overtake. */
  get long(): number {
    return this.#parts?.count ?? 0;
  }

  /** Runs `action` when the long messages in progress have been sent; at once when there are none. */
  behind(action: () => void): void {
    if (this.#parts === undefined) action();
    else this.#parts.behind(action);
  }

  /** Continues when the connection has room again. Other senders that wait for it come first and then call `sendParts`. */
  drained(): void {
    this.full = this.#parts?.crowded === true;
  }

  /** Continues sending long messages. */
  sendParts(): void {
    const parts = this.#parts;
    if (parts === undefined || !parts.sending) return;
    if (!parts.pump() || parts.crowded) this.full = true;
  }

  /** Sends the batch and the chunks that it announces in one go. */
  #sendBulk(batch: Uint8Array): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bulk = 0;
    this.#connection.cork?.();
    this.#send(batch);
    for (const chunk of chunks) this.#send(chunk, true);
    this.#connection.uncork?.();
  }

  /** Bytes that the system has not taken yet. */
  get pending(): number {
    const { pending } = this.#connection;
    return this.#parts === undefined ? pending : pending + this.#parts.bytes;
  }

  /** The same, without the bytes of the longest message that is being sent in parts. */
  get backlog(): number {
    const { pending } = this.#connection;
    return this.#parts === undefined ? pending : pending + this.#parts.excess;
  }

  /** The part of these bytes that belongs to long messages which others could not overtake. */
  get solid(): number {
    return this.#parts?.solid ?? 0;
  }

  /** Sends everything regardless of room: the connection is about to close. */
  flushAll(): void {
    if (!this.writing) this.#flushBatch(true);
    this.flush();
    this.#parts?.flush();
  }

  close(): void {
    this.#closed = true;
    this.#parts?.close();
    this.#chunks = [];
    this.#bulk = 0;
    this.#inner = undefined;
    this.watchers?.changed();
    // A packet being written still uses the buffer.
    if (!this.writing) this.#release();
  }

  #send(message: Uint8Array, lasting = false): void {
    if (!this.#connection.send(message, lasting)) this.full = true;
  }

  #release(): void {
    const { writer } = this;
    if (writer.buffer.length > 0) this.#pool.give(writer.buffer);
    writer.reset(empty);
  }
}
