/**
 * Answers one request with one reply, independent of the server: determines what the request asks for and passes it to the part that
 * answers it.
 */
import { NetronError } from '../errors/netron-error.js';
import { manifestOf } from '../service/describe.js';
import type { Clock } from '../util/clock.js';
import { baseLimits } from '../wire/limits.js';
import { type Address, readAddress } from './address.js';
import { Batches } from './batches.js';
import type { BodyLimits } from './body-format.js';
import { BodyRates } from './body-rate.js';
import { Callers, serviceFor } from './callers.js';
import { answerPreflight, checkOrigin } from './guard.js';
import type { HttpNode } from './http-node.js';
import { Live } from './live/live.js';
import { mediaTypes } from './media-types.js';
import { MemberCalls } from './member-calls.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { problemReply } from './problem-reply.js';
import { bodyArguments, callMetadata } from './read-arguments.js';
import { noMember, notAllowed, refused, StatusError } from './refusal.js';
import { Uploads } from './uploads.js';
import { readable } from './write-result.js';

/** Most characters of path and query. */
const longestTarget = 8_192;

/** Most paths whose addresses are remembered: most calls are of a few members. */
const maxAddresses = 256;

export class RequestRouter {
  readonly #node: HttpNode;
  readonly #settings: HttpSettings;
  readonly #limits: BodyLimits;
  readonly #callers: Callers;
  readonly #calls: MemberCalls;
  readonly #batches: Batches;
  readonly #uploads: Uploads;
  readonly #live: Live | undefined;
  readonly #addresses = new Map<string, Address>();
  /** Watches for slow clients. */
  readonly rates: BodyRates;

  constructor(node: HttpNode, settings: HttpSettings) {
    this.#node = node;
    this.#settings = settings;
    this.rates = new BodyRates(settings.clock, settings.idleTimeout);
    this.#live = settings.events && new Live(node, settings.events, settings.clock);
    this.#batches = new Batches(node, settings.maxBatch, this.#live);
    this.#uploads = new Uploads({
      clock: settings.clock,
      window: settings.resumeWindow,
      path: `${settings.path}/$upload`,
      failure: (error) => problemReply(error, node.errors),
    });
    node.draining(() => this.#uploads.leave());
    this.#limits = { ...baseLimits, message: settings.maxBody, elements: settings.maxElements };
    this.#callers = new Callers(node, settings);
    this.#calls = new MemberCalls({
      ...{ node, settings, limits: this.#limits, callers: this.#callers },
      ...{ uploads: this.#uploads, live: this.#live },
    });
  }

  /** Clock for everything that replies wait for. */
  get clock(): Clock {
    return this.#settings.clock;
  }

  /** Most bytes of a body of arguments. */
  get maxBody(): number {
    return this.#limits.message;
  }

  /** Whether a path is answered here. */
  owns(target: string): boolean {
    const { path } = this.#settings;
    return target.startsWith(path) && (target.length === path.length || '/?'.includes(target[path.length]!));
  }

  /** Answers one request. Neither throws nor rejects. */
  answer(request: EdgeRequest): EdgeReply | Promise<EdgeReply> {
    const { errors } = this.#node;
    let common: readonly string[] = [];
    try {
      if (request.hasLongHeaders === true) throw tooLongHeaders();
      if (request.target.length > longestTarget) throw tooLong();
      if (request.method === 'OPTIONS') return answerPreflight(request, this.#settings);
      common = checkOrigin(request, this.#settings);
      const reply = this.#route(request);
      return reply instanceof Promise ? this.#settled(reply, common) : withHeaders(reply, common);
    } catch (error) {
      return problemReply(error, errors, common);
    }
  }

  async #settled(reply: Promise<EdgeReply>, common: readonly string[]): Promise<EdgeReply> {
    try {
      return withHeaders(await reply, common);
    } catch (error) {
      return problemReply(error, this.#node.errors, common);
    }
  }

  #route(request: EdgeRequest): EdgeReply | Promise<EdgeReply> {
    const { target } = request;
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const known = this.#addresses.get(path);
    const address = known ?? (this.owns(path) ? readAddress(path.slice(this.#settings.path.length)) : undefined);
    const query = mark < 0 ? '' : target.slice(mark + 1);
    if (address?.kind === 'call') {
      const reply = this.#calls.answer(request, address.service, address.method, query);
      if (known === undefined) void this.#remember(path, address, reply);
      return reply;
    }
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

  /** Remembers the address of a path once a call of it has succeeded, so that names that do not exist take no room. */
  async #remember(path: string, address: Address, reply: EdgeReply | Promise<EdgeReply>): Promise<void> {
    try {
      await reply;
    } catch {
      return;
    }
    if (this.#addresses.size >= maxAddresses) this.#addresses.clear();
    this.#addresses.set(path, address);
  }

  async #describe(request: EdgeRequest, service: string): Promise<EdgeReply> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed(request.method, 'GET, HEAD');
    const caller = await this.#callers.of(request);
    if (service === '') throw refused(noMember());
    const manifest = manifestOf(await serviceFor(this.#node, service, caller));
    return readable(request, JSON.stringify(manifest), mediaTypes.json, { ttl: 0 }, []);
  }

  /** Answers a request about an upload in progress. */
  async #upload(request: EdgeRequest, name: string): Promise<EdgeReply> {
    return this.#uploads.answer(request, name, await this.#callers.of(request));
  }

  /** Opens a stream of invalidations. Plain clients pass their tags in the query, others as arguments. */
  async #events(request: EdgeRequest, query: string, live: Live): Promise<EdgeReply> {
    const reading = request.method === 'GET';
    if (!reading && request.method !== 'POST') throw notAllowed(request.method, 'GET, POST');
    const caller = await this.#callers.of(request);
    const tags = reading
      ? new URLSearchParams(query).getAll('tag')
      : await bodyArguments(request, this.#node.errors, this.#limits);
    return live.open(caller, tags, request.header('last-event-id'));
  }

  /** Runs a batch, or cancels calls of a running one. */
  async #batch(request: EdgeRequest, cancel: boolean): Promise<EdgeReply> {
    if (request.method !== 'POST') throw notAllowed(request.method, 'POST');
    const caller = await this.#callers.of(request);
    const args = await bodyArguments(request, this.#node.errors, this.#limits);
    if (cancel) return this.#batches.cancel(caller, args);
    return this.#batches.run(caller, args, request.header('netron-batch'), callMetadata(request, this.#settings.headers));
  }
}

function withHeaders(reply: EdgeReply, more: readonly string[]): EdgeReply {
  return more.length === 0 ? reply : { ...reply, headers: [...reply.headers, ...more] };
}

function tooLongHeaders(): StatusError {
  const error = new NetronError('invalid_argument', 'the headers must have at most 16 KiB');
  return refused(new StatusError(431, error, [], true));
}

function tooLong(): StatusError {
  const error = new NetronError('invalid_argument', `the URL must have at most ${longestTarget} characters`);
  return refused(new StatusError(414, error, [], true));
}
