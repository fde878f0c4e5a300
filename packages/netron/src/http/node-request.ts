/** Requests of Node's servers as the edge sees them. */
import { type ClientCertificate, clientCertificate } from '../transport/client-certificate.js';
import { formatOf } from './body-format.js';
import type { BodyRate, BodyRates } from './body-rate.js';
import { clientDisconnected } from './client-disconnected.js';
import { joined } from './fetch.js';
import type { EdgeRequest } from './message.js';
import { nodeChunks } from './node-body.js';
import type { NodeRequest } from './node-messages.js';

/** Most characters of the names and values of headers, as of the servers for HTTP/1. */
const longestHeaders = 16_384;

/** One request, whose client may disconnect before it is answered. */
export class IncomingRequest implements EdgeRequest {
  readonly method: string;
  readonly target: string;
  readonly #request: NodeRequest;
  readonly #headers: NodeRequest['headers'];
  readonly #rates: BodyRates;
  #controller: AbortController | undefined;
  #disconnectListeners: (() => void)[] | undefined;
  /** Whether the client has disconnected before the answer. */
  disconnected = false;
  /** Whether the body was given up because its client is too slow. */
  slow = false;
  /** Watches the speed of a small body that is being read. */
  #rate: BodyRate | undefined;
  /** The body, once it has been read. */
  #whole: Uint8Array | undefined;
  /** The reason why the body cannot be read. */
  #failure: Error | undefined;

  constructor(request: NodeRequest, rates: BodyRates) {
    this.#request = request;
    this.#headers = request.headers;
    this.#rates = rates;
    this.method = request.method ?? 'GET';
    this.target = request.originalUrl ?? request.url ?? '/';
  }

  /** Notes that the client has disconnected. */
  markDisconnected(): void {
    if (this.disconnected) return;
    this.disconnected = true;
    this.#rate?.end();
    this.#controller?.abort();
    for (const listener of this.#disconnectListeners ?? []) listener();
  }

  onDisconnect(listener: () => void): void {
    if (this.disconnected) return listener();
    this.#disconnectListeners ??= [];
    this.#disconnectListeners.push(listener);
  }

  /** Servers for HTTP/1 refuse such requests themselves; those for HTTP/2 accept a quarter of a megabyte. */
  get hasLongHeaders(): boolean {
    if (this.#headers[':method'] === undefined) return false;
    let length = 0;
    for (const text of this.#request.rawHeaders ?? []) length += text.length;
    return length > longestHeaders;
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get certificate(): ClientCertificate | undefined {
    return clientCertificate(this.#request.socket);
  }

  /** Whether the body has not been read to its end. */
  get unread(): boolean {
    if (this.#whole !== undefined) return false;
    const { readableEnded, stream } = this.#request;
    if (readableEnded === true || this.#parsed !== undefined) return false;
    if (stream !== undefined) return stream.endAfterHeaders !== true;
    return this.#headers['transfer-encoding'] !== undefined || Number(this.#headers['content-length'] ?? 0) > 0;
  }

  header(name: string): string | undefined {
    // HTTP/2 sends `:authority` in place of `Host`.
    const value = (name === 'host' ? this.#headers[':authority'] : undefined) ?? this.#headers[name];
    if (typeof value === 'string') return value;
    return Array.isArray(value) ? value.join(', ') : undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.disconnected) this.#controller.abort();
    return this.#controller.signal;
  }

  /**
   * Reads a small body of arguments and then calls `next`, so that the whole call is handled in one turn. For any other body, and for
   * requests without one, `next` is called at once. It is not called when the client disconnects while a small body is read.
   *
   * @param limit bytes
   * @param argument of `next`, so that no function is made for each request
   */
  read<A>(limit: number, next: (argument: A) => void, argument: A): void {
    const { 'content-length': length, 'content-type': type } = this.#headers;
    const size = typeof length === 'string' && this.#parsed === undefined ? Number(length) : 0;
    if (!(size > 0 && size <= limit) || typeof type !== 'string' || formatOf(type) === undefined) return next(argument);
    const rate = this.#rates.watch((error) => {
      this.slow = true;
      this.#failure = error;
      next(argument);
    });
    this.#rate = rate;
    let first: Uint8Array | undefined;
    let chunks: Uint8Array[] | undefined;
    let left = size;
    this.#request.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      rate.received(chunk.length);
      // Most bodies arrive in one chunk.
      if (first === undefined) first = chunk;
      else {
        chunks ??= [first];
        chunks.push(chunk);
      }
      // A body that was too slow has been answered already.
      if (left > 0 || this.#failure !== undefined) return;
      rate.end();
      this.#whole = chunks === undefined ? first : joined(chunks, size);
      next(argument);
    });
  }

  /** The body as parsed by a framework. */
  get #parsed(): unknown {
    const { complete, body } = this.#request;
    return complete === true ? body : undefined;
  }

  chunks(): AsyncIterator<Uint8Array, void> {
    const parsed = this.#parsed;
    if (parsed === undefined) return nodeChunks(this.#request, this.#rates, () => (this.slow = true));
    const whole = rewritten(parsed, Number.POSITIVE_INFINITY);
    return (async function* () {
      if (whole !== undefined) yield whole;
    })();
  }

  body(limit: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#whole !== undefined) return this.#whole;
    const request = this.#request;
    const parsed = this.#parsed;
    // A body parsed by a framework is serialized again, so that the same reader validates it.
    if (parsed !== undefined) return rewritten(parsed, limit);
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      const rate = this.#rates.watch((error) => {
        this.slow = true;
        reject(error);
      });
      request.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        rate.received(chunk.length);
        if (size <= limit) return void chunks.push(chunk);
        rate.end();
        resolve(undefined);
        request.pause();
      });
      request.on('end', () => {
        rate.end();
        resolve(joined(chunks, size));
      });
      this.onDisconnect(() => {
        rate.end();
        reject(clientDisconnected());
      });
    });
  }
}

function rewritten(body: unknown, limit: number): Uint8Array | undefined {
  const bytes =
    body instanceof Uint8Array ? body : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return bytes.length > limit ? undefined : bytes;
}
