/** Replies with results: writes a value in the requested format, with headers for caches. */
import type { ErrorCodec } from '../errors/wire-error.js';
import { discardStreams, streamSource } from '../service/call/stream-source.js';
import type { CacheRule } from '../service/declare/annotations.js';
import { digest, digestBytes } from '../util/digest.js';
import { quietly } from '../util/quietly.js';
import { wellFormed } from '../wire/surrogates.js';
import { mediaTypes } from './media-types.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import { notAcceptable } from './refusal.js';
import { acceptedStreamForm, type ReplyStream, replyStream } from './stream-reply.js';

/** Returns the reply of a member that changes something. */
export function changed(body: string | Uint8Array, mediaType: string, metadata: readonly string[]): EdgeReply {
  const headers = ['content-type', mediaType, 'cache-control', 'no-store'];
  if (metadata.length > 0) headers.push(...metadata);
  return { status: 200, headers, body };
}

/** Returns a file as it is. */
export function blobReply(request: EdgeRequest, blob: Blob): EdgeReply | Promise<EdgeReply> {
  const { name } = blob as { name?: string };
  const headers = [
    ...['content-type', blob.type === '' ? mediaTypes.bytes : blob.type, 'content-length', String(blob.size)],
    // Never displayed as a page of this server.
    ...['content-disposition', name === undefined ? 'attachment' : `attachment; filename*=UTF-8''${encodedName(name)}`],
    ...['x-content-type-options', 'nosniff', 'cache-control', 'no-store', 'netron-kind', 'blob'],
  ];
  if (request.method === 'HEAD') return { status: 200, headers };
  const reader = blob.stream().getReader();
  const done = { done: true, value: undefined } as const;
  const chunks: AsyncIterator<Uint8Array, void> = {
    next: async () => {
      const read = await reader.read();
      return read.done ? done : { done: false, value: read.value };
    },
    return: async () => {
      await quietly(() => reader.cancel());
      return done;
    },
  };
  return begun(request, headers, { chunks, heartbeat: undefined });
}

/**
 * Encodes the name of a file for a header.
 *
 * @source https://www.rfc-editor.org/rfc/rfc8187#section-3.2.1
 */
function encodedName(name: string): string {
  return encodeURIComponent(wellFormed(name)).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Returns a reply with a stream, in the format that the request accepts.
 *
 * @throws StatusError 406 when it accepts none, or rejects with it when the first item cannot be written in that format
 */
export function streamReply(request: EdgeRequest, source: object, errors: ErrorCodec): EdgeReply | Promise<EdgeReply> {
  const form = acceptedStreamForm(request.header('accept'));
  if (form === undefined) {
    discardStreams(source);
    throw notAcceptable();
  }
  // Proxies would otherwise buffer the stream.
  const headers = ['content-type', form.mediaType, 'cache-control', 'no-store', 'x-accel-buffering', 'no'];
  const items = streamSource(source);
  // Tells the caller which kind of stream the method returned: a web stream or an iterable.
  if (items.kind === 'web') headers.push('netron-kind', 'web-stream');
  const stream = replyStream(items, form, errors);
  if (request.method === 'HEAD') return stream.chunks.return!().then(() => ({ status: 200, headers }));
  return form.failure === undefined ? begun(request, headers, stream) : { status: 200, headers, stream };
}

/**
 * Returns a reply in a format that cannot report a failure. It waits for the first chunk, so that an early failure can still set the
 * status.
 */
async function begun(request: EdgeRequest, headers: readonly string[], { chunks, heartbeat }: ReplyStream): Promise<EdgeReply> {
  request.onDisconnect(() => void chunks.return?.());
  let first: IteratorResult<string | Uint8Array, void> | undefined = await chunks.next();
  const all: ReplyStream['chunks'] = {
    next() {
      const next = first === undefined ? chunks.next() : Promise.resolve(first);
      first = undefined;
      return next;
    },
    return: () => chunks.return!(),
  };
  return { status: 200, headers, stream: { chunks: all, heartbeat } };
}

/** Returns a cacheable reply, or a 304 when the cached value is still current. */
export function readable(
  request: EdgeRequest,
  body: string | Uint8Array,
  mediaType: string,
  { ttl = 0, shared = false }: CacheRule,
  metadata: readonly string[],
): EdgeReply {
  const etag = `"${typeof body === 'string' ? digest(body) : digestBytes(body)}"`;
  const kept = ttl > 0 ? `max-age=${ttl}` : 'no-cache';
  const headers = [
    ...['content-type', mediaType, 'etag', etag],
    ...['cache-control', `${shared ? 'public' : 'private'}, ${kept}`],
    ...['vary', shared ? 'Accept' : 'Accept, Authorization'],
    ...metadata,
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
