/**
 * A small server with the part of the Kubernetes API that discovery uses, written from its public documentation: lists and watches of
 * EndpointSlices, bookmarks, versions that are too old. An API server is available neither in Debian nor in npm, so that the tests use this
 * one.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { HostileAnswer } from '../../netron/test/contract/hostile-answers.js';

/** A pod behind the service. */
export interface Pod {
  readonly ip: string;
  readonly uid?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly zone?: string;
}

export interface SliceGiven {
  readonly name: string;
  readonly pods: readonly Pod[];
  readonly ports?: readonly { name?: string; port: number }[];
}

interface Watch {
  readonly response: ServerResponse;
  readonly selector: string;
}

export class ApiServer {
  readonly #slices = new Map<string, object>();
  readonly #events: { version: number; event: object }[] = [];
  readonly #watches = new Set<Watch>();
  readonly #server;
  readonly #scheme: string;
  #version = 1;
  #oldest = 0;
  #port = 0;
  token: string | undefined;
  failure: number | undefined;
  /** Answers every request in place of this server, when set. */
  hostile: HostileAnswer | undefined;
  /** Answers only watches, when set. */
  hostileWatch: HostileAnswer | undefined;
  /** Versions that watches have requested. */
  readonly asked: string[] = [];
  /** Time of the server, in its answers and objects. */
  clock = Date.now;
  lists = 0;
  watches = 0;

  constructor(tls?: { cert: string; key: string }) {
    const serve: RequestListener = (request, response) => this.#serve(request, response);
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
    this.#scheme = tls === undefined ? 'http' : 'https';
  }

  get url(): string {
    // A certificate names the host; nothing else must be resolved.
    return `${this.#scheme}://${this.#scheme === 'http' ? '127.0.0.1' : 'localhost'}:${this.#port}`;
  }

  /** Number of open watches. */
  get open(): number {
    return this.#watches.size;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  put({ name, pods, ports = [{ name: 'netron', port: 7000 }] }: SliceGiven): void {
    const type = this.#slices.has(name) ? 'MODIFIED' : 'ADDED';
    this.putRaw(type, {
      metadata: { name, labels: { 'kubernetes.io/service-name': 'users' } },
      addressType: 'IPv4',
      ports,
      endpoints: pods.map(({ ip, uid, zone, ...conditions }) => ({
        addresses: [ip],
        conditions,
        zone,
        targetRef: uid === undefined ? undefined : { kind: 'Pod', uid },
      })),
    });
  }

  /** Sends an event of any shape. */
  putRaw(type: string, object: { metadata: { name: string } & Record<string, unknown>; [field: string]: unknown }): void {
    this.#version += 1;
    const creationTimestamp = new Date(this.clock()).toISOString();
    const stored = { ...object, metadata: { ...object.metadata, creationTimestamp, resourceVersion: String(this.#version) } };
    if (type === 'DELETED') this.#slices.delete(object.metadata.name);
    else this.#slices.set(object.metadata.name, stored);
    this.#send({ type, object: stored });
  }

  delete(name: string): void {
    this.putRaw('DELETED', { metadata: { name } });
  }

  /** Tells watches the current version. */
  bookmark(): void {
    this.#version += 1;
    this.#send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } });
  }

  /** Forgets the events so far: watches that lag behind get 410. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#events.length = 0;
  }

  /** Ends all watches, in the middle of a line or at its end. */
  cut({ inLine = false } = {}): void {
    for (const { response } of this.#watches) {
      if (inLine) response.write('{"type":"ADDED","obj');
      response.destroy();
    }
  }

  write(text: string): void {
    for (const { response } of this.#watches) response.write(text);
  }

  #send(event: object): void {
    this.#events.push({ version: this.#version, event });
    this.write(`${JSON.stringify(event)}\n`);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.hostile !== undefined) return this.hostile(response, request);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://kubernetes');
    const end = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', date: new Date(this.clock()).toUTCString() });
      response.end(JSON.stringify(body));
    };
    if (this.failure !== undefined) return end(this.failure, { message: 'made to fail' });
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return end(401, { kind: 'Status', message: 'Unauthorized', code: 401 });
    }
    const selector = searchParams.get('labelSelector') ?? '';
    if (pathname !== '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices' || selector === '') return end(404, {});
    if (searchParams.get('watch') !== 'true') {
      this.lists += 1;
      const items = [...this.#slices.values()];
      return end(200, { kind: 'EndpointSliceList', metadata: { resourceVersion: String(this.#version) }, items });
    }
    this.watches += 1;
    this.asked.push(searchParams.get('resourceVersion') ?? '');
    if (this.hostileWatch !== undefined) return this.hostileWatch(response, request);
    const since = Number(searchParams.get('resourceVersion'));
    if (since < this.#oldest) return end(410, { kind: 'Status', reason: 'Expired', code: 410 });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { version, event } of this.#events) if (version > since) response.write(`${JSON.stringify(event)}\n`);
    const watch = { response, selector };
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
  }
}
