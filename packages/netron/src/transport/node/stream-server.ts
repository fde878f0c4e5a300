import type { Server as NetServer, Socket } from 'node:net';
import { defaultMaxMessage } from '../close.js';
import type { Connection, ListenOptions, Server } from '../transport.js';
import { WaitingRoom } from '../waiting-room.js';
import { Admission } from './admission.js';
import { closeFrame } from './framing.js';
import { StreamConnection, type StreamConnectionOptions } from './stream-connection.js';

const tooMany = closeFrame(1013, Buffer.from('too many connections'));

/** How a server over streams makes its connections. */
export interface StreamServerOptions extends ListenOptions {
  /** What a `remoteAddress` begins with, for instance `tcp`. */
  scheme?: string;
  /** Makes the connection of a socket that can carry messages. Default: a `StreamConnection`. */
  make?: (socket: Socket, options: StreamConnectionOptions) => Connection;
}

/** Accepts connections on a listening server of TCP, TLS, Unix sockets or named pipes. */
export class StreamServer implements Server {
  readonly address: string;
  readonly #server: NetServer;
  readonly #room = new WaitingRoom();
  readonly #admission: Admission;
  /** Sockets that are shaking hands, by the address of their other end. */
  readonly #unready = new Map<string, Socket>();
  #closed = false;

  /**
   * @param server listening, at `address`
   * @param secure `server` speaks TLS: a socket is ready after its handshake
   */
  constructor(server: NetServer, address: string, options: StreamServerOptions = {}, secure = false) {
    this.address = address;
    this.#server = server;
    this.#admission = new Admission(options);
    const { maxMessage = defaultMaxMessage, scheme = 'tcp' } = options;
    const make = options.make ?? ((socket, settings) => new StreamConnection(socket, settings));
    const ready = (socket: Socket) => {
      const from = endOf(socket);
      this.#unready.delete(from);
      this.#room.add(make(socket, { maxMessage, remoteAddress: `${scheme}:${from}` }));
    };
    server.on('connection', (socket: Socket) => {
      if (!this.#admit(socket, secure)) return;
      if (!secure) return ready(socket);
      const from = endOf(socket);
      this.#unready.set(from, socket);
      socket.once('close', () => this.#unready.delete(from));
    });
    if (secure) server.on('secureConnection', ready).on('tlsClientError', () => {});
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#server.close();
      for (const socket of this.#unready.values()) socket.destroy();
      this.#room.close();
    }
    // The handle is closed within this turn; the callback of the server's `close` would wait for all connections.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #admit(socket: Socket, secure: boolean): boolean {
    const address = socket.remoteAddress ?? '';
    if (this.#admission.enter(address)) {
      socket.once('close', () => this.#admission.leave(address));
      return true;
    }
    socket.on('error', () => {});
    if (secure) socket.destroy();
    else socket.end(tooMany, () => socket.destroy());
    return false;
  }
}

/** `//host:port` of the other end; empty where ends have no address. */
function endOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? '' : `//${socket.remoteAddress}:${socket.remotePort}`;
}
