import type { Server as HttpServer } from 'node:http';
import type { WebSocket } from 'ws';
import { NetronError } from '../../errors/netron-error.js';
import type { Clock } from '../../util/clock.js';
import { isLoopback } from '../../util/loopback.js';
import { readOptions } from '../../util/read-options.js';
import { defaultMaxMessage } from '../close.js';
import { type Attempt, connectAttempt } from '../connect-attempt.js';
import { checkTransportOptions, type OwnOptionNames } from '../option-names.js';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dialError } from './dial.js';
import { handshakeTimeout } from './handshakes.js';
import { boundAddress, listening, parseListen } from './listening.js';
import { hostPort } from './stream-connection.js';
import { nodeTls, type TlsSettings } from './tls-options.js';
import { WebSocketConnection, webSocketLimits } from './websocket-connection.js';
import type { WebSocketServerAdapter, WebSocketServerOptions } from './websocket-server.js';

/** Options of `WebSocketTransport`. */
export interface WebSocketOptions extends TransportOptions, WebSocketServerOptions {
  /** Address to listen on. Default 127.0.0.1, which only this machine can reach. */
  host?: string;
  /** For `wss:`, on either end. */
  tls?: TlsSettings;
  /** Accepts upgrades of this HTTP server, which listens already and stays open when ours closes. */
  server?: HttpServer;
  /** Client: headers of the upgrade request. */
  headers?: Record<string, string>;
  /**
   * Client: sends with a masking key of zeros, which costs nothing (about 5 times the upload throughput). Masking prevents scripts in
   * browsers from sending bytes that proxies could misread. Therefore this is allowed only for `wss:` and loopback addresses; elsewhere it
   * throws a `TypeError`. Default `false`.
   */
  zeroMask?: boolean;
}

/** Loaded once: repeating the import for each connection takes time. */
let ws: typeof import('ws') | undefined;

/**
 * Messages over WebSocket, `ws://` and `wss://`, which browsers support and which pass through proxies. Its code is loaded with the first
 * connection or server: importing `ws` takes longer than importing everything else.
 */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly schemes = ['ws', 'wss'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly optionNames: OwnOptionNames<WebSocketOptions> = {
    path: true,
    origins: true,
    host: true,
    tls: true,
    server: true,
    headers: true,
    zeroMask: true,
  };

  /**
   * @throws NetronError `unavailable` when no WebSocket server answers, `unauthenticated` and `permission_denied` when it answers 401 or
   *   403 or its certificate is not trusted, `deadline_exceeded`, `canceled`, `invalid_argument`
   */
  async connect(url: string, options: WebSocketOptions = {}): Promise<WebSocketConnection> {
    checkTransportOptions(this, options);
    const address = parseUrl(url);
    const { zeroMask = false, headers = {}, maxMessage = defaultMaxMessage } = options;
    const secure = address.protocol === 'wss:';
    if (zeroMask && !secure && !isLoopback(address.hostname)) {
      throw new TypeError('zeroMask is only allowed for wss: and loopback addresses');
    }
    const tls = secure ? nodeTls(options.tls) : {};
    ws ??= await import('ws');
    const { WebSocket } = ws;
    return connectAttempt<WebSocketConnection>(url, options, (attempt) => {
      const socket = new WebSocket(address, {
        ...tls,
        ...webSocketLimits(maxMessage),
        ...(zeroMask ? { generateMask: (mask: Buffer) => mask.fill(0) } : {}),
        headers,
      } as ConstructorParameters<typeof WebSocket>[2]);
      return watch(socket, url, attempt, options.clock);
    });
  }

  /**
   * @param at a port, `host:port`, or a `ws:` or `wss:` URL, whose path is then the only accepted one. Default: any free port
   * @throws NetronError `unavailable`, `invalid_argument`
   */
  async listen(at?: number | string, given: WebSocketOptions = {}): Promise<WebSocketServerAdapter> {
    const options = readOptions(given);
    checkTransportOptions(this, options);
    const { WebSocketServerAdapter } = await import('./websocket-server.js');
    const { server } = options;
    if (server !== undefined) return new WebSocketServerAdapter(server, addressOf(server, options), options);
    const { host, port, path } = parseListen(at, options.host);
    const settings = {
      headersTimeout: handshakeTimeout,
      // A body may take any time as long as bytes arrive.
      requestTimeout: 0,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      // Otherwise Node would answer a request without a host and continue with those after it.
      requireHostHeader: false,
      noDelay: true,
    };
    const http = options.tls
      ? (await import('node:https')).createServer({ ...nodeTls(options.tls), ...settings })
      : (await import('node:http')).createServer(settings);
    // An unknown expectation may be ignored. Node would answer 417 instead, and continue with the bytes that follow.
    http.on('checkExpectation', (request, response) => http.emit('request', request, response));
    const all = path === '' ? options : { path, ...options };
    http.on('tlsClientError', (_error, socket) => socket.destroy());
    await listening(http, { host, port }, `${options.tls ? 'wss' : 'ws'}://${hostPort(host, port)}`);
    return new WebSocketServerAdapter(http, addressOf(http, all), all, true);
  }
}

function watch(
  socket: WebSocket,
  url: string,
  { done, failed }: Attempt<WebSocketConnection>,
  clock: Clock | undefined,
): () => void {
  const onError = (cause: Error) => failed(dialError(url, cause));
  socket.on('error', onError);
  socket.once('unexpected-response', (_request, response) => {
    failed(statusError(url, response.statusCode ?? 0, response.headers['retry-after']));
    socket.terminate();
  });
  socket.once('open', () => {
    socket.off('error', onError);
    done(new WebSocketConnection(socket, url, clock));
  });
  return () => socket.terminate();
}

function statusError(url: string, status: number, retryAfter: string | undefined): NetronError {
  const code = status === 401 ? 'unauthenticated' : status === 403 ? 'permission_denied' : 'unavailable';
  return new NetronError(code, `${url} responded with HTTP status ${status} instead of a WebSocket`, {
    details: { status },
    ...(retryAfter !== undefined && waitOf(retryAfter)),
  });
}

/** Returns the time to wait that a server has asked for, in seconds or as a date. */
function waitOf(retryAfter: string): { retryAfterMs?: number } {
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return ms >= 0 ? { retryAfterMs: ms } : {};
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^wss?:$/.test(parsed.protocol) || parsed.hash !== '') {
    throw new NetronError('invalid_argument', `expected an address of the form ws://host:port/path, got ${url}`);
  }
  return parsed;
}

function addressOf(server: HttpServer, options: WebSocketOptions): string {
  const secure = options.tls !== undefined || 'setSecureContext' in server;
  return boundAddress(secure ? 'wss' : 'ws', server) + (options.path ?? '');
}
