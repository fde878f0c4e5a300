/**
 * One request, one reply, whatever server carries them: receives a request, finds out what it asks for, hands the call to the
 * node's dispatcher and writes what became of it.
 */
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundMember } from '../service/call/bound-service.js';
import { Cache, type CacheRule, Invalidates, Safe } from '../service/declare/annotations.js';
import { digest, digestBytes } from '../util/digest.js';
import { readAddress } from './address.js';
import { Batches } from './batches.js';
import { acceptedFormat, type BodyFormat, type BodyLimits, formatOf, readQueryArguments } from './body-format.js';
import { manifestOf } from './describe.js';
import { answerPreflight, checkOrigin } from './guard.js';
import type { HttpCall, HttpNode } from './http-node.js';
import { mediaTypes } from './media-types.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { writeProblem } from './problem.js';
import { formats, hidden, noMember, notAcceptable, notAllowed, refused, StatusError, tooLarge } from './refusal.js';
import { acceptedStreamForm, isStream, replyStream, type StreamForm } from './stream-reply.js';

/** Characters of path and query. */
const longestTarget = 8_192;

export class Answers {
  readonly #node: HttpNode;
  readonly #settings: HttpSettings;
  readonly #limits: BodyLimits;
  readonly #batches: Batches;

  constructor(node: HttpNode, settings: HttpSettings) {
    this.#node = node;
    this.#settings = settings;
    this.#batches = new Batches(node, settings.maxBatch);
    this.#limits = { bytes: settings.maxBody, elements: settings.maxElements };
  }

  /** Whether a path is one of those that are answered here. */
  owns(target: string): boolean {
    const { path } = this.#settings;
    return target.startsWith(path) && (target.length === path.length || '/?'.includes(target[path.length]!));
  }

  /** Answers one request. Never rejects. */
  async answer(request: EdgeRequest): Promise<EdgeReply> {
    let common: string[] = [];
    try {
      if (request.target.length > longestTarget) {
        throw new StatusError(
          414,
          new NetronError('invalid_argument', `a URL of more than ${longestTarget} characters`),
          [],
          true,
        );
      }
      if (request.method === 'OPTIONS') return answerPreflight(request, this.#settings);
      common = checkOrigin(request, this.#settings);
      const reply = await this.#route(request);
      return common.length === 0 ? reply : { ...reply, headers: [...reply.headers, ...common] };
    } catch (error) {
      return this.#failure(error, common);
    }
  }

  #route(request: EdgeRequest): Promise<EdgeReply> {
    const { target } = request;
    const { path } = this.#settings;
    const mark = target.indexOf('?');
    const address = this.owns(target) ? readAddress(target.slice(path.length, mark < 0 ? undefined : mark)) : undefined;
    const query = mark < 0 ? '' : target.slice(mark + 1);
    if (address?.kind === 'call') return this.#call(request, address.service, address.method, query);
    if (address?.kind === 'system') {
      if (address.path === '$services') return this.#describe(request, address.rest);
      if (address.rest === '' && address.path === '$batch') return this.#batch(request, false);
      if (address.rest === '' && address.path === '$cancel') return this.#batch(request, true);
    }
    throw refused(new NetronError('not_found', 'nothing is at this address'));
  }

  /** The caller, as it proves itself by this request. */
  async #caller(request: EdgeRequest): Promise<CallPeer> {
    const address = this.#addressOf(request);
    const who = { id: address, address, transport: 'http' };
    try {
      const identity = await this.#node.authenticate(this.#settings.credentials(request), who);
      return { ...who, identity };
    } catch (error) {
      throw refused(error);
    }
  }

