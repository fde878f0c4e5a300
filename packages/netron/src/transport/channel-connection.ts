import { systemClock } from '#platform';
import type { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import type { Scheduler } from '../util/scheduler.js';
import { closeError, closeTimeout, cutReason, defaultMaxMessage, lost, overflow, refuseEmpty, violation } from './close.js';
import { ReceiveQueue } from './receive-queue.js';
import { type CloseCode, type Connection, type ConnectionReceiver, highWaterMark } from './transport.js';

/** Packet between two ends of a channel: a message, the number of bytes read, or goodbye. */
export type ChannelPacket = Uint8Array | number | readonly [code: number, reason: string];

/** Passes packets whole and in order, without backpressure of its own. */
export interface Channel {
  /** Sends a packet, whose bytes may be reused when this returns. Never calls back before it returns. */
  post(packet: ChannelPacket): void;
  /** Bytes of messages that have not left this process, when the channel knows. */
  readonly unsent?: number;
  /** Releases the resources of the channel after everything posted has been sent. Idempotent. */
  release(): void;
}

/** Options of a connection over a channel. */
export interface ChannelConnectionOptions {
  remoteAddress: string;
  /** Largest message accepted, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** Default: the system's clock. */
  clock?: Clock;
  /** Default: the system's scheduler. */
  scheduler?: Scheduler;
}

/** Bytes after which the receiver reports what it has read. */
const reportEvery = 32 * 1024;

/** Fewer bytes than this in flight do not count as pending, since the receiver has not reported them yet. */
const slack = 2 * reportEvery;

/** 1006 is never sent by a WebSocket; on a channel it means that the other end was terminated. @source RFC 6455 §7.1.5 */
const terminated = 1006;

/**
 * Messages over a channel without backpressure of its own: memory, a `MessagePort`, a child process. The receiving end reports the bytes it
 * has read; unreported bytes are pending on the sending end.
 */
export class ChannelConnection implements Connection {
  readonly remoteAddress: string;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #received: ReceiveQueue;
  readonly #maxMessage: number;
  #onTheirWay = 0;
  #full = false;
  #taken = 0;
  #closing = false;
  #dismissed = false;
  #error: NetronError | undefined;
  #over = false;
  #timer: unknown;

  constructor(channel: Channel, options: ChannelConnectionOptions) {
    this.remoteAddress = options.remoteAddress;
    this.#maxMessage = options.maxMessage ?? defaultMaxMessage;
    this.#channel = channel;
    this.#clock = options.clock ?? systemClock;
    this.#received = new ReceiveQueue(
      { pause() {}, resume() {}, overflow: () => this.#refuse(overflow()) },
      this.#clock,
      options.scheduler,
    );
  }

  get pending(): number {
    if (this.#over) return 0;
    return this.#onTheirWay < slack ? (this.#channel.unsent ?? 0) : this.#onTheirWay;
  }

  start(receiver: ConnectionReceiver): void {
    this.#received.start({
      message: (bytes) => {
        this.#take(bytes.length);
        receiver.message(bytes);
      },
      drained: () => receiver.drained(),
      closed: (error) => receiver.closed(error),
    });
  }

  send(message: Uint8Array): boolean {
    refuseEmpty(message);
    if (this.#closing) return true;
    this.#onTheirWay += message.length;
    this.#channel.post(message);
    if (this.#onTheirWay < highWaterMark) return true;
    this.#full = true;
    return false;
  }

  pause(): void {
    this.#received.pause();
  }

  resume(): void {
    this.#received.resume();
  }

  close(code: CloseCode = 1000, reason = ''): void {
    if (this.#closing) return;
    this.#dismiss();
    this.#end(code, reason);
  }

  terminate(): void {
    if (this.#over) return;
    this.#dismiss();
    if (!this.#closing) this.#channel.post([terminated, '']);
    this.#closing = true;
    queueMicrotask(() => this.lost());
  }

  /** Handles a packet from the other end. Called by the channel, from the event loop. */
  receive(packet: unknown): void {
    if (this.#over) return;
    if (packet instanceof Uint8Array) this.#onMessage(packet);
    else if (typeof packet === 'number') this.#onTaken(packet);
    else if (Array.isArray(packet)) this.#onGoodbye(Number(packet[0]), String(packet[1] ?? ''));
    else this.#refuse(violation(1002, 'a packet of an unknown kind'));
  }

  /** Handles the loss of the channel. Called by the channel, from the event loop. */
  lost(cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing = true;
    this.#clock.clearTimeout(this.#timer);
    this.#channel.release();
    const error = this.#dismissed || this.#error !== undefined ? this.#error : lost(this.remoteAddress, cause);
    this.#received.finish(error);
  }

  #onMessage(message: Uint8Array): void {
    if (this.#dismissed || this.#error !== undefined) return;
    const { length } = message;
    if (length === 0) this.#refuse(violation(1002, 'an empty message'));
    else if (length <= this.#maxMessage) this.#received.push(message);
    else this.#refuse(violation(1009, `a message of ${length} bytes exceeds the limit of ${this.#maxMessage}`));
  }

  #take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < reportEvery || this.#over) return;
    this.#channel.post(this.#taken);
    this.#taken = 0;
  }

  #onTaken(bytes: number): void {
    this.#onTheirWay = Math.max(0, this.#onTheirWay - Math.max(0, bytes));
    if (!this.#full || this.#onTheirWay >= highWaterMark / 2) return;
    this.#full = false;
    if (!this.#closing) this.#received.drained();
  }

  /** Also called for the answer to our own goodbye. */
  #onGoodbye(code: number, reason: string): void {
    if (!this.#dismissed && this.#error === undefined) {
      this.#error = code === terminated ? lost(this.remoteAddress) : closeError(code, reason);
      this.#dismissed = true;
    }
    if (!this.#closing) this.#channel.post([1000, '']);
    this.lost();
  }

  #refuse(error: NetronError): void {
    if (this.#closing) return;
    this.#error = error;
    this.#end(error.details?.closeCode as CloseCode, error.message);
  }

  #dismiss(): void {
    this.#dismissed = true;
    this.#error = undefined;
    this.#received.discard();
  }

  #end(code: number, reason: string): void {
    this.#closing = true;
    this.#channel.post([code, cutReason(reason)]);
    this.#timer = this.#clock.setTimeout(() => this.lost(), closeTimeout, true);
  }
}
