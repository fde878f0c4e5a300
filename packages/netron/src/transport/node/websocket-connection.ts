import type { WebSocket } from 'ws';
import { systemClock } from '#platform';
import type { NetronError } from '../../errors/netron-error.js';
import type { Clock } from '../../util/clock.js';
import type { ClientCertificate } from '../client-certificate.js';
import { closeError, closeTimeout, cutReason, lost, refuseEmpty, violation } from '../close.js';
import { ReceiveQueue } from '../receive-queue.js';
import { type CloseCode, type Connection, type ConnectionReceiver, highWaterMark } from '../transport.js';

/** Most pings per second that are answered; more close the connection. */
const maxPings = 100;

/** Most fragments of one message. */
const maxFragments = 1_024;

/** Settings of `ws` that both ends share: limited, uncompressed, without checks that are not needed. */
export function webSocketLimits(maxMessage: number) {
  return {
    maxPayload: maxMessage,
    maxFragments,
    // Most socket chunks of one frame: a message that arrives byte by byte must not take a hundred times its size.
    maxBufferedChunks: Math.max(32 * 1024, maxMessage >> 9),
    perMessageDeflate: false,
    skipUTF8Validation: true,
    autoPong: false,
    closeTimeout,
  };
}

const binary = { binary: true } as const;

/** Messages over an open WebSocket of `ws`. */
export class WebSocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly certificate: ClientCertificate | undefined;
  readonly #socket: WebSocket;
  readonly #received: ReceiveQueue;
  readonly #clock: Clock;
  #full = false;
  #closing = false;
  #dismissed = false;
  #error: NetronError | undefined;
  #cause: Error | undefined;
  #timer: unknown;
  #pings = 0;
  #pingsSince = 0;

  /** @param socket open, with `autoPong: false`; owned by this connection from now on */
  constructor(socket: WebSocket, remoteAddress: string, clock: Clock = systemClock, certificate?: ClientCertificate) {
    this.remoteAddress = remoteAddress;
    this.certificate = certificate;
    this.#clock = clock;
    this.#socket = socket;
    this.#received = new ReceiveQueue(socket, clock);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    socket.on('ping', (data: Buffer) => this.#onPing(data));
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', (code: number, reason: Buffer) => this.#onClose(code, reason.toString()));
    socket.pause();
  }

  get pending(): number {
    return this.#received.closed ? 0 : this.#socket.bufferedAmount;
  }

  start(receiver: ConnectionReceiver): void {
    this.#received.start(receiver);
  }

  send(message: Uint8Array): boolean {
    refuseEmpty(message);
    const socket = this.#socket;
    if (this.#closing || socket.readyState !== socket.OPEN) return true;
    if (socket.bufferedAmount + message.length < highWaterMark) {
      socket.send(message, binary);
      return true;
    }
    socket.send(message, binary, this.#onWritten);
    if (socket.bufferedAmount < highWaterMark) return true;
    this.#full = true;
    return false;
  }

  limitMessage(bytes: number): void {
    const { _receiver: receiver } = this.#socket as unknown as { _receiver?: { _maxPayload?: number } };
    if (receiver?._maxPayload !== undefined) receiver._maxPayload = bytes;
  }

  cork(): void {
    rawSocket(this.#socket)?.cork?.();
  }

  uncork(): void {
    rawSocket(this.#socket)?.uncork?.();
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
    this.#closing = true;
    this.#dismiss();
    this.#socket.terminate();
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#closing) return;
    if (!isBinary) this.#refuse(violation(1003, 'unexpected text message: expected binary messages'));
    else if (data.length === 0) this.#refuse(violation(1002, 'an empty message'));
    else this.#received.push(data);
  }

  /** Answers as many pings as a heartbeat may need, but no flood. */
  #onPing(data: Buffer): void {
    if (this.#closing) return;
    if (++this.#pings > maxPings) {
      const now = this.#clock.now();
      if (now - this.#pingsSince < 1_000) {
        this.#refuse(violation(1008, `more than ${maxPings} pings in a second`));
        return;
      }
      this.#pingsSince = now;
      this.#pings = 1;
    }
    this.#socket.pong(data);
  }

  readonly #onWritten = (): void => {
    if (!this.#full || this.#socket.bufferedAmount >= highWaterMark / 2) return;
    this.#full = false;
    if (!this.#closing) this.#received.drained();
  };

  #refuse(error: NetronError): void {
    this.#error = error;
    this.#end(error.details?.closeCode as CloseCode, error.message);
  }

  #dismiss(): void {
    this.#dismissed = true;
    this.#error = undefined;
    this.#received.discard();
  }

  #end(code: CloseCode, reason: string): void {
    this.#closing = true;
    this.#socket.close(code, cutReason(reason));
    // The answer to our close arrives after the data that we did not want to read.
    this.#socket.resume();
    this.#timer = this.#clock.setTimeout(() => this.#socket.terminate(), closeTimeout, true);
  }

  /** Handles an invalid frame, after which `ws` closes on its own, or a broken socket. */
  #onError(error: Error): void {
    this.#cause = error;
    const { code = '' } = error as { code?: string };
    if (!code.startsWith('WS_ERR_') || this.#dismissed || this.#error !== undefined) return;
    this.#error = violation(closeCodes[code] ?? 1002, error.message);
  }

  #onClose(code: number, reason: string): void {
    this.#clock.clearTimeout(this.#timer);
    this.#closing = true;
    if (this.#dismissed || this.#error !== undefined) this.#received.finish(this.#error);
    else if (code === 1006) this.#received.finish(lost(this.remoteAddress, this.#cause));
    else this.#received.finish(closeError(code, reason));
  }
}

/** Returns the socket below, which is private to `ws`; Bun's replacement of `ws` has none. */
function rawSocket(socket: WebSocket): { cork?(): void; uncork?(): void } | undefined {
  return (socket as unknown as { _socket?: { cork?(): void; uncork?(): void } | null })._socket ?? undefined;
}

/** Close codes that `ws` sends for its errors; 1002 for all others. */
const closeCodes: Readonly<Record<string, CloseCode>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_INVALID_UTF8: 1007,
};
