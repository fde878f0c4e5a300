import { type Server as HttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AcceptQueue } from '../accept-queue.js';
import { defaultMaxMessage } from '../close.js';
import type { Connection, ListenOptions, Server } from '../transport.js';
import { ConnectionLimit } from './connection-limit.js';
import { addressOf, Handshakes } from './handshakes.js';
import { originAllowed } from './origin.js';
import { WebSocketConnection, webSocketLimits } from './websocket-connection.js';

/** What a WebSocket server accepts. */
export interface WebSocketServerOptions extends ListenOptions {
  /** Path of the upgrade request. Default: any. */
  path?: string;
  /**
   * Origins of pages that may connect, such as `https://app.example.com`, compared whole; `'*'` for all. Default: pages
   * from the same host as the `Host` header. Clients that send no `Origin` are no pages.
   */
  origins?: readonly string[] | '*';
}

/** Accepts WebSocket connections on an HTTP server. */
export class WebSocketServerAdapter implements Server {
  readonly address: string;
  readonly #http: HttpServer;
  readonly #owned: boolean;
  readonly #options: WebSocketServerOptions;
  readonly #upgrades: WebSocketServer;
  readonly #connections: ConnectionLimit;
  readonly #room = new AcceptQueue();
  /** Only of an owned server. */
  readonly #handshakes: Handshakes;
  #closed = false;

  /**
   * @param http listening, at `address`
   * @param owned made for this server alone, and closed with it
   */
  constructor(http: HttpServer, address: string, options: WebSocketServerOptions = {}, owned = false) {
    this.address = address;
    this.#http = http;
    this.#owned = owned;
    this.#options = options;
    this.#connections = new ConnectionLimit(options);
    this.#handshakes = new Handshakes(options.clock);
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      ...webSocketLimits(options.maxMessage ?? defaultMaxMessage),
    });
    http.on('upgrade', this.#onUpgrade);
    if (!owned) return;
    http.on('connection', this.#onSocket);
    http.on('request', this.#onRequest);
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#http.off('upgrade', this.#onUpgrade);
      this.#upgrades.close();
      if (this.#owned) this.#http.close();
      this.#handshakes.close();
      this.#room.close();
    }
    // The handle is closed within this turn; the callback of the server's `close` would wait for all connections.
    await new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onSocket = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    if (!this.#connections.enter(address)) {
      socket.destroy();
      return;
    }
    const from = addressOf(socket);
    this.#handshakes.add(socket, from);
    socket.once('close', () => {
      this.#connections.leave(address);
      this.#handshakes.gone(socket, from);
    });
  };

  readonly #onRequest = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
    response.end('This is a WebSocket endpoint.');
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', ignore);
    const { path, origins } = this.#options;
    if (path !== undefined && pathOf(request) !== path) {
      // Another listener of a shared server may know this path.
      if (this.#http.listenerCount('upgrade') === 1) refuse(socket, 404);
      return;
    }
    const { origin, host } = request.headers;
    const address = request.socket.remoteAddress ?? '';
    if (host === undefined || !originAllowed(origin, host, origins)) {
      refuse(socket, host === undefined ? 400 : 403);
      return;
    }
    if (!this.#owned) {
      if (!this.#connections.enter(address)) {
        refuse(socket, 503);
        return;
      }
      socket.once('close', () => this.#connections.leave(address));
    }
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#onWebSocket(webSocket, request.socket);
    });
  };

  #onWebSocket(webSocket: WebSocket, socket: Socket): void {
    const from = addressOf(socket);
    this.#handshakes.done(from);
    const scheme = this.address.slice(0, this.address.indexOf(':'));
    this.#room.add(new WebSocketConnection(webSocket, `${scheme}://${from}`, this.#options.clock));
  }
}

function ignore(): void {}

function pathOf(request: IncomingMessage): string {
  const { url = '/' } = request;
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function refuse(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? '';
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}