  #addressOf(request: EdgeRequest): string {
    const forwarded = request.header('x-forwarded-for');
    if (forwarded === undefined || !this.#settings.trusts(request.address)) return request.address;
    // The last one that a trusted proxy has not added itself.
    const hops = forwarded.split(',').map((hop) => hop.trim());
    return hops.findLast((hop, index) => index === 0 || !this.#settings.trusts(hop)) ?? request.address;
  }

  async #describe(request: EdgeRequest, service: string): Promise<EdgeReply> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed(request.method, 'GET, HEAD');
    const caller = await this.#caller(request);
    if (service === '') throw refused(new NetronError('not_found', 'nothing is at this address'));
    const manifest = manifestOf(await this.#node.resolve(service, caller).catch(hidden));
    return this.#readable(request, JSON.stringify(manifest), mediaTypes.json, { ttl: 0 }, []);
  }

  async #call(request: EdgeRequest, name: string, method: string, query: string): Promise<EdgeReply> {
    const caller = await this.#caller(request);
    const service = await this.#node.resolve(name, caller).catch(hidden);
    const member = service.byName.get(method);
    if (member === undefined) throw refused(noMember());
    const cache = member.info.annotation(Cache);
    const safe = cache !== undefined || member.info.annotation(Safe) === true || member.kind === 'property';
    const allow = safe ? 'GET, HEAD, POST, QUERY' : 'POST';
    if (!allow.split(', ').includes(request.method)) throw notAllowed(request.method, allow);
    const accept = request.header('accept');
    const form = acceptedStreamForm(accept);
    const format = acceptedFormat(accept);
    if (member.kind === 'stream' ? form === undefined : format === undefined) throw notAcceptable();
    const reading = request.method === 'GET' || request.method === 'HEAD';
    const args = reading ? this.#queryArguments(query) : await this.#bodyArguments(request);
    const value = await this.#node.dispatchTo(service, {
      service: name,
      method,
      args,
      caller,
      signal: request.signal,
      ...this.#alongside(request),
    });
    if (member.kind === 'stream' || isStream(value)) {
      if (form === undefined) throw notAcceptable();
      return this.#stream(value as object, form, request.method === 'HEAD');
    }
    if (format === undefined) throw notAcceptable();
    return this.#result(request, member, value, format, safe ? (cache ?? {}) : undefined);
  }

  async #stream(source: object, form: StreamForm, head: boolean): Promise<EdgeReply> {
    // Proxies would collect what should arrive as it comes.
    const headers = ['content-type', form.mediaType, 'cache-control', 'no-store', 'x-accel-buffering', 'no'];
    const stream = replyStream(source, form, this.#node.errors);
    if (!head) return { status: 200, headers, stream };
    await stream.chunks.return?.();
    return { status: 200, headers };
  }

  /** Runs a batch, or cancels calls of one that is under way. */
  async #batch(request: EdgeRequest, cancel: boolean): Promise<EdgeReply> {
    if (request.method !== 'POST') throw notAllowed(request.method, 'POST');
    const caller = await this.#caller(request);
    const args = await this.#bodyArguments(request);
    if (cancel) return this.#batches.cancel(caller, args);
    return this.#batches.run(caller, args, request.header('netron-batch'), this.#alongside(request));
  }

  #result(
    request: EdgeRequest,
    member: BoundMember,
    value: unknown,
    format: BodyFormat,
    cache: CacheRule | undefined,
  ): EdgeReply {
    const body = format.write(value, this.#node.errors);
    const invalidates = member.info.annotation(Invalidates) ?? [];
    const extra = invalidates.length > 0 ? ['netron-invalidates', list(invalidates)] : [];
    if (cache !== undefined) return this.#readable(request, body, format.mediaType, cache, extra);
    return { status: 200, headers: ['content-type', format.mediaType, 'cache-control', 'no-store', ...extra], body };
  }

  /** A reply that may be kept, or that says that what is kept is still right. */
  #readable(request: EdgeRequest, body: string | Uint8Array, mediaType: string, cache: CacheRule, extra: string[]): EdgeReply {
    const { ttl = 0, shared = false, tags = [] } = cache;
    const etag = `"${typeof body === 'string' ? digest(body) : digestBytes(body)}"`;
    const kept = ttl > 0 ? `max-age=${ttl}` : 'no-cache';
    const headers = [
      ...['content-type', mediaType, 'etag', etag],
      ...['cache-control', `${shared ? 'public' : 'private'}, ${kept}`],
      ...['vary', shared ? 'Accept' : 'Accept, Authorization'],
      ...(tags.length > 0 ? ['netron-tags', list(tags)] : []),
      ...extra,
    ];
    const known = request.header('if-none-match');
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (reading && known !== undefined && matches(known, etag)) return { status: 304, headers };
    if (request.method !== 'HEAD') return { status: 200, headers, body };
    const length = typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
    return { status: 200, headers: [...headers, 'content-length', String(length)] };
  }

  #queryArguments(query: string): unknown[] {
    const text = parameter(query, 'args');
    return text === undefined ? [] : asList(() => readQueryArguments(text, this.#node.errors, this.#limits));
  }

  async #bodyArguments(request: EdgeRequest): Promise<unknown[]> {
    const { bytes } = this.#limits;
    const announced = request.header('content-length');
    if (announced !== undefined && Number(announced) > bytes) throw tooLarge(bytes);
    const format = formatOf(request.header('content-type'));
    const encoding = request.header('content-encoding');
    const empty = announced === '0' || (announced === undefined && request.header('transfer-encoding') === undefined);
    if (format === undefined && !(empty && request.header('content-type') === undefined)) {
      throw refused(
        new StatusError(415, new NetronError('invalid_argument', `arguments are ${Object.values(formats).join(', ')}`)),
      );
    }
    if (encoding !== undefined && encoding !== 'identity') {
      throw refused(new StatusError(415, new NetronError('invalid_argument', 'bodies are not compressed')));
    }
    const body = await request.body(bytes);
    if (body === undefined) throw tooLarge(bytes);
    if (body.length === 0 || format === undefined) return [];
    return asList(() => format.read(body, this.#node.errors, this.#limits));
  }

  /** Returns what goes with the call besides its arguments. */
  #alongside(request: EdgeRequest): Partial<HttpCall> {
    const timeout = request.header('netron-timeout');
    if (timeout !== undefined && !/^\d{1,12}$/.test(timeout)) {
      throw refused(new NetronError('invalid_argument', 'Netron-Timeout is a whole number of milliseconds'));
    }
    const traceparent = request.header('traceparent');
    const tracestate = request.header('tracestate');
    const idempotencyKey = request.header('idempotency-key');
    if (idempotencyKey !== undefined && idempotencyKey.length > 256) {
      throw refused(new NetronError('invalid_argument', 'Idempotency-Key has at most 256 characters'));
    }
    const headers: Record<string, string> = {};
    for (const name of this.#settings.headers) {
      const value = request.header(name);
      if (value !== undefined) headers[name] = value;
    }
    return {
      ...(timeout !== undefined && { timeout: Number(timeout) }),
      ...(traceparent !== undefined && { trace: { traceparent, ...(tracestate !== undefined && { tracestate }) } }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(Object.keys(headers).length > 0 && { headers }),
    };
  }

  #failure(error: unknown, common: readonly string[]): EdgeReply {
    const own = error instanceof StatusError ? error : undefined;
    const outcome = outcomeOf(error) === 'not_run' ? 'not_run' : undefined;
    // What refuses a body or an address is a NetronError to everybody else.
    const thrown = own === undefined ? error : new NetronError(own.code, own.message);
    const { status, body } = writeProblem(thrown, { errors: this.#node.errors, outcome, status: own?.status });
    const wait = (error as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
    const retry = status === 429 || status === 503 ? ['retry-after', seconds(wait)] : [];
    return {
      status,
      headers: [
        ...['content-type', mediaTypes.problem, 'cache-control', 'no-store'],
        ...(status === 401 ? ['www-authenticate', 'Bearer'] : []),
        ...retry,
        ...(own?.headers ?? []),
        ...common,
      ],
      body,
      ...(own?.close === true && { close: true }),
    };
  }
}

/** @throws NetronError `invalid_argument`, and no other */
function asList(read: () => unknown): unknown[] {
  try {
    const args = read();
    if (Array.isArray(args)) return args;
  } catch (error) {
    throw refused(new NetronError('invalid_argument', NetronError.from(error).message));
  }
  throw refused(new NetronError('invalid_argument', 'arguments are an array'));
}

function parameter(query: string, name: string): string | undefined {
  return query === '' ? undefined : (new URLSearchParams(query).get(name) ?? undefined);
}

function matches(header: string, etag: string): boolean {
  return header === '*' || header.split(',').some((part) => part.trim().replace(/^W\//, '') === etag);
}

function list(names: readonly string[]): string {
  return names.map(encodeURIComponent).join(', ');
}

function seconds(wait: unknown): string {
  return typeof wait === 'number' ? String(Math.max(1, Math.ceil(wait / 1_000))) : '1';
}
