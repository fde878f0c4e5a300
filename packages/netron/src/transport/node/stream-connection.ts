import type { Socket } from 'node:net';
import { systemClock } from '#platform';
import type { NetronError } from '../../errors/netron-error.js';
import type { Clock } from '../../util/clock.js';
import type { ClientCertificate } from '../client-certificate.js';
import { closeError, closeTimeout, defaultMaxMessage, encodeReason, lost, refuseEmpty } from '../close.js';
import { ReceiveQueue } from '../receive-queue.js';
import { type CloseCode, type Connection, type ConnectionReceiver, highWaterMark } from '../transport.js';
import { closeFrame, FrameReader, frameCopy, frameHeader } from './framing.js';

/** Largest message that is copied behind its header, so that both are sent in one write. */
const copyLimit = 2 * 1024;

/** Options of a connection over a byte stream. */
export interface StreamConnectionOptions {
  /** Largest message accepted, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** For display. Default: the address of the socket's other end. */
  remoteAddress?: string;
  /** Certificate of the client. */
  certificate?: ClientCertificate | undefined;
  /** Default: the system's clock. */
  clock?: Clock;
}

/** Messages over an open socket: TCP, TLS, a Unix socket or a named pipe. */
export class StreamConnection implements Connection {
  readonly remoteAddress: string;
  readonly certificate: ClientCertificate | undefined;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #received: ReceiveQueue;
  readonly #clock: Clock;
  /** Whether `send` has reported that it is full, without a `drained` since. */
  #full = false;
  /** Whether this end has sent its last frame or was cut. */
  #closing = false;
  /** Whether all further data is ignored. */
  #deaf = false;
  /** Whether either end has said goodbye, so that the end is expected. */
  #dismissed = false;
  #error: NetronError | undefined;
  #cause: Error | undefined;
  #timer: unknown;

  /** @param socket connected; owned by this connection from now on */
  constructor(socket: Socket, options: StreamConnectionOptions = {}) {
    this.remoteAddress = options.remoteAddress ?? `tcp://${hostPort(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0)}`;
    this.certificate = options.certificate;
    this.#socket = socket;
    this.#clock = options.clock ?? systemClock;
    this.#reader = new FrameReader(options.maxMessage ?? defaultMaxMessage);
    this.#received = new ReceiveQueue({ pause: () => socket.pause(), resume: () => this.#go() }, this.#clock);
    socket.setNoDelay(true);
    socket.on('data', this.#onData);
    socket.on('drain', () => this.#onDrain());
    socket.on('error', (error) => {
      this.#cause = error;
    });
    socket.on('close', () => this.#onClose());
    socket.pause();
  }

  get pending(): number {
    return this.#received.closed ? 0 : this.#socket.writableLength;
  }

  start(receiver: ConnectionReceiver): void {
    this.#received.start(receiver);
  }

  send(message: Uint8Array): boolean {
    refuseEmpty(message);
    const socket = this.#socket;
    if (this.#closing || !socket.writable) return true;
    if (message.length <= copyLimit) {
      socket.write(frameCopy(message));
    } else {
      socket.cork();
      socket.write(frameHeader(message.length));
      socket.write(message);
      socket.uncork();
    }
    if (socket.writableLength < highWaterMark) return true;
    this.#full = true;
    return false;
  }

  limitMessage(bytes: number): void {
    this.#reader.maxMessage = bytes;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
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
    this.#socket.destroy();
  }

  /** Marks the end as expected: the user of this end has closed it. */
  #dismiss(): void {
    this.#dismissed = true;
    this.#error = undefined;
    this.#received.discard();
    this.#deafen();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#reader.add(chunk);
    this.#read();
  };

  /** Delivers received messages; when halted, the rest of the chunk stays in the reader. */
  #read(): void {
    while (!this.#deaf && !this.#received.halted) {
      const message = this.#next();
      if (message === undefined) return;
      this.#received.push(message);
    }
  }

  #go(): void {
    this.#read();
    if (!this.#received.halted) this.#socket.resume();
  }

  #next(): Buffer | undefined {
    try {
      const message = this.#reader.next();
      if (message === undefined && this.#reader.closing !== undefined) this.#onLastFrame(this.#reader.closing);
      return message;
    } catch (error) {
      // Only the reader throws here, and only for invalid bytes.
      this.#refuse(error as NetronError);
      return undefined;
    }
  }

  #onLastFrame({ code, reason }: { code: number; reason: string }): void {
    this.#dismissed = true;
    this.#error = closeError(code, reason);
    this.#deafen();
    this.#end(1000, '');
  }

  #refuse(error: NetronError): void {
    this.#error = error;
    this.#deafen();
    this.#end(error.details?.closeCode as CloseCode, error.message);
  }

  /** Reads and discards: unread bytes would turn the goodbye into a reset. */
  #deafen(): void {
    this.#deaf = true;
    this.#socket.removeListener('data', this.#onData);
    this.#socket.resume();
  }

  #end(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.end(closeFrame(code, encodeReason(reason)));
    this.#timer = this.#clock.setTimeout(() => this.#socket.destroy(), closeTimeout, true);
  }

  #onDrain(): void {
    if (!this.#full) return;
    this.#full = false;
    if (!this.#closing) this.#received.drained();
  }

  #onClose(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#closing = true;
    while (!this.#deaf) {
      const message = this.#next();
      if (message === undefined) break;
      this.#received.push(message);
    }
    if (this.#dismissed || this.#error !== undefined) this.#received.finish(this.#error);
    else this.#received.finish(lost(this.remoteAddress, this.#cause));
  }
}

/** Returns `host:port` as in a URL. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
