/**
 * Collects the packets of one turn of the event loop and sends them as one message: receives packets from the parts of
 * a link, hands messages to the connection.
 *
 * One state machine, on the way of every packet: *between packets*; *writing* one, from `begin` to `commit` or `recover`;
 * *writing inside* of one, when reading its value makes the program write another; *closed*. Its state is the mark of the
 * packet, the batch before it and the chunks behind, which every transition touches.
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

/**
 * Bytes from which on a batch is sent at once instead of at the end of the turn, so that both ends work at the same
 * time.
 */
const batchSize = 8 * 1024;

/** The same for its packets and their elements: small ones take longer to handle than their bytes tell. */
const batchElements = 768;

/** Bytes of announced chunks from which on they are sent at once: some leave together, and the other end does not wait. */
const bulkSize = 128 * 1024;

const empty = new Uint8Array(0);

/** Handles in the values of a packet: given out while it is written, taken back when it is not sent. */
export interface PacketHandles {
  /** A packet is about to be written; streams in it are produced by `call`, or are arguments of a call of `target`. */
  begin(call?: CallContext, target?: CallName): void;
  /**
   * @param again it will be written once more: its streams are kept for that
   * @param error reason why it could not be written
   */
  rollback(again: boolean, error: unknown): void;
}

/** Members of the connection that an outbox uses. */
export type SendingConnection = Pick<Connection, 'cork' | 'pending' | 'send' | 'uncork'>;

export class Outbox implements TurnEnd {
  /** Writer of packets, between `begin` and `commit`. */
  writer: Writer;
  /**
   * A packet is being written. Reading its value may run code of the program; packets written by that, which have no values
   * of the program themselves, follow it. Whoever writes one with a value has to ask before.
   */
  writing = false;
  /** The connection has said "full": bulk senders wait for `drained`. */
  full = false;
  /** Handles in the values of packets. */
  handles: PacketHandles | undefined = undefined;
  /** They look at what is under way; see `watchLink`. */
  watchers: Watchers | undefined;
  readonly #connection: SendingConnection;
  readonly #pool: BufferPool;
  readonly #turnEnds: Pick<TurnEnds, 'add'>;
  readonly #compression: Compression | undefined;
  /** Makes the next; absent for ends that take no messages in parts. */
  readonly #makeParts: (() => OutgoingParts) | undefined;
  /** Long messages under way; absent until the first. */
  #parts: OutgoingParts | undefined;
  /** A batch is sent from here on; half of what the other end takes is left for a packet without a value. */
  #batchBytes = batchSize;
  /** The same, but 0 when something has to leave right behind the packet that is being written. */
  #sendFrom = batchSize;
  #batchElements = batchElements;
  #mark = 0;
  #elements = 0;
  /** Chunks that the last packets of the batch announce: sent behind it, without a copy. */
  #chunks: Uint8Array[] = [];
  #bulk = 0;
  /** Writer of the packet that is being written, while another is written inside of it. */
  #outer: Writer | undefined;
  /** Packets written inside of a packet; they follow it. */
  #inner: Uint8Array[] | undefined;
  #scheduled = false;
  #closed = false;

  /** @param makeParts called for the first long message, to ends that take them in parts */
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

  /** Limits that the other end accepts. */
  set limits(limits: Readonly<Limits>) {
    this.writer.limits = limits;
    this.#batchBytes = Math.min(batchSize, Math.floor(limits.message / 2));
    this.#sendFrom = this.#batchBytes;
    this.#batchElements = Math.min(batchElements, Math.floor(limits.elements / 2));
  }

