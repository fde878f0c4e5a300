/**
 * Collects the packets of one turn of the event loop and sends them as one message: receives packets from the parts of
 * a link, hands messages to the connection.
 */
import type { Compressor } from '../compression/compressor.js';
import { NetronError } from '../errors/netron-error.js';
import type { Connection } from '../transport/transport.js';
import { atTurnEnd, type TurnEnd } from '../util/turn-end.js';
import type { Limits } from '../wire/limits.js';
import { kinds } from '../wire/packets.js';
import { Writer } from '../wire/writer.js';
import type { BufferPool } from './buffer-pool.js';

/**
 * Bytes from which on a batch is sent at once instead of at the end of the turn, so that both ends work at the same
 * time. See PERFORMANCE, technique 2.
 */
const batchSize = 8 * 1024;

/** Bytes of announced chunks from which on they are sent at once: some leave together, and the other end does not wait. */
const bulkSize = 128 * 1024;

/** Small integers compare faster. */
const most = 2 ** 30;

const empty = new Uint8Array(0);

export class Outbox implements TurnEnd {
  /** Where packets are written, between `begin` and `commit`. */
  readonly writer: Writer;
  /** The connection has said "full": bulk senders wait for `drained`. */
  full = false;
  /** Goes up with each message sent; tells whether a packet written earlier is still here. */
  batch = 0;
  readonly #connection: Connection;
  readonly #pool: BufferPool;
  readonly #compressor: Compressor | undefined;
  /** A batch is sent from here on; half of what the other end takes is left for a packet without a value. */
  #batchBytes = batchSize;
  #batchElements = most;
  #mark = 0;
  #elements = 0;
  /** What the last packets of the batch announce: leaves behind it, uncopied. */
  #chunks: Uint8Array[] = [];
  #bulk = 0;
  #scheduled = false;
  #closed = false;

  constructor(connection: Connection, pool: BufferPool, compressor: Compressor | undefined) {
    this.#connection = connection;
    this.#pool = pool;
    this.#compressor = compressor;
    this.writer = new Writer(0);
    this.writer.buffers = pool;
  }

  /** What the other end accepts. */
  set limits(limits: Readonly<Limits>) {
    this.writer.limits = limits;
    this.#batchBytes = Math.min(batchSize, Math.floor(limits.message / 2));
    this.#batchElements = Math.min(most, Math.floor(limits.elements / 2));
  }

  /** Starts a packet. Follow with one `write…` and then `commit`, or `recover` when that threw. */
  begin(): void {
    // The other end gets the chunks of a batch after its packets, so packets that follow them are for the next.
    if (this.#bulk > 0) this.flush();
    this.#start();
  }

  /** Starts the packet that announces a chunk; end it with `commitRaw`. */
  beginRaw(): void {
    this.#start();
  }

  #start(): void {
    const { writer } = this;
    if (writer.buffer.length === 0) writer.reset(this.#pool.take());
    this.#mark = writer.position;
    this.#elements = writer.elements;
  }

  /** Ends a packet: it leaves with this turn's message. */
  commit(): void {
    const { writer } = this;
    if (writer.position >= this.#batchBytes || writer.elements >= this.#batchElements) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      atTurnEnd(this);
    }
  }

  /** Ends the packet that announces `chunk`, which becomes a message of its own: bulk data is never copied. */
  commitRaw(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bulk += chunk.length;
    if (this.#bulk >= bulkSize) this.flush();
    else this.commit();
  }

  endTurn(): void {
    this.#scheduled = false;
    this.flush();
  }

  /**
   * Takes back the packet that `begin` started, because writing it threw `error`.
   *
   * @returns `true` when the packets before it were in its way and have been sent: the caller tries again
   */
  recover(error: unknown): boolean {
    const { writer } = this;
    writer.position = this.#mark;
    writer.elements = this.#elements;
    if (this.#mark === 0 || !NetronError.is(error, 'resource_exhausted')) return false;
    this.flush();
    return true;
  }

  /** Sends what was collected. */
  flush(): void {
    const { writer } = this;
    const { position } = writer;
    if (position === 0) return;
    this.batch += 1;
    if (this.#closed) return this.#release();
    const batch = writer.buffer.subarray(0, position);
    const compressed = this.#compress(batch);
    if (this.#bulk > 0) this.#sendBulk(compressed ?? batch);
    else this.#send(compressed ?? batch);
    // The system has taken the bytes, or the connection holds on to the buffer until it does.
    if (compressed !== undefined || this.#connection.pending === 0) this.#release();
    else writer.reset(empty);
  }

  /** The batch and the chunks it announces, in one go. */
  #sendBulk(batch: Uint8Array): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bulk = 0;
    this.#connection.cork?.();
    this.#send(batch);
    for (const chunk of chunks) this.#send(chunk);
    this.#connection.uncork?.();
  }

  /** Bytes the system has not taken yet. */
  get pending(): number {
    return this.#connection.pending;
  }

  close(): void {
    this.#closed = true;
    this.#chunks = [];
    this.#bulk = 0;
    this.#release();
  }

  #send(message: Uint8Array): void {
    if (!this.#connection.send(message)) this.full = true;
  }

  #release(): void {
    const { writer } = this;
    if (writer.buffer.length > 0) this.#pool.give(writer.buffer);
    writer.reset(empty);
  }

  #compress(message: Uint8Array): Uint8Array | undefined {
    const compressor = this.#compressor;
    if (compressor === undefined || message.length < compressor.threshold) return undefined;
    const body = compressor.compress(message);
    if (body.length + 8 >= message.length) return undefined;
    const envelope = new Writer(body.length + 8);
    envelope.u8(kinds.compressed);
    envelope.varint(message.length);
    envelope.bytes(body);
    return envelope.buffer.subarray(0, envelope.position);
  }
}
