/**
 * A small server with the part of Consul's HTTP API that discovery uses, written from its public documentation: registrations of an agent
 * with checks that expire, and blocking queries. Consul itself is available neither in Debian nor in npm, so that the tests use this
 * server.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { HostileAnswer } from '../../netron/test/contract/hostile-answers.js';

interface Registered {
  readonly id: string;
  readonly name: string;
  readonly meta: unknown;
  readonly created: number;
  readonly ttl: number;
  passing: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class ConsulServer {
  readonly #services = new Map<string, Registered>();
  readonly #waiting = new Set<() => void>();
  readonly #server;
  readonly #scheme: string;
  #index = 1;
  #port = 0;
  /** Whether new requests hang. */
  silent = false;
  /** Status for every request, when set. */
  failure: number | undefined;
  /** Token that requests must have. */
  token: string | undefined;
  /** Answers every request in place of this server, when set. */
  hostile: HostileAnswer | undefined;
  /** Answer to queries in place of a list, when set. */
  answer: string | undefined;
  /** Index of answers in place of a number. */
  indexText: string | undefined;
  /** Numbers of requests that have hung, and of those that were given up. */
  hung = 0;
  givenUp = 0;
  /** Number of queries so far. */
  queries = 0;

  constructor(tls?: { cert: string; key: string }) {
    const serve: RequestListener = (request, response) => void this.#serve(request, response);
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
    // While a test keeps this process busy, it would close a connection that the next request is already using.
    this.#server.keepAliveTimeout = 0;
    this.#scheme = tls === undefined ? 'consul' : 'https';
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  /** Number of queries that wait for changes. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get ids(): string[] {
    return [...this.#services.keys()];
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    for (const { timer } of this.#services.values()) clearTimeout(timer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Loses all data, as an agent may do: its index starts again. */
  reset(): void {
    for (const { timer } of this.#services.values()) clearTimeout(timer);
    this.#services.clear();
    this.#index = 1;
    this.#wake();
  }

  /** Closes all connections without an answer. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  register(name: string, id: string, meta: unknown, ttl = 60_000): void {
    clearTimeout(this.#services.get(id)?.timer);
    const created = this.#services.get(id)?.created ?? this.#index + 1;
    const service: Registered = { id, name, meta, created, ttl, passing: true, timer: undefined };
    this.#services.set(id, service);
    this.#renew(service);
    this.#changed();
  }

  /** Lets the check of an entry expire, as when nobody has renewed it. */
  expire(id: string): void {
    const service = this.#services.get(id);
    if (service === undefined) throw new Error(`there is no entry '${id}'`);
    clearTimeout(service.timer);
    service.passing = false;
    this.#changed();
  }

  /** Increases the index although nothing has changed, as other services of a data center do. */
  touch(): void {
    this.#changed();
  }

  #renew(service: Registered): void {
    clearTimeout(service.timer);
    service.timer = setTimeout(() => this.expire(service.id), service.ttl);
  }

  #changed(): void {
    this.#index += 1;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.hostile !== undefined) return this.hostile(response, request);
    if (this.silent) {
      this.hung += 1;
      request.socket.once('close', () => {
        this.givenUp += 1;
      });
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://consul');
    const say = (status: number, text: string): void => {
      const index = this.indexText ?? String(this.#index);
      response.writeHead(status, { 'content-type': 'application/json', 'x-consul-index': index });
      response.end(text);
    };
    const end = (status: number, body?: unknown): void => say(status, body === undefined ? '' : JSON.stringify(body));
    if (this.failure !== undefined) return end(this.failure, 'made to fail');
    if (this.token !== undefined && request.headers['x-consul-token'] !== this.token) return end(403, 'Permission denied');
    const [, version, area = '', kind = '', action = '', ...rest] = pathname.split('/');
    const name = decodeURIComponent(rest.join('/') || action);
    if (version !== 'v1') return end(404);
    if (area === 'agent' && kind === 'service' && action === 'register') {
      const given = JSON.parse(await bodyOf(request)) as { Name: string; ID: string; Meta: unknown; Check: { TTL: string } };
      this.register(given.Name, given.ID, given.Meta, Number.parseInt(given.Check.TTL, 10));
      return end(200);
    }
    if (area === 'agent' && kind === 'service' && action === 'deregister') {
      clearTimeout(this.#services.get(name)?.timer);
      if (!this.#services.delete(name)) return end(404, `Unknown service ID "${name}"`);
      this.#changed();
      return end(200);
    }
    if (area === 'agent' && kind === 'check' && action === 'pass') {
      const service = this.#services.get(name.replace(/^service:/, ''));
      if (service === undefined) return end(404, `Unknown check ID "${name}"`);
      if (!service.passing) {
        service.passing = true;
        this.#changed();
      }
      this.#renew(service);
      return end(200);
    }
    if (area === 'health' && kind === 'service') {
      this.queries += 1;
      const wanted = Number(searchParams.get('index') ?? 0);
      if (wanted >= this.#index && wanted > 0) await this.#news(response, Number.parseInt(searchParams.get('wait') ?? '0', 10));
      if (this.answer !== undefined) return say(200, this.answer);
      const all = [...this.#services.values()].filter((service) => service.passing && service.name === name);
      return end(
        200,
        all.map(({ id, created, meta }) => ({ Service: { ID: id, CreateIndex: created, Meta: meta }, Checks: [] })),
      );
    }
    end(404);
  }

  #news(response: ServerResponse, wait: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      this.#waiting.add(done);
      response.once('close', done);
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
