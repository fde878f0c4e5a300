/**
 * One request, one reply, whatever server carries them: receives a request, finds out what it asks for, hands the call to the
 * node's dispatcher and writes what became of it.
 */
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundMember, BoundService } from '../service/call/bound-service.js';
import type { CallTags } from '../service/call/call-tags.js';
import { explain } from '../service/call/skew.js';
import { Cache, type CacheRule, Safe } from '../service/declare/annotations.js';
import { manifestOf } from '../service/describe.js';
import type { Clock } from '../util/clock.js';
import { readAddress } from './address.js';
import { Batches } from './batches.js';
import { acceptedFormat, type BodyFormat, type BodyLimits } from './body-format.js';
import { answerPreflight, checkOrigin } from './guard.js';
import type { HttpNode } from './http-node.js';
import { Live } from './live/live.js';
import { mediaTypes } from './media-types.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { Paces } from './pace.js';
import { writeProblem } from './problem.js';
import { bodyArguments, queryArguments, sentWith } from './read-arguments.js';
import { hidden, noMember, notAcceptable, notAllowed, refused, StatusError } from './refusal.js';
import { skewOf } from './skew.js';
import { acceptedStreamForm, isStream, replyStream, type StreamForm } from './stream-reply.js';
import { toldHeaders, toldOf } from './told.js';
import { isUpload, readUpload } from './upload.js';
import { type UploadCall, Uploads } from './uploads.js';
import { blobReply, changed, readable } from './write-result.js';

/** Characters of path and query. */
const longestTarget = 8_192;

/** Forms and rules for the reply of one call. */
interface ReplyTerms {
  readonly form: StreamForm | undefined;
  readonly format: BodyFormat | undefined;
  readonly safe: boolean;
  readonly cache: CacheRule | undefined;
  /** Milliseconds, when the caller says nothing else. Default: the node's. */
  readonly timeout?: number;
  /** Default: the request's. */
  readonly signal?: AbortSignal;
}

export class Answers {
  readonly #node: HttpNode;
  readonly #settings: HttpSettings;
  readonly #limits: BodyLimits;
  readonly #batches: Batches;
  readonly #uploads: Uploads;
  readonly #live: Live | undefined;
  /** The watch over clients that are slow. */
  readonly paces: Paces;

