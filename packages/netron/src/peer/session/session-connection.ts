/**
 * A connection that outlives the loss of what carries it: receives messages of a link, hands them to the connection there
 * is, keeps them until the other end has them, and sends them again over the next one. The link above notices nothing.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CloseCode, Connection, ConnectionReceiver } from '../../transport/transport.js';
import type { Clock } from '../../util/clock.js';
import type { Scheduler } from '../../util/scheduler.js';
import { notTicking, type Ticker, type Ticking } from '../../util/ticker.js';
import { kinds } from '../../wire/packets.js';
import type { BufferPool } from '../link/buffer-pool.js';
import { ReplayBuffer } from './replay-buffer.js';

/** The other end is told what has arrived after so many messages or bytes, at the latest with the next look at the clock. */
const ackMessages = 32;
const ackBytes = 64 * 1024;

/** A message of at most so many bytes that begins with `ack` holds nothing else. */
const loneAck = 11;

/** Bounds of a session. */
export interface SessionBounds {
  /** Milliseconds that a lost connection may take to be replaced. */
  readonly window: number;
  /** Bytes that are kept for the other end before it says that it has them; then senders wait. */
  readonly buffer: number;
  /** Whether an address at which nobody listens any more ends it, instead of the window. Default `false`. */
  readonly endsWhenRefused?: boolean;
}

/** Parts of the node that its sessions share. */
export interface SessionNode {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly buffers: BufferPool;
  /** Looks after sessions that have to tell what has arrived. */
  readonly acks: Ticker;
  /** Counts what all sessions keep; returns whether it is within the bound. */
  keep(bytes: number): boolean;
}

/** Link above, as the session uses it. */
export interface SessionLink extends ConnectionReceiver {
  /** Tells the other end how many messages have arrived. */
  acknowledge(count: number): void;
}

export class SessionConnection implements Connection, Ticking {
  tickerPlace = notTicking;
  /** Called when the connection is lost and the session waits for the next. */
  interrupted: (reason: string) => void = () => {};
  /** Called once, with the first message that comes over a new connection. */
  confirmed: (() => void) | undefined;
  readonly #node: SessionNode;
  readonly #bounds: SessionBounds;
  readonly #replay: ReplayBuffer;
  #inner: Connection | undefined;
  #link: SessionLink | undefined;
  #address: string;
  #received = 0;
  /** Messages and bytes that came since the other end was told. */
  #untold = 0;
  #untoldBytes = 0;
  /** Looked after by the clock. */
  #watched = false;
  #paused = false;
  /** Enough is kept: it has to be less again. */
  #full = false;
  #innerFull = false;
  /** The link was told that there is no room. */
  #blocked = false;
  /** A loss ends it. */
  #final = false;
  #over = false;
  #timer: unknown;

  constructor(connection: Connection, node: SessionNode, bounds: SessionBounds) {
    this.#inner = connection;
    this.#address = connection.remoteAddress;
    this.#node = node;
    this.#bounds = bounds;
    this.#replay = new ReplayBuffer(node.buffers);
  }

  get remoteAddress(): string {
    return this.#inner?.remoteAddress ?? this.#address;
  }

  get certificate(): Connection['certificate'] {
    return this.#inner?.certificate;
  }

  get pending(): number {
    return this.#inner?.pending ?? this.#replay.bytes;
  }