  /** Starts a packet. Follow with one `write…` and then `commit`, or `recover` when that threw. */
  begin(): void {
    if (this.writing) return this.#beginInside();
    // The other end gets the chunks of a batch after its packets, so packets that follow them are for the next.
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

  /** Ends a packet: it leaves with this turn's message. */
  commit(): void {
    const { writer } = this;
    this.writing = false;
    if (writer.position >= this.#sendFrom || writer.elements >= this.#batchElements) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#turnEnds.add(this);
    }
  }

  /** Ends the packet that announces `chunk`, which becomes a message of its own: bulk data is never copied. */
  commitChunk(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bulk += chunk.length;
    this.writing = false;
    if (this.#bulk >= bulkSize) this.flush();
    else this.commit();
  }

  /**
   * Sends a packet that holds values of the program, in a message of its own when this one has no room left for it.
   *
   * @param call produces the streams in it; absent for values of this node's own calls
   * @param target of this node's own call
   * @returns its length in bytes
   * @throws what keeps it from being sent at all: nothing in it was given out then
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
      // A packet inside of another holds no handles.
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

  /** Whether the packet at `mark` has not left yet. */
  holds(mark: Mark): boolean {
    return mark.message === this.writer.message;
  }

  /** Adds a flag to the packet at `mark`, which has not left yet. */
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

  /** Sends what was thrown; when it cannot be sent, only that there was something. */
  failure(write: (writer: Writer, id: number, error: unknown) => void, id: number, thrown: unknown): void {
    try {
      this.send(write, id, sanitizeThrown(thrown));
    } catch {
      this.send(write, id, new NetronError('internal', 'the error could not be sent'));
    }
  }

  endTurn(): void {
    this.#scheduled = false;
    // Left behind by what nobody expected to throw: half a packet is none.
    if (this.writing) this.recover(undefined);
    this.flush();
  }

  /**
   * Takes back the packet that `begin` started, because writing it threw `error`.
   *
   * @returns `true` when the packets before it were in its way and have been sent: the caller tries again
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

  /** Sends what was collected. */
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

  /** The link ends while a packet is being written: those before it are sent, and it is not. */
  #flushOuter(): void {
    if (this.#mark > 0 && !this.#closed) this.#send(this.writer.buffer.slice(0, this.#mark));
  }

  /** @param copied whether the connection gets a copy: it would keep a whole buffer for a few bytes */
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
    // The system has taken the bytes, or the connection holds on to the buffer until it does.
    if (copied || smaller !== undefined || this.#connection.pending === 0) this.#release();
    else writer.reset(empty);
  }

  /** The packets before a long one, and that one in parts. */
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
    // Parts that have not left, and a connection that has not sent everything, hold on to the buffer.
    if (!parts.sending && this.#connection.pending === 0) this.#pool.give(buffer);
  }

  /** Goes up with each message that is sent in parts, between which others may go. */
  get long(): number {
    return this.#parts?.count ?? 0;
  }

  /** Runs `action` when the long messages that are being sent now have left; at once when there are none. */
  behind(action: () => void): void {
    if (this.#parts === undefined) action();
    else this.#parts.behind(action);
  }

  /** The connection has room again. Others that wait for it come first, then call `sendParts`. */
  drained(): void {
    this.full = this.#parts?.crowded === true;
  }

  /** Goes on with long messages. */
  sendParts(): void {
    const parts = this.#parts;
    if (parts === undefined || !parts.sending) return;
    if (!parts.pump() || parts.crowded) this.full = true;
  }

  /** The batch and the chunks it announces, in one go. */
  #sendBulk(batch: Uint8Array): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bulk = 0;
    this.#connection.cork?.();
    this.#send(batch);
    for (const chunk of chunks) this.#send(chunk, true);
    this.#connection.uncork?.();
  }

  /** Bytes the system has not taken yet. */
  get pending(): number {
    const { pending } = this.#connection;
    return this.#parts === undefined ? pending : pending + this.#parts.bytes;
  }

  /** The same, without those of the longest message that is being sent in parts. */
  get backlog(): number {
    const { pending } = this.#connection;
    return this.#parts === undefined ? pending : pending + this.#parts.excess;
  }

  /** Of these, bytes of long messages that could not be sent between others. */
  get solid(): number {
    return this.#parts?.solid ?? 0;
  }

  /** Sends everything, whether there is room or not: the connection is about to be closed. */
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
    // Whoever writes right now still does so into the buffer.
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
