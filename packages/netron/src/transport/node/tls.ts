import {
  createServer as createPlainServer,
  isIP,
  type Server as NetServer,
  connect as plainConnect,
  type Socket,
} from 'node:net';
import { connectAttempt } from '../connect-attempt.js';
import { checkTransportOptions, type OwnOptionNames } from '../option-names.js';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dial, dialError } from './dial.js';
import { boundAddress, listening, parseHostPort, parseListen } from './listening.js';
import { hostPort, StreamConnection } from './stream-connection.js';
import { StreamServer } from './stream-server.js';
import { nodeTls, type TlsSettings } from './tls-options.js';

/** Options of `TlsTransport`. */
export interface TlsOptions extends TransportOptions {
  /** Address to listen on. Default 127.0.0.1, which only this machine can reach. */
  host?: string;
  /** Certificates. A server needs at least `cert` and `key`; with `requestCert` and `ca`, clients need them, too (mTLS). */
  tls?: TlsSettings;
  /** Client: use TLS over this open socket, for instance through a proxy. The certificate must still match the URL. */
  socket?: Socket;
}

/** Encrypts sockets in place of Node's TLS with the options of each connection and listener. */
export interface Encryption {
  /** Returns a TLS server that takes over the connections of `server` and closes with it. */
  createSecureServer(server: NetServer): Promise<NetServer>;
  /**
   * Resolves when the other end has authenticated.
   *
   * @param servername name or IP address that its certificate must have
   */
  createSecureClient(socket: Socket, servername?: string): Promise<Socket>;
}

/** Messages over TLS on TCP. */
export class TlsConnection extends StreamConnection {}

/** Accepts TLS connections. */
export class TlsServer extends StreamServer {}

/**
 * Messages over TLS 1.2 or newer: `tls://host:port`. The server's certificate must be valid now, have the name of the URL, and come from a
 * trusted authority.
 */
export class TlsTransport implements Transport {
  readonly name = 'tls';
  readonly schemes = ['tls'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly optionNames: OwnOptionNames<TlsOptions> = { host: true, tls: true, socket: true };
  readonly #encryption: Encryption | undefined;

  /** @param encryption creates the TLS sockets; the options `tls` are then ignored. Default: Node's TLS */
  constructor(encryption?: Encryption) {
    this.#encryption = encryption;
  }

  /**
   * @throws NetronError `unauthenticated` when the certificate is not trusted, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `invalid_argument`. A server that does not accept our certificate may close the connection after this has resolved, as in TLS 1.3
   */
  async connect(url: string, options: TlsOptions = {}): Promise<TlsConnection> {
    checkTransportOptions(this, options);
    const { host, port } = parseHostPort(url, 'tls');
    if (this.#encryption !== undefined) return encrypted(this.#encryption, url, { host, port }, options);
    const { connect } = await import('node:tls');
    const settings = nodeTls(options.tls);
    // With a socket and without a host, Node would expect the name `localhost` in the certificate.
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
    checkTransportOptions(this, options);
    const { host, port } = parseListen(at, options.host);
    const server = this.#encryption
      ? createPlainServer({ noDelay: true })
      : (await import('node:tls')).createServer({ ...nodeTls(options.tls), noDelay: true });
    const secure = (await this.#encryption?.createSecureServer(server)) ?? true;
    await listening(server, { host, port }, `tls://${hostPort(host, port)}`);
    const make = (socket: Socket, settings: object) => new TlsConnection(socket, settings);
    return new TlsServer(server, boundAddress('tls', server), { make, scheme: 'tls', ...options }, secure);
  }
}

/** Connects a plain socket and encrypts it. */
function encrypted(
  encryption: Encryption,
  url: string,
  { host, port }: { readonly host: string; readonly port: number },
  options: TlsOptions,
): Promise<TlsConnection> {
  return connectAttempt<TlsConnection>(url, options, (attempt) => {
    const socket = options.socket ?? plainConnect({ host, port, noDelay: true });
    const onError = (cause: Error) => attempt.failed(dialError(url, cause));
    const onClose = () => onError(new Error('the connection was closed before it was ready'));
    const refused = (cause: Error) => {
      onError(cause);
      socket.destroy();
    };
    const secure = () =>
      encryption.createSecureClient(socket, options.tls?.servername ?? host).then((ready) => {
        socket.off('close', onClose);
        attempt.done(new TlsConnection(ready, { ...options, remoteAddress: url }));
      }, refused);
    socket.on('error', onError);
    socket.on('close', onClose);
    if (socket.connecting) socket.once('connect', () => void secure());
    else void secure();
    return () => socket.destroy();
  });
}
