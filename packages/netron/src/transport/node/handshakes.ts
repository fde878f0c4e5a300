import type { Socket } from 'node:net';
import { systemClock } from '#platform';
import type { Clock } from '../../util/clock.js';

/** Milliseconds from the first byte of a connection to its being ready. */
export const handshakeTimeout = 10_000;

/**
 * Sockets that are no connections yet: they are shaking hands in TLS, or asking for an upgrade. Whoever is not done in
 * 10 seconds is dropped. Node's own limits start anew with each byte, or do not close.
 */
export class Handshakes {
  readonly #clock: Clock;
  readonly #unready = new Map<string, { readonly socket: Socket; readonly timer: unknown }>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Begins to wait for `socket`, which comes `from` there; `done` or `gone` has to follow. */
  add(socket: Socket, from: string): void {
    const timer = this.#clock.setTimeout(() => socket.destroy(), handshakeTimeout, true);
    this.#unready.set(from, { socket, timer });
  }

  /** The socket is ready. In TLS it is another object than the one that was added, with the same address. */
  done(from: string): void {
    this.#clock.clearTimeout(this.#unready.get(from)?.timer);
    this.#unready.delete(from);
  }

  /** The socket has closed, ready or not. */
  gone(socket: Socket, from: string): void {
    if (this.#unready.get(from)?.socket === socket) this.done(from);
  }

  /** Drops all that are not ready. */
  close(): void {
    for (const { socket } of this.#unready.values()) socket.destroy();
  }
}

/** `host:port` of the other end; empty where ends have no address. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? '' : `${socket.remoteAddress}:${socket.remotePort}`;
}
