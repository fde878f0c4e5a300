/** The formats of arguments and results, and the choice among them for a request. */
import { decodeText } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { Limits } from '../wire/limits.js';
import { preferred } from './accept.js';
import { mediaTypeOf, mediaTypes } from './media-types.js';
import { readMessagePack } from './messagepack.js';
import { readJson } from './read-json.js';
import { answerJson, answerMessagePack } from './write-answer.js';

/** Limits of a body of arguments; `message` are its bytes. */
export type BodyLimits = Readonly<Limits>;

/** One format. */
export interface BodyFormat {
  readonly mediaType: string;
  write(value: unknown, errors: ErrorCodec): string | Uint8Array;
  read(body: Uint8Array, errors: ErrorCodec, limits: BodyLimits): unknown;
}

const jsonFormat = (mediaType: string, rich: boolean): BodyFormat => ({
  mediaType,
  write: (value, errors) => answerJson(value, { rich, errors }, 'result'),
  read: (body, errors, limits) => readJson(textOf(body), { rich, errors, limits }),
});

const json = jsonFormat(mediaTypes.json, false);
const rich = jsonFormat(mediaTypes.rich, true);
const messagePack: BodyFormat = {
  mediaType: mediaTypes.msgpack,
  write: (value, errors) => answerMessagePack(value, { errors }),
  read: (body, errors, limits) => readMessagePack(body, { errors, limits }),
};

const formats: ReadonlyMap<string, BodyFormat> = new Map([json, rich, messagePack].map((format) => [format.mediaType, format]));

/** Returns the format for a `Content-Type`; `undefined` when it is not supported. */
export function formatOf(contentType: string | undefined): BodyFormat | undefined {
  if (contentType === undefined) return undefined;
  // A comparison before the lookup: the string is new in each request, so that its hash would have to be computed.
  if (contentType === rich.mediaType) return rich;
  return formats.get(contentType) ?? formats.get(mediaTypeOf(contentType));
}

/**
 * Returns the format of a result for `Accept`: the one with the highest weight, the first one among equals. Natural JSON for clients that
 * accept anything.
 *
 * @returns `undefined` when it accepts no supported format
 */
export function acceptedFormat(accept: string | undefined): BodyFormat | undefined {
  if (accept === undefined || accept === '*/*') return json;
  if (accept === mediaTypes.rich) return rich;
  return preferred(accept, (type) => formats.get(type) ?? (type === '*/*' || type === 'application/*' ? json : undefined));
}

/**
 * Reads arguments from the query of a URL: a JSON array, or an object in rich JSON.
 *
 * @throws NetronError `invalid_argument`
 */
export function readQueryArguments(text: string, errors: ErrorCodec, limits: BodyLimits): unknown {
  const isRich = /^\s*\{/.test(text);
  return readJson(text, { rich: isRich, errors, limits });
}

/** @throws NetronError `invalid_argument` when the bytes are not UTF-8 */
function textOf(body: Uint8Array): string {
  const text = decodeText(body, 0, body.length);
  if (text === undefined) throw new NetronError('invalid_argument', 'malformed message: a string that is not UTF-8');
  return text;
}
