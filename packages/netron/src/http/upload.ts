/**
 * Uploads: requests with files or streams among their arguments. The method receives the arguments with files and streams in their places,
 * and their bytes are read from the body when the method reads them.
 */
import { decodeText } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { type BlobFacts, isBlobFacts, RemoteBlob } from '../service/call/remote-blob.js';
import { type BodyLimits, formatOf } from './body-format.js';
import { BodySource } from './body-source.js';
import { mediaTypeOf, mediaTypes } from './media-types.js';
import type { EdgeRequest } from './message.js';
import { asList, queryArguments } from './read-arguments.js';
import { readJson } from './read-json.js';
import { refused, uploadTooLarge } from './refusal.js';

/** Arguments of an upload. */
export interface Upload {
  readonly args: unknown[];
  readonly source: BodySource;
}

/** A part of the body, and the argument that it belongs to. */
interface Part {
  readonly at: number;
  /** `undefined`: plain bytes up to the end of the body. */
  readonly facts: BlobFacts | undefined;
}

/** Most files of one request. */
const maxParts = 100;

/** Media types that browsers send across origins without a preflight. */
const never = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];

/** Whether the body of a request is an upload: arguments followed by parts, or bytes with the arguments in the query. */
export function isUpload(request: EdgeRequest, query: string): boolean {
  const header = request.header('content-type');
  if (formatOf(header) !== undefined) return false;
  const type = mediaTypeOf(header);
  if (type === mediaTypes.upload) return true;
  if (!hasArguments(query) || request.method === 'QUERY') return false;
  return !never.includes(type);
}

/** Whether the query of a URL contains arguments. */
export function hasArguments(query: string): boolean {
  return query !== '' && /(?:^|&)args=/.test(query);
}

/**
 * Reads the arguments of an upload, but none of the bytes that follow.
 *
 * @param chunks of the body, over however many connections they arrive
 * @param most bytes of the whole body
 */
export async function readUpload(
  request: EdgeRequest,
  chunks: AsyncIterator<Uint8Array, void>,
  query: string,
  errors: ErrorCodec,
  limits: BodyLimits,
  most: number,
): Promise<Upload> {
  const announced =
    request.header('upload-complete') === '?0' ? request.header('upload-length') : request.header('content-length');
  if (announced !== undefined && Number(announced) > most) throw refused(uploadTooLarge(most));
  const source = new BodySource(chunks, most);
  try {
    if (mediaTypeOf(request.header('content-type')) !== mediaTypes.upload) {
      const args = queryArguments(query, errors, limits);
      const size = Number(announced);
      const facts = announced === undefined ? undefined : { size, type: request.header('content-type') ?? '' };
      return { args: [...args, partOf(source, facts)], source };
    }
    const line = await source.line(limits.message);
    const head = line && decodeText(line, 0, line.length);
    if (head === undefined) throw refused(new NetronError('invalid_argument', 'an upload must start with a line of arguments'));
    return { args: withParts(head, source, errors, limits), source };
  } catch (error) {
    await source.leave();
    throw error;
  }
}

/** Inserts the parts into the arguments, in the order of the body. */
function withParts(head: string, source: BodySource, errors: ErrorCodec, limits: BodyLimits): unknown[] {
  let parts: unknown;
  const args = asList(() => {
    const read = readJson(head, { rich: false, limits }) as { parts?: unknown };
    parts = read?.parts;
    return readJson(head, { rich: true, errors, limits });
  });
  for (const { at, facts } of checkedParts(parts, args)) args[at] = partOf(source, facts);
  return args;
}

function checkedParts(parts: unknown, args: readonly unknown[]): Part[] {
  const wrong = (why: string) => refused(new NetronError('invalid_argument', `parts of an upload: ${why}`));
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > maxParts) throw wrong(`expected 1 to ${maxParts}`);
  const taken = new Set<number>();
  return parts.map((part: { at?: unknown; blob?: unknown } | null, index) => {
    const at = part?.at;
    if (typeof at !== 'number' || !(at in args) || taken.has(at)) throw wrong('each must be one of the arguments');
    taken.add(at);
    if (part?.blob === undefined && index === parts.length - 1) return { at, facts: undefined };
    if (!isBlobFacts(part?.blob)) throw wrong('each except the last must have size and type');
    return { at, facts: part.blob };
  });
}

function partOf(source: BodySource, facts: BlobFacts | undefined): RemoteBlob | ReadableStream<Uint8Array> {
  const bytes = source.part(facts?.size);
  return facts === undefined ? bytes : new RemoteBlob(facts, bytes);
}