  constructor(node: HttpNode, settings: HttpSettings) {
    this.#node = node;
    this.#settings = settings;
    this.paces = new Paces(settings.clock, settings.idleTimeout);
    this.#live = settings.events && new Live(node, settings.events, settings.clock);
    this.#batches = new Batches(node, settings.maxBatch, this.#live);
    this.#uploads = new Uploads({
      clock: settings.clock,
      window: settings.resumeWindow,
      path: `${settings.path}/$upload`,
      failure: (error) => this.#failure(error, []),
    });
    node.draining(() => this.#uploads.leave());
    this.#limits = { bytes: settings.maxBody, elements: settings.maxElements };
  }

  /** Source of time for what replies wait for. */
  get clock(): Clock {
    return this.#settings.clock;
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
      if (address.rest !== '' && address.path === '$upload') return this.#upload(request, address.rest);
      if (address.rest === '' && address.path === '$events' && this.#live !== undefined)
        return this.#events(request, query, this.#live);
    }
    throw refused(noMember());
  }

  /** The caller, as it proves itself by this request. Throws, or rejects, when it does not. */
  #caller(request: EdgeRequest): CallPeer | Promise<CallPeer> {
    const address = this.#addressOf(request);
    let credentials: unknown;
    try {
      credentials = this.#settings.credentials(request);
    } catch (error) {
      throw refused(error);
    }
    if (this.#node.authenticates) return this.#identified(request, address, credentials);
    return { id: address, address, transport: 'http', identity: undefined };
  }

  async #identified(request: EdgeRequest, address: string, credentials: unknown): Promise<CallPeer> {
    const { certificate } = request;
    try {
      const identity = await this.#node.authenticate(credentials, { id: address, address, transport: 'http', certificate });
      return { id: address, address, transport: 'http', identity };
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
    if (service === '') throw refused(noMember());
    const manifest = manifestOf(await this.#resolve(service, caller));
    return readable(request, JSON.stringify(manifest), mediaTypes.json, { ttl: 0 }, []);
  }

  async #call(request: EdgeRequest, name: string, method: string, query: string): Promise<EdgeReply> {
    const proved = this.#caller(request);
    const caller = proved instanceof Promise ? await proved : proved;
    const found = this.#resolve(name, caller);
    const service = found instanceof Promise ? await found : found;
    const skew = skewOf(request.header('netron-contract'), service);
    const reply = await this.#member(request, query, caller, service, method).catch((error: unknown) => {
      throw explain(error, skew);
    });
    return skew === undefined ? reply : { ...reply, headers: [...reply.headers, 'netron-contract', skew.server] };
  }

  #resolve(name: string, caller: CallPeer): BoundService | Promise<BoundService> {
    const found = this.#node.resolve(name, caller);
    return found instanceof Promise ? found.catch(hidden) : found;
  }

  async #member(
    request: EdgeRequest,
    query: string,
    caller: CallPeer,
    service: BoundService,
    method: string,
  ): Promise<EdgeReply> {
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
    const { errors } = this.#node;
    if (!reading && isUpload(request, query)) {
      const call: UploadCall = async (chunks, signal) => {
        const upload = await readUpload(request, chunks, query, errors, this.#limits, this.#settings.maxUpload);
        const terms = { form, format, safe, cache, timeout: Number.POSITIVE_INFINITY, ...(signal && { signal }) };
        const reply = await this.#run(request, caller, service, member, upload.args, terms).catch((error: unknown) =>
          this.#failure(error, []),
        );
        if (upload.source.ended || reply.stream !== undefined) return reply;
        await upload.source.leave();
        return { ...reply, close: true, linger: true };
      };
      return this.#uploads.begin(request, caller, call) ?? call(request.chunks(), undefined);
    }
    const args = reading ? queryArguments(query, errors, this.#limits) : await bodyArguments(request, errors, this.#limits);
    return this.#run(request, caller, service, member, args, { form, format, safe, cache });
  }

  /** Runs a member and answers with what it gives. */
  async #run(
    request: EdgeRequest,
    caller: CallPeer,
    service: BoundService,
    member: BoundMember,
    args: unknown[],
    { form, format, safe, cache, timeout, signal }: ReplyTerms,
  ): Promise<EdgeReply> {
    const { errors } = this.#node;
    let call: { readonly tags: CallTags | undefined } | undefined;
    const cursor = this.#live?.cursor;
    const sent = sentWith(request, this.#settings.headers);
    const value = await this.#node.dispatchTo(service, {
      service: service.definition.name,
      method: member.name,
      args,
      caller,
      signal,
      left: signal === undefined ? (gone) => request.onLeave(gone) : undefined,
      began: (begun) => {
        call = begun;
      },
      // However long an upload takes: it is given up when no byte comes for a while.
      timeout: sent.timeout ?? timeout,
      headers: sent.headers,
      trace: sent.trace,
      idempotencyKey: sent.idempotencyKey,
    });
    if (value instanceof Blob) return blobReply(value);
    if (member.kind === 'stream' || isStream(value)) {
      if (form === undefined) throw notAcceptable();
      return this.#stream(value as object, form, request.method === 'HEAD');
    }
    if (format === undefined) throw notAcceptable();
    const body = format.write(value, errors);
    const told = toldOf(member, call?.tags, this.#live, safe ? cursor : this.#live?.cursor);
    const headers = toldHeaders(told instanceof Promise ? await told : told);
    return safe ? readable(request, body, format.mediaType, cache ?? {}, headers) : changed(body, format, headers);
  }

  /** Answers for an upload that was begun before. */
  async #upload(request: EdgeRequest, name: string): Promise<EdgeReply> {
    return this.#uploads.answer(request, name, await this.#caller(request));
  }

  /** Opens a stream of what goes out of date: tags in the query for plain clients, else as arguments. */
  async #events(request: EdgeRequest, query: string, live: Live): Promise<EdgeReply> {
    const reading = request.method === 'GET';
    if (!reading && request.method !== 'POST') throw notAllowed(request.method, 'GET, POST');
    const caller = await this.#caller(request);
    const tags = reading
      ? new URLSearchParams(query).getAll('tag')
      : await bodyArguments(request, this.#node.errors, this.#limits);
    return live.open(caller, tags, request.header('last-event-id'));
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
    const args = await bodyArguments(request, this.#node.errors, this.#limits);
    if (cancel) return this.#batches.cancel(caller, args);
    return this.#batches.run(caller, args, request.header('netron-batch'), sentWith(request, this.#settings.headers));
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

function seconds(wait: unknown): string {
  return typeof wait === 'number' ? String(Math.max(1, Math.ceil(wait / 1_000))) : '1';
}
