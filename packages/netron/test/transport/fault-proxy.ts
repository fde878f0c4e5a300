import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** What the proxy does to the bytes of one direction. */
export interface Faults {
  /** Milliseconds each piece is held back. */
  latency?: number;
  /** Bytes per piece: 1 cuts at every byte. */
  slice?: number;
  /** So many pieces are cut; then the rest passes whole. Default: all. */
  slices?: number;
  /** After this many bytes nothing passes any more; the sockets stay open. */
  stallAfter?: number;
  /** After this many bytes both sockets are closed: with a reset when `reset` is set. */
  cutAfter?: number;
  reset?: boolean;
}

/** Bytes that a socket reads at most at once. */
const whole = 64 * 1024;

/** A way between a client and a server that can be slow, cut bytes apart, stall and break. */
export class FaultProxy {
  faults: Faults;
  /** Server of connections that come from now on. */
  target: NetConnectOpts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param target where the server really is */
  constructor(target: NetConnectOpts, faults: Faults = {}) {
    this.target = target;
    this.faults = faults;
    this.#server = createServer({ noDelay: true }, (socket) => this.#relay(socket));
  }

  /** Listens on a free port, or at `path`. */
  async listen(path?: string): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path }, resolve),
    );
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Breaks every connection that passes through now. */
  reset(): void {
    for (const socket of this.#sockets) breakOff(socket, true);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(near: Socket): void {
    const far = connect({ ...this.target, noDelay: true } as NetConnectOpts);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('close', () => this.#sockets.delete(from));
      from.on('error', () => {});
      this.#pipe(from, to);
    }
  }

  async #pipe(from: Socket, to: Socket): Promise<void> {
    const {
      latency = 0,
      slice = whole,
      slices = Infinity,
      stallAfter = Infinity,
      cutAfter = Infinity,
      reset = false,
    } = this.faults;
    let passed = 0;
    let cut = 0;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
        for (let offset = 0; offset < chunk.length; ) {
          if (passed >= stallAfter) await new Promise(() => {});
          const length = cut++ < slices ? slice : whole;
          const end = Math.min(chunk.length, offset + length, offset + Math.min(stallAfter, cutAfter) - passed);
          const piece = chunk.subarray(offset, end);
          // What passes before a cut has to leave: the other side may not even be connected.
          if (passed + piece.length >= cutAfter) await written(to, piece);
          else if (piece.length > 0 && !to.write(piece)) await roomIn(to);
          // Pieces of one turn would leave as one segment.
          if (length < whole) await new Promise((resolve) => setImmediate(resolve));
          passed += piece.length;
          offset = end;
          if (passed < cutAfter) continue;
          breakOff(to, reset);
          breakOff(from, reset);
          return;
        }
      }
      to.end();
    } catch (error) {
      // An end that broke breaks the other one.
      breakOff(to, (error as { code?: string }).code === 'ECONNRESET');
    }
  }
}

function breakOff(socket: Socket, reset: boolean): void {
  if (socket.destroyed) return;
  if (reset && socket.remotePort !== undefined) socket.resetAndDestroy();
  else socket.destroy();
}

function written(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    to.once('close', resolve);
    to.write(piece, () => resolve());
  });
}

function roomIn(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
