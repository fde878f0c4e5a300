/** Replies with results: receives a value, writes it in the form asked for, with what caches may do with it. */
import type { CacheRule } from '../service/declare/annotations.js';
import { digest, digestBytes } from '../util/digest.js';
import type { BodyFormat } from './body-format.js';
import type { EdgeReply, EdgeRequest } from './message.js';

/** The reply of a member that changes something. */
export function changed(
  body: string | Uint8Array,
  { mediaType }: Pick<BodyFormat, 'mediaType'>,
  told: readonly string[],
): EdgeReply {
  return { status: 200, headers: ['content-type', mediaType, 'cache-control', 'no-store', ...told], body };
}

/** A reply that may be kept, or that says that what is kept is still right. */
export function readable(
  request: EdgeRequest,
  body: string | Uint8Array,
  mediaType: string,
  { ttl = 0, shared = false }: CacheRule,
  told: readonly string[],
): EdgeReply {
  const etag = `"${typeof body === 'string' ? digest(body) : digestBytes(body)}"`;
  const kept = ttl > 0 ? `max-age=${ttl}` : 'no-cache';
  const headers = [
    ...['content-type', mediaType, 'etag', etag],
    ...['cache-control', `${shared ? 'public' : 'private'}, ${kept}`],
    ...['vary', shared ? 'Accept' : 'Accept, Authorization'],
    ...told,
  ];
  const known = request.header('if-none-match');
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (reading && known !== undefined && matches(known, etag)) return { status: 304, headers };
  if (request.method !== 'HEAD') return { status: 200, headers, body };
  const length = typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
  return { status: 200, headers: [...headers, 'content-length', String(length)] };
}

function matches(header: string, etag: string): boolean {
  return header === '*' || header.split(',').some((part) => part.trim().replace(/^W\//, '') === etag);
}
