import type { Socket } from 'node:net';
import { systemClock } from '#platform';

/** Milliseconds from the first byte of a connection to its being ready. @source RELIABILITY B8 */
export const handshakeTimeout = 10_000;

/**
 * Sockets that are no connections yet: they are shaking hands in TLS, or asking for an upgrade. Whoever is not done in
 * 10 seconds is dropped. Node's own limits start anew with each byte, or do not close.
 */
export class Handshakes {
  readonly #unready = new Map<string, Socket>();

  /** Begins to wait for `socket`. */
  add(socket: Socket): void {
    const from = addressOf(socket);
    const timer = systemClock.setTimeout(
      () => {
        if (this.#unready.get(from) === socket) socket.destroy();
      },
      handshakeTimeout,
      true,
    );
    this.#unready.set(from, socket);
    socket.once('close', () => {
      systemClock.clearTimeout(timer);
      if (this.#unready.get(from) === socket) this.#unready.delete(from);
    });
  }

  /** The socket is ready. In TLS it is another object than the one that was added, with the same address. */
  done(socket: Socket): void {
    this.#unready.delete(addressOf(socket));
  }

  /** Drops all that are not ready. */
  close(): void {
    for (const socket of this.#unready.values()) socket.destroy();
  }
}

/** `host:port` of the other end; empty where ends have no address. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? '' : `${socket.remoteAddress}:${socket.remotePort}`;
}
