/**
 * Shares one HTTP server among several users: routes upgrades by path and subprotocol, and passes requests to a registered handler.
 * Requests and upgrades that match none are answered here.
 */
import { type Server as HttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '#platform';
import type { Clock } from '../../util/clock.js';
import { type HeaderReader, mayLackHeaders } from '../lost-headers.js';
import type { HttpHandler } from '../transport.js';
import { handshakeTimeout } from './handshakes.js';

/** Milliseconds without a byte of a request body, after which the request is answered with 408. */
const idleBody = 30_000;

/** Headers by which a request offers to switch protocols. */
const offers = new Set(['connection', 'upgrade', 'http2-settings']);

/** Upgrades that one listener accepts. */
export interface UpgradeRoute {
  /** Path of the request. Default: any. */
  readonly path?: string | undefined;
  /** Subprotocols that it supports; the empty string stands for requests that name none. */
  readonly protocols: readonly string[];
  /** Called for each request before it is passed on. */
  requested?(request: IncomingMessage): void;
  /** Takes over the socket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** A server that asks whether to pass on an offered upgrade: Node's from 22.21 and 24.9 on. */
interface AskingServer {
  shouldUpgradeCallback?(request: IncomingMessage): boolean;
}

/** Stored on the server, so that all nodes that share the server share this as well. */
const key = Symbol.for('@omnitron-dev/netron/http-port');

export class HttpPort {
  readonly #http: HttpServer;
  readonly #clock: Clock;
  readonly #idleBody: number;
  readonly #routes = new Set<UpgradeRoute>();
  readonly #handlers = new Set<HttpHandler>();
  /** Pending responses, whose connections close with them when the server is closed. */
  readonly #responses = new Set<ServerResponse>();
  readonly #leaveOffers: () => void;

  private constructor(http: HttpServer, clock: Clock, idle: number) {
    this.#http = http;
    this.#clock = clock;
    this.#idleBody = idle;
    http.on('upgrade', this.#onUpgrade);
    http.on('request', this.#onRequest);
    this.#leaveOffers = this.#decideOffers(http as AskingServer);
  }

  /** Returns the port of a server, created on first use. */
  static of(http: HttpServer, clock: Clock = systemClock, idle = idleBody): HttpPort {
    const holder = http as HttpServer & { [key]?: HttpPort };
    holder[key] ??= new HttpPort(http, clock, idle);
    return holder[key];
  }

  /** Adds a route; returns a function that removes it. */
  route(route: UpgradeRoute): () => void {
    return this.#add(this.#routes, route);
  }

  /** Adds a handler of requests; the first one answers. Returns a function that removes it. */
  handle(handler: HttpHandler): () => void {
    return this.#add(this.#handlers, handler);
  }

  /** Stops keep-alive: connections close after their pending response. */
  retire(): void {
    this.#http.keepAliveTimeout = 1;
    for (const response of this.#responses) response.shouldKeepAlive = false;
    this.#http.closeIdleConnections?.();
  }

  #add<T>(set: Set<T>, item: T): () => void {
    set.add(item);
    return () => {
      set.delete(item);
      if (this.#routes.size > 0 || this.#handlers.size > 0) return;
      this.#http.off('upgrade', this.#onUpgrade);
      this.#http.off('request', this.#onRequest);
      this.#leaveOffers();
      delete (this.#http as HttpServer & { [key]?: HttpPort })[key];
    };
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', ignore);
    if (this.#passesOver(request)) return this.#asRequest(request, socket, head);
    const path = pathOf(request);
    const named = protocolsOf(request);
    const here = [...this.#routes].filter((route) => route.path === undefined || route.path === path);
    // A route with this path takes precedence over one for any path.
    here.sort((one, other) => Number(other.path !== undefined) - Number(one.path !== undefined));
    const taken = here.find(({ protocols }) => named.some((name) => protocols.includes(name)));
    // The origin of a page may be among the headers that Node has dropped.
    const lacking = mayLackHeaders(request.rawHeaders, (request.socket as { server?: HeaderReader }).server);
    if (taken !== undefined) return lacking ? refuse(socket, 400) : taken.upgrade(request, socket, head);
    for (const handler of this.#handlers) {
      const { protocols = [] } = handler;
      if (!named.some((name) => protocols.includes(name))) continue;
      return lacking ? refuse(socket, 400) : handler.upgrade?.(request, socket, head);
    }
    const status = here.length > 0 ? 400 : 404;
    if (this.#alone) refuse(socket, status);
    else this.#refuseLater(socket, status);
  };

  /** Whether no other code listens for upgrades of this server. */
  get #alone(): boolean {
    return this.#http.listenerCount('upgrade') === 1;
  }

  /** Whether the upgrade that a request offers, for instance to HTTP/2, is supported by nobody: the request is answered without it. */
  #passesOver({ headers }: IncomingMessage): boolean {
    return this.#alone && headers.upgrade?.toLowerCase() !== 'websocket';
  }

  /** Tells a server that asks which offers to ignore; returns a function that undoes it. */
  #decideOffers(http: AskingServer): () => void {
    const before = http.shouldUpgradeCallback;
    if (before === undefined) return () => {};
    const own = (request: IncomingMessage) => before.call(http, request) && !this.#passesOver(request);
    http.shouldUpgradeCallback = own;
    return () => {
      if (http.shouldUpgradeCallback === own) http.shouldUpgradeCallback = before;
    };
  }

  /**
   * Answers a request whose offer is ignored, on a server that does not ask and passes on all offers once there is a listener: lets Node
   * parse the request again without the offer. The connection closes after this request.
   */
  #asRequest({ method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const lines = [`${method} ${url} HTTP/${httpVersion}`];
    // All received headers: a request with more headers than Node keeps is recognized by their number.
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index]!;
      lines.push(offers.has(name.toLowerCase()) ? 'Connection: close' : `${name}: ${rawHeaders[index + 1]}`);
    }
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
    this.#http.emit('setSecureContext' in this.#http ? 'secureConnection' : 'connection', socket);
  }

  /** Refuses an upgrade that another listener of this server may still accept, after the time of a handshake. */
  #refuseLater(socket: Duplex, status: number): void {
    const written = (): number => (socket as { bytesWritten?: number }).bytesWritten ?? 0;
    const before = written();
    const timer = this.#clock.setTimeout(
      () => {
        if (written() === before && !socket.destroyed) refuse(socket, status);
      },
      handshakeTimeout,
      true,
    );
    socket.once('close', () => this.#clock.clearTimeout(timer));
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    for (const route of this.#routes) route.requested?.(request);
    // The program answers the requests of its server itself.
    if (this.#http.listenerCount('request') > 1) return;
    const [handler] = this.#handlers;
    if (handler === undefined) {
      response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
      response.end('This is a WebSocket endpoint.');
      return;
    }
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
    if (handler.endsStalled !== true) this.#watchBody(request, response);
    handler.request(request, response);
  };

  /** Answers a request whose body has stalled. A body that is not being read does not count as stalled. */
  #watchBody(request: IncomingMessage, response: ServerResponse): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (encoding === undefined && Number(length ?? 0) === 0) return;
    // The timeout of the response: that of a complete request would destroy its socket without asking.
    response.setTimeout(this.#idleBody, () => {
      if (request.complete || request.destroyed) return void response.setTimeout(0);
      if (request.readableLength > 0 || request.isPaused()) return;
      if (response.headersSent) return void request.destroy();
      response.writeHead(408, { Connection: 'close', 'Content-Type': 'text/plain' });
      response.end(`No byte of the body arrived for ${this.#idleBody} ms.`, () => request.destroy());
    });
  }
}

/** Answers an upgrade with a status and closes its socket. */
export function refuse(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? '';
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}

/** Returns the subprotocols that a request names, or one empty string. */
export function protocolsOf({ headers }: IncomingMessage): readonly string[] {
  const named = headers['sec-websocket-protocol'];
  return named === undefined ? [''] : named.split(',').map((name) => name.trim());
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function ignore(): void {}