  /** Whether it waits for the next connection. */
  get away(): boolean {
    return this.#inner === undefined && !this.#over;
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Messages that have arrived, from its beginning. */
  get received(): number {
    return this.#received;
  }

  /** Whether the other end can have received `count` messages, and this end has those that are missing. */
  covers(count: number): boolean {
    return !this.#over && !this.#final && this.#replay.covers(count);
  }

  /** Begins: `link` gets what arrives. Returns the receiver of the first connection. */
  begin(link: SessionLink): ConnectionReceiver {
    this.#link = link;
    return this.#receiverOf(this.#inner as Connection);
  }

  /** Not used: the handshake has started what carries the session. */
  start(): void {
    throw new TypeError('a session is started by its handshake');
  }

  /** Goes on over another connection. `covers` has said that it can. Returns the receiver of that connection. */
  goOn(connection: Connection, received: number): ConnectionReceiver {
    this.#node.clock.clearTimeout(this.#timer);
    const before = this.#replay.bytes;
    this.#replay.release(received);
    this.#node.keep(this.#replay.bytes - before);
    this.#inner = connection;
    this.#address = connection.remoteAddress;
    this.#innerFull = false;
    // Hello has said what has arrived.
    this.#told();
    if (this.#paused) connection.pause();
    connection.cork?.();
    for (const message of this.#replay.messages()) if (!connection.send(message)) this.#innerFull = true;
    connection.uncork?.();
    this.#relieve();
    return this.#receiverOf(connection);
  }

  /** Lets go of the connection, because the other end comes by another: nothing more arrives by this one. */
  detach(): void {
    if (this.#inner !== undefined) this.#lose('the other end has connected again');
  }

  /** From now on a loss ends it: another session has taken its place, or it could not be resumed as a whole. */
  forfeit(): void {
    this.#final = true;
    const { bytes } = this.#replay;
    this.#replay.clear();
    this.#node.keep(-bytes);
    if (this.#inner === undefined) this.fail('another session has taken its place');
    else this.#relieve();
  }

  /** Ends a session that waits for a connection. */
  fail(why: string): void {
    this.#end(
      new NetronError('unavailable', `the session could not be resumed: ${why}`, { details: { reason: 'resume_failed' } }),
    );
  }

  /** The other end has received `count` messages. @returns whether that can be */
  acknowledged(count: number): boolean {
    if (count > this.#replay.sent) return false;
    // Said again after a loss, or nothing is kept any more.
    if (this.#final || !this.#replay.covers(count)) return true;
    const { bytes } = this.#replay;
    this.#replay.release(count);
    this.#node.keep(this.#replay.bytes - bytes);
    this.#relieve();
    return true;
  }

  send(message: Uint8Array, lasting = false): boolean {
    if (this.#over) return true;
    if (this.#final) {
      this.#replay.sent += 1;
      if (this.#inner?.send(message) === false) {
        this.#innerFull = true;
        this.#blocked = true;
      }
      return !this.#blocked;
    }
    this.#replay.add(message, lasting);
    const within = this.#node.keep(message.length);
    if (this.#inner?.send(message) === false) this.#innerFull = true;
    const { bytes } = this.#replay;
    const { buffer } = this.#bounds;
    // Answers do not wait: an end that never says what it has gets them all the same, but they are not kept.
    if (!within || bytes > buffer * 2 + message.length) {
      this.forfeit();
    } else if (bytes >= buffer) this.#full = true;
    this.#blocked ||= this.#full || this.#innerFull;
    return !this.#blocked;
  }

  cork(): void {
    this.#inner?.cork?.();
  }

  uncork(): void {
    this.#inner?.uncork?.();
  }

  limitMessage(bytes: number): void {
    this.#inner?.limitMessage?.(bytes);
  }

  pause(): void {
    this.#paused = true;
    this.#inner?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#inner?.resume();
  }

  close(code?: CloseCode, reason?: string): void {
    if (this.#over) return;
    const inner = this.#inner;
    if (inner === undefined) return this.#endLater();
    this.#final = true;
    inner.close(code, reason);
  }

  /** Cuts the connection, as a pulled cable does: the session goes on over the next. */
  terminate(): void {
    if (!this.interrupt('the connection was cut off')) this.abandon();
  }

  /** Ends it at once. */
  abandon(): void {
    if (this.#over) return;
    const inner = this.#inner;
    this.#final = true;
    if (inner === undefined) this.#endLater();
    else inner.terminate();
  }

  /** The connection does not work any more. @returns whether the session goes on over the next */
  interrupt(reason: string): boolean {
    if (this.#over || this.#final) return false;
    if (this.#inner !== undefined) this.#lose(reason);
    return true;
  }

  /** Tells the other end what has arrived. */
  tick(): boolean {
    this.#watched = false;
    if (!this.#over && this.#untold > 0 && this.#inner !== undefined) this.#tell();
    return false;
  }

  #receiverOf(connection: Connection): ConnectionReceiver {
    const current = (): boolean => this.#inner === connection && !this.#over;
    return {
      message: (bytes) => {
        if (current()) this.#message(bytes);
      },
      drained: () => {
        if (!current()) return;
        this.#innerFull = false;
        this.#relieve();
      },
      closed: (error) => {
        if (current()) this.#closed(error);
      },
    };
  }

  #message(bytes: Uint8Array): void {
    this.#received += 1;
    if (this.confirmed !== undefined) {
      const { confirmed } = this;
      this.confirmed = undefined;
      confirmed();
    }
    const lone = bytes.length <= loneAck && ((bytes[0] as number) & 0x1f) === kinds.ack;
    const { length } = bytes;
    this.#link?.message(bytes);
    if (lone || this.#over || this.#final) return;
    this.#untold += 1;
    this.#untoldBytes += length;
    if (this.#untold >= ackMessages || this.#untoldBytes >= ackBytes) this.#tell();
    else if (!this.#watched) {
      this.#watched = true;
      this.#node.acks.add(this);
    }
  }

  #tell(): void {
    this.#told();
    this.#link?.acknowledge(this.#received);
  }

  #told(): void {
    this.#untold = 0;
    this.#untoldBytes = 0;
  }

  /** The other end has some of what was kept, or nothing is kept any more: senders that wait may go on. */
  #relieve(): void {
    if (this.#final || this.#replay.bytes < this.#bounds.buffer / 2) this.#full = false;
    if (!this.#blocked || this.#full || this.#innerFull) return;
    this.#blocked = false;
    // Never from inside of what the link does right now.
    this.#node.scheduler.nextTurn(() => {
      if (!this.#over && !this.#blocked) this.#link?.drained();
    });
  }

  #closed(error: Error | undefined): void {
    // A clean end is meant, and who breaks the rules has no session to go on with.
    if (error === undefined || this.#final || !NetronError.is(error, 'unavailable')) return this.#end(error);
    this.#lose(error.message);
  }

  #lose(reason: string): void {
    const inner = this.#inner;
    this.#inner = undefined;
    inner?.terminate();
    if (this.#final) return this.#end(new NetronError('unavailable', reason));
    const { window } = this.#bounds;
    this.#timer = this.#node.clock.setTimeout(() => this.fail(`no connection within ${window} ms: ${reason}`), window, true);
    this.interrupted(reason);
  }

  #endLater(): void {
    this.#final = true;
    this.#node.scheduler.nextTurn(() => this.#end(undefined));
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#node.clock.clearTimeout(this.#timer);
    this.#node.acks.remove(this);
    this.#inner = undefined;
    const { bytes } = this.#replay;
    this.#replay.clear();
    this.#node.keep(-bytes);
    this.#link?.closed(error);
  }
}
