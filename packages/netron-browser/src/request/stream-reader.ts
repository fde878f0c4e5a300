/** Readers of answers that are read as they come. */
import { type Clock, mediaTypeOf, mediaTypes } from '@omnitron-dev/netron/http/client';
import type { PageErrors } from './page-errors.js';

/** An answer that is read as it comes. */
export interface StreamedAnswer {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly errors: PageErrors;
  readonly clock: Clock;
  /** Name of the member, for errors. */
  readonly what: string;
  /** Kind of the value, as `Netron-Kind` says. */
  readonly kind: string | null;
}

/** Reads an answer as it comes. */
export interface StreamReader {
  readonly mediaType: string;
  /** Takes the reader of the body as its own; rejects when the code that reads it cannot be loaded. */
  read(answer: StreamedAnswer): unknown;
}

/** Items, one a line. */
export const lines: StreamReader = {
  mediaType: mediaTypes.lines,
  async read({ reader, errors, clock, what, kind }) {
    const [{ alive, readStream, webStream }, codec] = await Promise.all([import('./read-stream.js'), errors.codec()]);
    const items = readStream(alive(reader, clock, what), codec, what);
    return kind === 'web-stream' ? webStream(items) : items;
  },
};

/** Reader of an answer that is a stream although nobody has declared that; `undefined` for any other. */
export function undeclared({ headers }: Response): StreamReader | undefined {
  return mediaTypeOf(headers.get('content-type')) === lines.mediaType ? lines : undefined;
}
