/** A proxy between two ends of a TCP connection that breaks it at a chosen byte. */
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';

/** Passes bytes on, and breaks the connection after so many of them. */
export class CuttingProxy {
  /** Bytes that still pass, in both directions together. */
  left = Infinity;
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connectSocket({ port, host: '127.0.0.1', noDelay: true });
      const end = (): void => {
        near.destroy();
        far.destroy();
      };
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          this.#sockets.delete(from);
          end();
        });
        from.on('data', (bytes: Buffer) => {
          const passed = bytes.subarray(0, Math.min(bytes.length, this.left));
          this.left -= bytes.length;
          if (this.left > 0) return void to.write(passed);
          this.left = Infinity;
          this.cuts += 1;
          to.write(passed, end);
        });
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
