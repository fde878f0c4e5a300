import type { Socket } from 'node:net';
import { systemClock } from '#platform';
import type { Clock } from '../../util/clock.js';

/** Milliseconds from the first byte of a connection until it must be ready. */
export const handshakeTimeout = 10_000;

/**
 * Sockets in their TLS handshake or upgrade request. One that is not ready within 10 seconds is destroyed. Node's own timeouts restart with
 * each byte, or do not close the socket.
 */
export class Handshakes {
  readonly #clock: Clock;
  readonly #unready = new Map<string, { readonly socket: Socket; readonly timer: unknown }>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Starts waiting for `socket`, which comes from the address `from`; call `done` or `gone` later. */
  add(socket: Socket, from: string): void {
    const timer = this.#clock.setTimeout(() => socket.destroy(), handshakeTimeout, true);
    this.#unready.set(from, { socket, timer });
  }

  /** Notes that the socket is ready. With TLS it is another object than the added one, with the same address. */
  done(from: string): void {
    this.#clock.clearTimeout(this.#unready.get(from)?.timer);
    this.#unready.delete(from);
  }

  /** Notes that the socket has closed, ready or not. */
  gone(socket: Socket, from: string): void {
    if (this.#unready.get(from)?.socket === socket) this.done(from);
  }

  /** Destroys all sockets that are not ready. */
  close(): void {
    for (const { socket } of this.#unready.values()) socket.destroy();
  }
}

/** Returns `host:port` of the other end; empty for sockets without addresses. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? '' : `${socket.remoteAddress}:${socket.remotePort}`;
}
