import type { Server as NetServer, Socket } from 'node:net';
import { AcceptQueue } from '../accept-queue.js';
import { clientCertificate } from '../client-certificate.js';
import { defaultMaxMessage } from '../close.js';
import type { Connection, ListenOptions, Server } from '../transport.js';
import { ConnectionLimit } from './connection-limit.js';
import { closeFrame } from './framing.js';
import { addressOf, Handshakes } from './handshakes.js';
import { StreamConnection, type StreamConnectionOptions } from './stream-connection.js';

const tooMany = closeFrame(1013, Buffer.from('too many connections'));

/** Options for the connections of a server over byte streams. */
export interface StreamServerOptions extends ListenOptions {
  /** Scheme of a `remoteAddress`, for instance `tcp`. */
  scheme?: string;
  /** Creates the connection of a socket that is ready. Default: a `StreamConnection`. */
  make?: (socket: Socket, options: StreamConnectionOptions) => Connection;
}

/** Accepts connections on a listening server of TCP, TLS, Unix sockets or named pipes. */
export class StreamServer implements Server {
  readonly address: string;
  readonly #server: NetServer;
  readonly #room = new AcceptQueue();
  readonly #connections: ConnectionLimit;
  readonly #handshakes: Handshakes;
  #closed = false;

  /**
   * @param server listening, at `address`
   * @param secure whether `server` uses TLS, or the TLS server that takes over its connections: a socket is ready after its handshake
   */
  constructor(server: NetServer, address: string, options: StreamServerOptions = {}, secure: boolean | NetServer = false) {
    this.address = address;
    this.#server = server;
    this.#connections = new ConnectionLimit(options);
    this.#handshakes = new Handshakes(options.clock);
    const { maxMessage = defaultMaxMessage, scheme = 'tcp', clock } = options;
    const make = options.make ?? ((socket, settings) => new StreamConnection(socket, settings));
    const ready = (socket: Socket) => {
      const from = addressOf(socket);
      this.#room.add(
        make(socket, {
          maxMessage,
          remoteAddress: from === '' ? `${scheme}:` : `${scheme}://${from}`,
          certificate: secure === false ? undefined : clientCertificate(socket),
          ...(clock !== undefined && { clock }),
        }),
      );
    };
    server.on('connection', (socket: Socket) => {
      if (!this.#admit(socket, secure !== false)) return;
      if (secure === false) ready(socket);
    });
    if (secure === false) return;
    const handshakes = secure === true ? server : secure;
    handshakes.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
    handshakes.on('secureConnection', (socket: Socket) => {
      this.#handshakes.done(addressOf(socket));
      ready(socket);
    });
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#server.close();
      this.#handshakes.close();
      this.#room.close();
    }
    // The handle closes within this turn; the callback of the server's `close` would wait for all connections.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #admit(socket: Socket, secure: boolean): boolean {
    const address = socket.remoteAddress ?? '';
    if (this.#connections.enter(address)) {
      const from = addressOf(socket);
      if (secure) this.#handshakes.add(socket, from);
      socket.once('close', () => {
        this.#connections.leave(address);
        this.#handshakes.gone(socket, from);
      });
      return true;
    }
    socket.on('error', () => {});
    if (secure) socket.destroy();
    else socket.end(tooMany, () => socket.destroy());
    return false;
  }
}
