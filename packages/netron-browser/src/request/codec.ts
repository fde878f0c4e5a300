/** Forms of arguments and results: rich JSON, unless the program brings another codec. */
import { type ErrorCodec, mediaTypeOf, mediaTypes, readJson, writeJson } from '@omnitron-dev/netron/http/client';

/** A form of arguments and results. */
export interface BodyCodec {
  readonly mediaType: string;
  write(value: unknown, errors: ErrorCodec, root: string): string | Uint8Array;
  read(body: Uint8Array, errors: ErrorCodec): unknown;
}

/** Content of a response. */
export interface Body {
  readonly value: unknown;
  /** Bytes, or characters of a text. */
  readonly size: number;
}

/**
 * Reads the body of a successful response by its media type.
 *
 * @throws NetronError `invalid_argument` when it is not what its media type says
 */
export async function readBody(response: Response, errors: ErrorCodec, own: BodyCodec | undefined): Promise<Body> {
  const mediaType = mediaTypeOf(response.headers.get('content-type'));
  if (own !== undefined && mediaType === own.mediaType) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { value: own.read(bytes, errors), size: bytes.length };
  }
  if (mediaType === mediaTypes.rich || mediaType === mediaTypes.json) {
    const text = await response.text();
    return { value: readJson(text, { rich: mediaType === mediaTypes.rich, errors }), size: text.length };
  }
  if (response.headers.get('netron-kind') === 'blob') {
    const blob = await response.blob();
    const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    const value = name === undefined ? blob : new File([blob], decodeURIComponent(name), { type: blob.type });
    return { value, size: blob.size };
  }
  if (response.status === 204) return { value: undefined, size: 0 };
  throw new TypeError(`expected ${mediaTypes.rich}, not ${mediaType === '' ? 'a body without a media type' : mediaType}`);
}

/** Arguments as a text for the query of a URL. */
export function writeArguments(args: readonly unknown[], errors: ErrorCodec): string {
  return writeJson(args, { rich: true, errors }, 'argument');
}

/** Longest query of a URL; longer arguments go in a body. */
const longestQuery = 2_000;

/** Returns arguments as the query of a URL; `undefined` when they are too long for one. */
export function queryOf(args: readonly unknown[], errors: ErrorCodec): string | undefined {
  if (args.length === 0) return '';
  const text = `?args=${encodeURIComponent(writeArguments(args, errors))}`;
  return text.length > longestQuery ? undefined : text;
}
