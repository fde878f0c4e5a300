import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { defaultLimits } from '../wire/limits.js';
import { defaultPath } from './address.js';
import { defaultMaxBatch } from './batch.js';
import type { Trusts } from './client-address.js';
import type { EventsOptions, EventsSettings } from './live/live.js';
import { type TrustProxy, trustsOf } from './trust-proxy.js';

/** Options for pages of other origins. */
export interface CorsOptions {
  /**
   * Allowed origins, compared as a whole: `https://app.example.com`. `'*'` lets every page call; credentials that browsers add on their own
   * never count.
   */
  readonly origins: readonly string[] | '*';
  /** Seconds for which a browser caches the answer to a preflight request. Default 600. */
  readonly maxAge?: number;
}

/** The part of a request from which credentials are read. */
export interface CredentialSource {
  /** Returns the value of a header by its name in lower case. */
  header(name: string): string | undefined;
  readonly address: string;
}

/** Options of HTTP on a node. */
export interface HttpOptions {
  /** Path of the calls. Default `/netron`. */
  readonly path?: string;
  /** Access of pages from other origins. Default: only pages of the server's own host. */
  readonly cors?: CorsOptions;
  /**
   * Returns the credentials that `authenticate` receives, or a promise of them. An error refuses the caller, as in `authenticate`, and the
   * time limit is the same, the node's `handshakeTimeout`. Default: the token of `Authorization: Bearer …`. Cookies are read only by this
   * function.
   */
  readonly credentials?: (request: CredentialSource) => unknown;
  /** Headers that methods may read in `call.headers`, in lower case. Default: none. */
  readonly headers?: readonly string[];
  /** Most bytes of a body. Default: `limits.message` of the node; 16 MiB for `httpHandler`. */
  readonly maxBody?: number;
  /** Most bytes of an upload, arguments and files together. Default 1 GiB. */
  readonly maxUpload?: number;
  /** Most calls of one batch. Default 100. */
  readonly maxBatch?: number;
  /** Most elements of containers in a body. Default: `limits.elements` of the node; 1,048,576 for `httpHandler`. */
  readonly maxElements?: number;
  /**
   * Proxies in front of this node whose `X-Forwarded-For` is trusted, for requests and for WebSockets on the same port: `true` for one, the
   * number of them in a row, or their addresses. The port must then be reachable only through them. Default: none.
   */
  readonly trustProxy?: TrustProxy;
  /** Milliseconds within which the client of an interrupted upload may reconnect and resume it; 0 turns resuming off. Default 60,000. */
  readonly resumeWindow?: number;
  /**
   * Milliseconds without progress after which a client that sends a body or reads a reply is disconnected. A body must bring 1 KiB in this
   * time, or end. Default 15,000.
   */
  readonly idleTimeout?: number;
  /** Options of the events that notify clients when their data becomes stale; `false` turns them off. */
  readonly events?: EventsOptions | false;
  /** Default: the clock of the node; for `httpHandler` that of the platform. */
  readonly clock?: Clock;
}

/** The options, checked and complete. */
export interface HttpSettings {
  readonly path: string;
  readonly origins: ReadonlySet<string> | '*';
  readonly maxAge: number;
  readonly credentials: (request: CredentialSource) => unknown;
  readonly headers: readonly string[];
  readonly maxBody: number;
  readonly maxElements: number;
  readonly maxBatch: number;
  readonly maxUpload: number;
  readonly resumeWindow: number;
  readonly idleTimeout: number;
  readonly trusts: Trusts;
  readonly events: EventsSettings | undefined;
  readonly clock: Clock;
}

/** Names of the options, including those of a node's own listener. */
const names: OptionNames<HttpOptions> & { readonly port: true; readonly host: true } = {
  port: true,
  host: true,
  path: true,
  cors: true,
  credentials: true,
  headers: true,
  maxBody: true,
  maxUpload: true,
  maxBatch: true,
  maxElements: true,
  trustProxy: true,
  resumeWindow: true,
  idleTimeout: true,
  events: true,
  clock: true,
};

const eventsNames: OptionNames<EventsOptions> = {
  secret: true,
  maxTags: true,
  maxStreams: true,
  maxStreamsPerAddress: true,
  lifetime: true,
};

/** @throws TypeError that names the wrong option */
export function httpSettings(options: HttpOptions): HttpSettings {
  checkOptions('http', options, names);
  checkOptions('http.cors', options.cors, { origins: true, maxAge: true });
  const { path = defaultPath, cors, credentials = bearer, headers = [], trustProxy = false } = options;
  if (!/^\/[^?#]*$/.test(path)) throw new TypeError(`http.path must start with '/' and have no query, not '${path}'`);
  const origins = cors === undefined ? new Set<string>() : cors.origins === '*' ? '*' : new Set(cors.origins.map(checkOrigin));
  return {
    path: path.replace(/\/+$/, ''),
    origins,
    maxAge: atLeastZero('http.cors.maxAge', cors?.maxAge ?? 600),
    credentials,
    headers: headers.map(headerName),
    maxBody: atLeastZero('http.maxBody', options.maxBody ?? defaultLimits.message),
    maxElements: atLeastZero('http.maxElements', options.maxElements ?? defaultLimits.elements),
    maxUpload: atLeastZero('http.maxUpload', options.maxUpload ?? 1_073_741_824),
    maxBatch: atLeastZero('http.maxBatch', options.maxBatch ?? defaultMaxBatch),
    resumeWindow: atLeastZero('http.resumeWindow', options.resumeWindow ?? 60_000),
    idleTimeout: positive('http.idleTimeout', options.idleTimeout ?? 15_000),
    events: options.events === false ? undefined : eventsSettings(options.events ?? {}),
    clock: options.clock ?? systemClock,
    trusts: trustsOf(trustProxy),
  };
}

function eventsSettings(given: EventsOptions): EventsSettings {
  checkOptions('http.events', given, eventsNames);
  const settings = { maxTags: 1_000, maxStreams: 10_000, maxStreamsPerAddress: 100, lifetime: 600_000, ...given };
  const { secret } = settings;
  for (const name of ['maxTags', 'maxStreams', 'maxStreamsPerAddress', 'lifetime'] as const) {
    atLeastZero(`http.events.${name}`, settings[name]);
  }
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16)) {
    throw new TypeError('http.events.secret must be a string of at least 16 characters');
  }
  return settings;
}

function bearer(request: CredentialSource): string | undefined {
  const header = request.header('authorization');
  if (header === undefined) return undefined;
  const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw new NetronError('unauthenticated', 'expected Authorization: Bearer and a token');
  return token;
}

function checkOrigin(origin: string): string {
  const own = URL.canParse(origin) ? new URL(origin).origin : '';
  if (own !== origin)
    throw new TypeError(
      `http.cors.origins: invalid origin '${origin}', expected for instance https://app.example.com; origins: '*' allows all`,
    );
  return origin;
}

function headerName(name: string): string {
  if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new TypeError(`http.headers: invalid header name '${name}'`);
  return name.toLowerCase();
}

function positive(name: string, value: number): number {
  if (typeof value !== 'number' || !(value > 0)) throw new TypeError(`${name} must be a positive number, not ${String(value)}`);
  return value;
}

function atLeastZero(name: string, value: number): number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new TypeError(`${name} must be a non-negative number, not ${String(value)}`);
  return value;
}
