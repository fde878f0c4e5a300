/** Places where a node listens: opens them, passes on their connections, closes them. */
import { NetronError } from '../errors/netron-error.js';
import { listenInTime } from '../transport/checked-transport.js';
import type { Connection, HttpHandler, Server, Transport } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import { inTime } from '../util/in-time.js';
import type { Logger } from '../util/logger.js';
import { isLoopback } from '../util/loopback.js';
import type { Scheduler } from '../util/scheduler.js';
import { helloLimit } from '../wire/limits.js';
import { type ListenRequest, transportOptionsOf } from './listen-requests.js';

/** Milliseconds that `closeInTime` waits for listeners to close. */
const closeTime = 500;

/** Members of the node that listeners use. */
export interface ListenersOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Maximum size of a message, in bytes. */
  readonly maxMessage: number;
  /** Whether callers have to present credentials. */
  readonly authenticated: boolean;
  transport(name: string): Transport;
  accept(connection: Connection, request: ListenRequest): void;
}

/** An open listener and the request that it was opened for. */
interface Opened {
  readonly server: Server;
  readonly request: ListenRequest;
}

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #opened: Opened[] = [];
  #http: { readonly handler: HttpHandler; readonly leave: ((() => void) | undefined)[] } | undefined;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Addresses for `connect`. */
  get addresses(): readonly string[] {
    return this.#opened.map(({ server }) => server.address);
  }

  /** Addresses for registries. Of these, addresses where callers see all services are preferred over those that serve only some. */
  get advertised(): readonly string[] {
    const named = preferred(this.#opened, ({ request }) => request.advertise === true);
    const open = named.filter(({ request }) => request.advertise !== false);
    return preferred(open, ({ request }) => request.services === undefined).map(({ server }) => server.address);
  }

  /** The port of the first listener that has one; 0 when there is none. */
  get port(): number {
    for (const address of this.addresses) {
      const port = /^[a-z]+:\/\/.*:(\d+)/.exec(address)?.[1];
      if (port !== undefined) return Number(port);
    }
    return 0;
  }

  /**
   * Opens one more listener.
   *
   * @returns its address, and a function that closes only this listener
   * @throws NetronError `unavailable` when the address is in use; `internal` or `deadline_exceeded` when the transport fails to
   *   return a listener
   */
  async open(request: ListenRequest): Promise<{ readonly address: string; close(): Promise<void> }> {
    const { clock, scheduler, logger, maxMessage, authenticated, transport, accept } = this.#options;
    const place = transportOptionsOf(request);
    const longest = Math.max(maxMessage, helloLimit);
    const from = transport(request.transport);
    const server = await listenInTime(from, clock, request.at, { clock, scheduler, maxMessage: longest, ...place });
    this.#opened.push({ server, request });
    this.#http?.leave.push(server.serveHttp?.(this.#http.handler));
    const { host } = place as { host?: string };
    const local = host === undefined || isLoopback(host);
    if (!local && !authenticated) {
      logger.warn({ address: server.address }, 'listening on a non-loopback address without authentication');
    }
    server.logTo?.(logger);
    server.accept((connection) => accept(connection, request));
    return { address: server.address, close: () => this.#closeOne(server) };
  }

  /**
   * Passes the HTTP requests of listeners that speak HTTP, present and future, to a handler. Returns a function that ends this.
   *
   * @throws TypeError when there is a handler already
   */
  serveHttp(handler: HttpHandler): () => void {
    if (this.#http !== undefined) throw new TypeError('the node already has an HTTP handler');
    const serving = { handler, leave: this.#opened.map(({ server }) => server.serveHttp?.(handler)) };
    this.#http = serving;
    return () => {
      if (this.#http === serving) this.#http = undefined;
      for (const leave of serving.leave) leave?.();
    };
  }

  /** Closes all listeners; connections stay open. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map(async ({ server }) => server.close()));
  }

  async #closeOne(server: Server): Promise<void> {
    const at = this.#opened.findIndex((opened) => opened.server === server);
    if (at >= 0) this.#opened.splice(at, 1);
    await server.close();
  }

  /** Closes all listeners; returns the error when one fails to close, or `deadline_exceeded` when one takes longer than 500 ms. */
  async closeInTime(): Promise<NetronError | undefined> {
    const { clock } = this.#options;
    const late = (): NetronError => new NetronError('deadline_exceeded', `a listener did not close within ${closeTime} ms`);
    try {
      await inTime(clock, closeTime, this.close(), late, false);
      return undefined;
    } catch (error) {
      return NetronError.from(error);
    }
  }
}

/** Returns the listeners that meet a condition; all of them, when none does. */
function preferred(all: readonly Opened[], wanted: (opened: Opened) => boolean): readonly Opened[] {
  const found = all.filter(wanted);
  return found.length > 0 ? found : all;
}
