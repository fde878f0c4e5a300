/** Readers of answers that are streamed. */
import { type Clock, mediaTypeOf, mediaTypes } from '@omnitron-dev/netron/http/client';
import type { PageErrors } from './page-errors.js';

/** An answer that is streamed. */
export interface StreamedAnswer {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly errors: PageErrors;
  readonly clock: Clock;
  /** Name of the member, for errors. */
  readonly what: string;
  /** Kind of the value, from the header `Netron-Kind`. */
  readonly kind: string | null;
}

/** Reader of a streamed answer. */
export interface StreamReader {
  readonly mediaType: string;
  /** Takes over the reader of the body; rejects when the code that reads it cannot be loaded. */
  read(answer: StreamedAnswer): unknown;
}

/** Items, one per line. */
export const lines: StreamReader = {
  mediaType: mediaTypes.lines,
  async read({ reader, errors, clock, what, kind }) {
    const [{ alive, readStream, webStream }, codec] = await Promise.all([import('./read-stream.js'), errors.codec()]);
    const items = readStream(alive(reader, clock, what), codec, what);
    return kind === 'web-stream' ? webStream(items) : items;
  },
};

/** Returns the reader for an answer that is a stream without being declared as one; `undefined` for any other answer. */
export function undeclared({ headers }: Response): StreamReader | undefined {
  return mediaTypeOf(headers.get('content-type')) === lines.mediaType ? lines : undefined;
}
