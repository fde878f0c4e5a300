import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import {
  closeError,
  closeTimeout,
  cutReason,
  defaultMaxMessage,
  lost,
  overflow,
  refuseEmpty,
  scriptCode,
  violation,
} from './close.js';
import { connectAttempt } from './connect-attempt.js';
import { ReceiveQueue } from './receive-queue.js';
import {
  type CloseCode,
  type Connection,
  type ConnectionReceiver,
  highWaterMark,
  type Server,
  type Transport,
  type TransportCapabilities,
  type TransportOptions,
} from './transport.js';

/** Options of `WebSocketTransport`. */
export interface WebSocketOptions extends TransportOptions {}

/** Milliseconds between two checks of a full buffer, since browsers do not report when it empties. */
const askEvery = 4;

/** Code that the other end reports for a connection that was cut. @source RFC 6455 §7.1.5 */
const terminated = 1006;

/** Messages over the platform's own `WebSocket`. It cannot stop reading: messages that arrive while paused wait here. */
export class WebSocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #received: ReceiveQueue;
  readonly #clock: Clock;
  readonly #maxMessage: number;
  #full = false;
  #closing = false;
  #dismissed = false;
  #error: NetronError | undefined;
  #timer: unknown;

  /** @param socket open, with `binaryType` `arraybuffer`; owned by this connection from now on */
  constructor(socket: WebSocket, options: { remoteAddress?: string; maxMessage?: number; clock?: Clock } = {}) {
    this.remoteAddress = options.remoteAddress ?? socket.url;
    this.#socket = socket;
    this.#maxMessage = options.maxMessage ?? defaultMaxMessage;
    this.#clock = options.clock ?? systemClock;
    this.#received = new ReceiveQueue({ pause() {}, resume() {}, overflow: () => this.#refuse(overflow()) }, this.#clock);
    socket.onmessage = ({ data }) => this.#onMessage(data);
    socket.onclose = ({ code, reason }) => this.#onClose(code, reason);
    // Scripts never learn the reason; `close` follows.
    socket.onerror = () => {};
  }

  get pending(): number {
    return this.#received.closed || this.#closing ? 0 : this.#socket.bufferedAmount;
  }

  start(receiver: ConnectionReceiver): void {
    this.#received.start(receiver);
  }

  send(message: Uint8Array): boolean {
    refuseEmpty(message);
    const socket = this.#socket;
    if (this.#closing || socket.readyState !== 1) return true;
    socket.send(message as Uint8Array<ArrayBuffer>);
    if (socket.bufferedAmount < highWaterMark) return true;
    if (!this.#full) this.#awaitRoom();
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

  /** Closes the connection with a code that the other end treats as a cut: a script cannot cut a connection. */
  terminate(): void {
    this.#dismiss();
    if (!this.#closing) this.#end(terminated, '');
    queueMicrotask(() => this.#finish());
  }

  #onMessage(data: unknown): void {
    if (this.#closing) return;
    if (!(data instanceof ArrayBuffer)) this.#refuse(violation(1003, 'unexpected text message: expected binary messages'));
    else if (data.byteLength === 0) this.#refuse(violation(1002, 'an empty message'));
    else if (data.byteLength <= this.#maxMessage) this.#received.push(new Uint8Array(data));
    else this.#refuse(violation(1009, `a message of ${data.byteLength} bytes exceeds the limit of ${this.#maxMessage}`));
  }

  #awaitRoom(): void {
    this.#clock.setTimeout(() => {
      if (this.#closing) return;
      if (this.#socket.bufferedAmount >= highWaterMark / 2) {
        this.#awaitRoom();
        return;
      }
      this.#full = false;
      this.#received.drained();
    }, askEvery);
  }

  #refuse(error: NetronError): void {
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
    this.#socket.close(scriptCode(code), cutReason(reason));
    this.#timer = this.#clock.setTimeout(() => this.#finish(), closeTimeout, true);
  }

  #onClose(code: number, reason: string): void {
    if (!this.#dismissed) this.#error ??= code === 1006 ? lost(this.remoteAddress) : closeError(code, reason);
    this.#finish();
  }

  #finish(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#closing = true;
    this.#received.finish(this.#error);
  }
}

/** Messages over WebSocket with the platform's own client, for browsers and their workers. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly schemes = ['ws', 'wss'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };

  /** @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument` */
  async connect(url: string, options: WebSocketOptions = {}): Promise<WebSocketConnection> {
    if (!/^wss?:\/\/[^#]+$/i.test(url)) {
      throw new NetronError('invalid_argument', `expected an address of the form ws://host:port/path, got ${url}`);
    }
    return connectAttempt<WebSocketConnection>(url, options, ({ done, failed }) => {
      const socket = new WebSocket(url);
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => done(new WebSocketConnection(socket, { ...options, remoteAddress: url }));
      socket.onerror = () => failed(new NetronError('unavailable', `cannot connect to ${url}`));
      socket.onclose = socket.onerror;
      return () => socket.close();
    });
  }

  /** @throws NetronError `unimplemented`: a page cannot listen */
  async listen(): Promise<Server> {
    throw new NetronError('unimplemented', 'a browser cannot listen for WebSocket connections');
  }
}
