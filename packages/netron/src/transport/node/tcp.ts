import { connect, createServer } from 'node:net';
import { checkTransportOptions, type OwnOptionNames } from '../option-names.js';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dial } from './dial.js';
import { boundAddress, listening, parseHostPort, parseListen } from './listening.js';
import { hostPort, StreamConnection } from './stream-connection.js';
import { StreamServer } from './stream-server.js';

/** Options of `TcpTransport`. */
export interface TcpOptions extends TransportOptions {
  /** Address to listen on. Default 127.0.0.1, which only this machine can reach. */
  host?: string;
}

/** Messages over a TCP socket. */
export class TcpConnection extends StreamConnection {}

/** Accepts TCP connections. */
export class TcpServer extends StreamServer {}

/** Messages over TCP: `tcp://host:port`. The fastest way between machines on a trusted network. */
export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly schemes = ['tcp'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly optionNames: OwnOptionNames<TcpOptions> = { host: true };

  /** @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument` */
  connect(url: string, options?: TcpOptions): Promise<TcpConnection>;
  connect(host: string, port: number, options?: TcpOptions): Promise<TcpConnection>;
  async connect(urlOrHost: string, portOrOptions?: number | TcpOptions, more: TcpOptions = {}): Promise<TcpConnection> {
    const byPort = typeof portOrOptions === 'number';
    const options = byPort ? more : (portOrOptions ?? {});
    checkTransportOptions(this, options);
    const address = byPort ? `tcp://${hostPort(urlOrHost, portOrOptions)}` : urlOrHost;
    const { host, port } = parseHostPort(address, 'tcp');
    return dial(
      address,
      options,
      () => connect({ host, port, noDelay: true }),
      (socket) => new TcpConnection(socket, { ...options, remoteAddress: address }),
    );
  }

  /**
   * @param at a port, `host:port`, or a `tcp:` URL. Default: any free port
   * @throws NetronError `unavailable`, `invalid_argument`
   */
  async listen(at?: number | string, options: TcpOptions = {}): Promise<TcpServer> {
    checkTransportOptions(this, options);
    const { host, port } = parseListen(at, options.host);
    const server = createServer({ noDelay: true });
    await listening(server, { host, port }, `tcp://${hostPort(host, port)}`);
    const make = (socket: ConstructorParameters<typeof TcpConnection>[0], settings: object) =>
      new TcpConnection(socket, settings);
    return new TcpServer(server, boundAddress('tcp', server), { make, ...options });
  }
}
