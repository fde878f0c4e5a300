import { isIP, type Socket } from 'node:net';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dial } from './dial.js';
import { boundAddress, listening, parseHostPort, parseListen } from './listening.js';
import { hostPort, StreamConnection } from './stream-connection.js';
import { StreamServer } from './stream-server.js';
import { nodeTls, type TlsSettings } from './tls-options.js';

/** Options of `TlsTransport`. */
export interface TlsOptions extends TransportOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Certificates. A server needs at least `cert` and `key`; with `requestCert` and `ca` clients need one too (mTLS). */
  tls?: TlsSettings;
  /** Client: speak TLS over this open socket, for instance through a proxy. The certificate has to fit the URL all the same. */
  socket?: Socket;
}

/** Messages over TLS on TCP. */
export class TlsConnection extends StreamConnection {}

/** Accepts TLS connections. */
export class TlsServer extends StreamServer {}

/**
 * Messages over TLS 1.2 or newer: `tls://host:port`. The server's certificate has to be in force, bear the name of the URL
 * and come from a trusted authority.
 */
export class TlsTransport implements Transport {
  readonly name = 'tls';
  readonly schemes = ['tls'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };

  /**
   * @throws NetronError `unauthenticated` when the certificate does not convince, `unavailable`, `deadline_exceeded`,
   *   `canceled`, `invalid_argument`. A server that does not accept our certificate may close the connection only after
   *   this has resolved: so it is in TLS 1.3
   */
  async connect(url: string, options: TlsOptions = {}): Promise<TlsConnection> {
    const { host, port } = parseHostPort(url, 'tls');
    const { connect } = await import('node:tls');
    const settings = nodeTls(options.tls);
    // Given a socket, Node would look for the name `localhost` in the certificate if it were not told the host.
    const servername = settings.servername ?? (isIP(host) ? undefined : host);
    const over = options.socket === undefined ? { port } : { socket: options.socket };
    return dial(
      url,
      options,
      () => connect({ ...settings, ...over, host, ...(servername === undefined ? {} : { servername }) }),
      (socket) => new TlsConnection(socket, { ...options, remoteAddress: url }),
      'secureConnect',
    );
  }

  /**
   * @param at a port, `host:port`, or a `tls:` URL. Default: any free port
   * @throws NetronError `unavailable`, `invalid_argument`
   */
  async listen(at?: number | string, options: TlsOptions = {}): Promise<TlsServer> {
    const { host, port } = parseListen(at, options.host);
    const { createServer } = await import('node:tls');
    const server = createServer({ ...nodeTls(options.tls), noDelay: true });
    await listening(server, { host, port }, `tls://${hostPort(host, port)}`);
    const make = (socket: Socket, settings: object) => new TlsConnection(socket, settings);
    return new TlsServer(server, boundAddress('tls', server), { make, scheme: 'tls', ...options }, true);
  }
}
