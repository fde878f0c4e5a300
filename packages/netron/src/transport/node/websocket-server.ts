import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '#platform';
import type { Logger } from '../../util/logger.js';
import { AcceptQueue } from '../accept-queue.js';
import { clientCertificate } from '../client-certificate.js';
import { defaultMaxMessage } from '../close.js';
import type { Connection, HttpHandler, ListenOptions, Server, TextProtocol } from '../transport.js';
import { ConnectionLimit } from './connection-limit.js';
import { addressOf, Handshakes } from './handshakes.js';
import { HttpPort, protocolsOf, refuse } from './http-port.js';
import { originAllowed } from './origin.js';
import { TextSockets } from './text-sockets.js';
import { WebSocketConnection, webSocketLimits } from './websocket-connection.js';

/** Options of a WebSocket server. */
export interface WebSocketServerOptions extends ListenOptions {
  /** Path of the upgrade request. Default: any. */
  path?: string;
  /**
   * Origins of pages that may connect, such as `https://app.example.com`, compared as a whole; `'*'` for all. Default: pages from the same
   * host as the `Host` header. Clients without an `Origin` header are not pages and may connect.
   */
  origins?: readonly string[] | '*';
}

/** Milliseconds between two log lines about refused pages, so that a client cannot fill the log. */
const logInterval = 60_000;

/** The subprotocol of this package; clients need not name it. */
const subprotocol = 'netron';

/**
 * Accepts WebSocket connections on an HTTP server, for its path and with the subprotocol `netron` or none. Other upgrades and requests go
 * to the other users of the server, and are answered here when there are none.
 */
export class WebSocketServerAdapter implements Server {
  readonly address: string;
  readonly #http: HttpServer;
  readonly #owned: boolean;
  readonly #options: WebSocketServerOptions;
  readonly #upgrades: WebSocketServer;
  readonly #connections: ConnectionLimit;
  readonly #room = new AcceptQueue();
  /** Used only for an owned server. */
  readonly #handshakes: Handshakes;
  /** Sockets that were counted: a socket arrives twice when its first request is parsed again. */
  readonly #counted = new WeakSet<Socket>();
  readonly #port: HttpPort;
  readonly #leave: (() => void)[] = [];
  /** Returns the client's address for a connection through a proxy. */
  #clientOf: NonNullable<HttpHandler['clientOf']> = (_forwarded, address) => address;
  #logger: Pick<Logger, 'warn'> | undefined;
  /** Earliest time of the next log line about a refused page. */
  #nextLog = Number.NEGATIVE_INFINITY;
  #closed = false;

  /**
   * @param http listening, at `address`
   * @param owned whether it was created for this server alone, and is closed with it
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
      handleProtocols: (names) => names.has(subprotocol) && subprotocol,
      ...webSocketLimits(options.maxMessage ?? defaultMaxMessage),
    });
    this.#port = HttpPort.of(http, options.clock);
    const leave = this.#port.route({
      path: options.path,
      protocols: ['', subprotocol],
      // A connection that has sent a request is no unfinished handshake; Node's own limits apply to it from here on.
      requested: ({ socket }) => this.#handshakes.done(addressOf(socket)),
      upgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
    });
    // Connections made before an owned server is closed are still answered.
    if (owned) http.on('connection', this.#onSocket);
    else this.#leave.push(leave);
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  serveHttp(handler: HttpHandler): () => void {
    const leave = this.#port.handle(handler.texts === undefined ? handler : this.#withTexts(handler, handler.texts));
    this.#leave.push(leave);
    if (handler.clientOf !== undefined)
      this.#clientOf = (forwarded, address) => handler.clientOf?.(forwarded, address) ?? address;
    return leave;
  }

  logTo(logger: Pick<Logger, 'warn'>): void {
    this.#logger = logger;
  }

  /** Refuses an upgrade without a host, or from a page of an origin that may not connect. @returns whether it did */
  #refusesPage({ headers: { origin, host }, socket: { remoteAddress } }: IncomingMessage, socket: Duplex): boolean {
    if (host !== undefined && originAllowed(origin, host, this.#options.origins)) return false;
    refuse(socket, host === undefined ? 400 : 403);
    if (host !== undefined) this.#logRefused(origin ?? '', remoteAddress ?? '');
    return true;
  }

  #logRefused(origin: string, from: string): void {
    const now = (this.#options.clock ?? systemClock).now();
    if (now < this.#nextLog) return;
    this.#nextLog = now + logInterval;
    const facts = { address: this.address, from, origin: origin.slice(0, 128) };
    this.#logger?.warn(facts, 'a page was refused: its origin is not allowed (option origins of the listener)');
  }

  /** Accepts text WebSockets from the same pages as its own upgrades. */
  #withTexts(handler: HttpHandler, texts: TextProtocol): HttpHandler {
    const sockets = new TextSockets(texts, this.#options.clock);
    return {
      request: (request, response) => handler.request(request, response),
      endsStalled: handler.endsStalled === true,
      protocols: [...(handler.protocols ?? []), texts.name],
      upgrade: (request, socket, head) => {
        const incoming = request as IncomingMessage;
        if (!protocolsOf(incoming).includes(texts.name)) return handler.upgrade?.(request, socket, head);
        if (this.#refusesPage(incoming, socket as Duplex)) return;
        this.#handshakes.done(addressOf(incoming.socket));
        sockets.upgrade(incoming, socket as Duplex, head as Buffer);
      },
    };
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const leave of this.#leave) leave();
      this.#upgrades.close();
      if (this.#owned) {
        this.#http.close();
        this.#port.retire();
      }
      this.#handshakes.close();
      this.#room.close();
    }
    // The handle closes within this turn; the callback of the server's `close` would wait for all connections.
    await new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onSocket = (socket: Socket): void => {
    if (this.#counted.has(socket)) return;
    this.#counted.add(socket);
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

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#closed) return refuse(socket, 503);
    if (this.#refusesPage(request, socket)) return;
    const address = request.socket.remoteAddress ?? '';
    if (!this.#owned) {
      if (!this.#connections.enter(address)) {
        refuse(socket, 503);
        return;
      }
      socket.once('close', () => this.#connections.leave(address));
    }
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      this.#onWebSocket(webSocket, request);
    });
  }

  #onWebSocket(webSocket: WebSocket, { socket, headers }: IncomingMessage): void {
    const { remoteAddress, remotePort } = socket;
    this.#handshakes.done(addressOf(socket));
    const scheme = this.address.slice(0, this.address.indexOf(':'));
    const forwarded = headers['x-forwarded-for'];
    const client = this.#clientOf(Array.isArray(forwarded) ? forwarded.join() : forwarded, remoteAddress ?? '');
    const from = client === '' ? '' : `${client}:${remotePort}`;
    this.#room.add(new WebSocketConnection(webSocket, `${scheme}://${from}`, this.#options.clock, clientCertificate(socket)));
  }
}
