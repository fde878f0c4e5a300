/** CORS: rules for pages of other origins. */
import { NetronError } from '../errors/netron-error.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { refused } from './refusal.js';

const noHeaders: readonly string[] = [];
const varies: readonly string[] = ['vary', 'Origin'];

/** Request headers that pages of other origins may send. */
const requestHeaders = [
  ...['authorization', 'content-type', 'if-none-match', 'idempotency-key', 'last-event-id'],
  ...['netron-timeout', 'netron-contract', 'netron-batch', 'traceparent', 'tracestate'],
  ...['netron-upload', 'upload-offset', 'upload-complete', 'upload-length'],
];
/** Response headers that pages of other origins may read. */
const responseHeaders =
  'etag, date, retry-after, content-disposition, netron-tags, netron-invalidates, netron-cursor, netron-kind, netron-contract, location, upload-offset, upload-complete';
const methods = 'GET, HEAD, POST, QUERY, PUT, PATCH, DELETE';

/**
 * Refuses requests from pages of a foreign origin. Requests that browsers send without a preflight (`text/plain`, forms) are refused by
 * their media type already.
 *
 * @returns headers for the reply
 * @throws NetronError `permission_denied`
 */
export function checkOrigin(request: EdgeRequest, { origins, headers }: HttpSettings): readonly string[] {
  const origin = request.header('origin');
  const site = request.header('sec-fetch-site');
  const named = origins === '*' || origins.size > 0 ? varies : noHeaders;
  if (origin !== undefined && allowed(origin, origins)) {
    const exposed = headers.length === 0 ? responseHeaders : `${responseHeaders}, ${headers.join(', ')}`;
    return ['access-control-allow-origin', origin, 'access-control-expose-headers', exposed, ...named];
  }
  if (origin !== undefined && !isOwn(origin, request)) throw foreign(origin);
  if (site === 'cross-site') throw foreign('another site');
  return named;
}

/** Answers a CORS preflight request; an `OPTIONS` request without an origin gets the allowed methods. */
export function answerPreflight(request: EdgeRequest, { origins, maxAge, headers }: HttpSettings): EdgeReply {
  const origin = request.header('origin');
  if (origin === undefined || !allowed(origin, origins)) {
    if (origin === undefined || isOwn(origin, request)) return { status: 204, headers: ['allow', `${methods}, OPTIONS`] };
    throw foreign(origin);
  }
  return {
    status: 204,
    headers: [
      ...['access-control-allow-origin', origin],
      ...['access-control-allow-methods', methods],
      ...['access-control-allow-headers', [...requestHeaders, ...headers].join(', ')],
      ...['access-control-max-age', String(maxAge)],
      ...['vary', 'Origin'],
    ],
  };
}

function allowed(origin: string, origins: HttpSettings['origins']): boolean {
  return origins === '*' ? origin !== '' : origins.has(origin);
}

/** Whether a page comes from the same host as the request. */
function isOwn(origin: string, request: EdgeRequest): boolean {
  const host = request.header('host');
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (!URL.canParse(`${page.protocol}//${host}`)) return false;
  // The default port may be written or omitted.
  return page.host === host.toLowerCase() || page.host === new URL(`${page.protocol}//${host}`).host;
}

function foreign(origin: string): NetronError {
  return refused(new NetronError('permission_denied', `origin not allowed: ${origin.slice(0, 128)} (option http.cors.origins)`));
}
