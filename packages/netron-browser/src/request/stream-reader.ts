/** Readers of answers that are read as they come. */
import { mediaTypeOf, mediaTypes } from '@omnitron-dev/netron/http/client';
import type { PageErrors } from './page-errors.js';

/** Reads an answer as it comes. */
export interface StreamReader {
  readonly mediaType: string;
  /**
   * Takes the reader of the body as its own; rejects when the code that reads it cannot be loaded.
   *
   * @param kind of the value, as `Netron-Kind` says
   */
  read(body: ReadableStreamDefaultReader<Uint8Array>, errors: PageErrors, what: string, kind?: string | null): unknown;
}

/** Items, one a line. */
export const lines: StreamReader = {
  mediaType: mediaTypes.lines,
  async read(body, errors, what, kind) {
    const [{ readStream, webStream }, codec] = await Promise.all([import('./read-stream.js'), errors.codec()]);
    const items = readStream(body, codec, what);
    return kind === 'web-stream' ? webStream(items) : items;
  },
};

/** Reader of an answer that is a stream although nobody has declared that; `undefined` for any other. */
export function undeclared({ headers }: Response): StreamReader | undefined {
  return mediaTypeOf(headers.get('content-type')) === lines.mediaType ? lines : undefined;
}
