/**
 * A connection that survives the loss of its transport connection: keeps the messages of a link until the other end has received them,
 * and sends them again over the next connection. The link above is not aware of it.
 *
 * One state machine: *carried* by a connection, *away* until the next one arrives or its time is over, and *over*.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CloseCode, Connection, ConnectionReceiver } from '../../transport/transport.js';
import { Arrivals, type ArrivingSession } from './arrivals.js';
import { ReplayBuffer } from './replay-buffer.js';
import { notResumed } from './resume-failed.js';
import type { SessionBounds } from './session-bounds.js';
import type { SessionNode } from './session-node.js';
import { type CarriedSession, SessionReceiver } from './session-receiver.js';

const nobody = (): void => {};

/** The link above, as the session uses it. */
export interface SessionLink extends ConnectionReceiver {
  /** Tells the other end how many messages have arrived. */
  acknowledge(count: number): void;
}

export class SessionConnection implements Connection, ArrivingSession, CarriedSession {
  /** Called when the connection is lost and the session waits for the next one. */
  interrupted: (reason: string) => void = nobody;
  /** Called once, with the first message over a new connection. */
  confirmed: (() => void) | undefined;
  readonly #node: SessionNode;
  readonly #bounds: SessionBounds;
  readonly #replay: ReplayBuffer;
  #inner: Connection | undefined;
  #link: SessionLink | undefined;
  #address: string;
  readonly #arrivals: Arrivals;
  #paused = false;
  /** Whether the buffer is full. */
  #full = false;
  #innerFull = false;
  /** Whether `send` has reported to the link that there is no room. */
  #blocked = false;
  /** Whether a loss ends the session. */
  #final = false;
  #over = false;
  #timer: unknown;

  constructor(connection: Connection, node: SessionNode, bounds: SessionBounds) {
    this.#inner = connection;
    this.#address = connection.remoteAddress;
    this.#node = node;
    this.#bounds = bounds;
    this.#replay = new ReplayBuffer(node.buffers);
    this.#arrivals = new Arrivals(node.acks, this);
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

  /** Whether a connection carries it. */
  get carried(): boolean {
    return this.#inner !== undefined && !this.#over;
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Number of messages received since its start. */
  get received(): number {
    return this.#arrivals.count;
  }

  /** Whether the other end can have received `count` messages, and this end still has the missing ones. */
  covers(count: number): boolean {
    return !this.#over && !this.#final && this.#replay.covers(count);
  }

  /**
   * Starts the session for `link`. Returns the receiver of the first connection.
   *
   * @param kept bytes that the other end keeps; `undefined` when it has not sent that
   */
  begin(link: SessionLink, kept?: number): ConnectionReceiver {
    this.#link = link;
    if (kept !== undefined) this.#arrivals.otherKeeps(kept);
    return new SessionReceiver(this, this.#inner as Connection);
  }

  /** Does nothing: the handshake has started the connection. */
  start(): void {
    throw new TypeError('a session must be started by its handshake');
  }

  /** Continues over another connection; the caller has checked it with `covers`. Returns the receiver of that connection. */
  goOn(connection: Connection, received: number): ConnectionReceiver {
    this.#node.clock.clearTimeout(this.#timer);
    const before = this.#replay.bytes;
    this.#replay.release(received);
    this.#node.keep(this.#replay.bytes - before);
    this.#inner = connection;
    this.#address = connection.remoteAddress;
    this.#innerFull = false;
    // The hello has acknowledged everything received.
    this.#arrivals.acknowledged();
    if (this.#paused) connection.pause();
    connection.cork?.();
    for (const message of this.#replay.messages()) if (!connection.send(message)) this.#innerFull = true;
    connection.uncork?.();
    this.#checkRoom();
    return new SessionReceiver(this, connection);
  }

  /** Drops the connection, because the other end uses another one: nothing more is received from it. */
  detach(): void {
    if (this.#inner !== undefined) this.#lose('the other end has reconnected');
  }

  /** From now on, a loss ends the session: another one has taken its place, or it could not be resumed completely. */
  forfeit(): void {
    this.#final = true;
    const { bytes } = this.#replay;
    this.#replay.clear();
    this.#node.keep(-bytes);
    if (this.#inner === undefined) this.fail('another session has replaced it');
    else this.#checkRoom();
  }

  /** Ends a session that waits for a connection. */
  fail(why: string): void {
    this.#end(notResumed(why));
  }

  /** Tells the other end how many messages have arrived. */
  acknowledge(count: number): void {
    this.#link?.acknowledge(count);
  }

  /** Handles an acknowledgment of `count` messages. @returns whether it is possible */
  acknowledged(count: number): boolean {
    if (count > this.#replay.sent) return false;
    // The count was repeated after a loss, or nothing is kept any more.
    if (this.#final || !this.#replay.covers(count)) return true;
    const { bytes } = this.#replay;
    this.#replay.release(count);
    this.#node.keep(this.#replay.bytes - bytes);
    this.#checkRoom();
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
    // Answers do not wait: an end that never acknowledges still receives them, but they are not kept.
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

  /** Cuts the connection like a pulled cable: the session continues over the next one. */
  terminate(): void {
    if (!this.interrupt('the connection was cut off')) this.abandon();
  }

  /** Ends the session at once. */
  abandon(): void {
    if (this.#over) return;
    const inner = this.#inner;
    this.#final = true;
    if (inner === undefined) this.#endLater();
    else inner.terminate();
  }

  /** Handles a broken connection. @returns whether the session continues over the next one */
  interrupt(reason: string): boolean {
    if (this.#over || this.#final) return false;
    if (this.#inner !== undefined) this.#lose(reason);
    return true;
  }

  carriedBy(connection: Connection): boolean {
    return this.#inner === connection && !this.#over;
  }

  drained(): void {
    this.#innerFull = false;
    this.#checkRoom();
  }

  arrived(bytes: Uint8Array): void {
    // Evaluated first: the link may pass the bytes on.
    const unacknowledged = this.#arrivals.arrived(bytes);
    if (this.confirmed !== undefined) {
      const { confirmed } = this;
      this.confirmed = undefined;
      confirmed();
    }
    this.#link?.message(bytes);
    if (!this.#over && !this.#final) this.#arrivals.add(unacknowledged);
  }

  /** Lets waiting senders continue: part of the buffer was acknowledged, or nothing is kept any more. */
  #checkRoom(): void {
    if (this.#final || this.#replay.bytes < this.#bounds.buffer / 2) this.#full = false;
    if (!this.#blocked || this.#full || this.#innerFull) return;
    this.#blocked = false;
    // In a later turn, never in the middle of an operation of the link.
    this.#node.scheduler.nextTurn(() => {
      if (!this.#over && !this.#blocked) this.#link?.drained();
    });
  }

  lost(error: Error | undefined): void {
    // A clean close is intentional, and an end that violates the protocol may not resume.
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
    this.#arrivals.close();
    this.#inner = undefined;
    const { bytes } = this.#replay;
    this.#replay.clear();
    this.#node.keep(-bytes);
    this.#link?.closed(error);
  }
}
