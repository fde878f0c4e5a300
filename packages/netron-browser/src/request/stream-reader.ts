/** Readers of answers that are read as they come. */
import { mediaTypes } from '@omnitron-dev/netron/http/client';
import type { PageErrors } from './page-errors.js';

/** Reads an answer as it comes. */
export interface StreamReader {
  readonly mediaType: string;
  /** Takes the body as its own; rejects when the code that reads it cannot be loaded. */
  read(body: ReadableStream<Uint8Array>, errors: PageErrors, what: string): unknown;
}

/** Items, one a line. */
export const lines: StreamReader = {
  mediaType: mediaTypes.lines,
  async read(body, errors, what) {
    const [{ readStream }, codec] = await Promise.all([import('./read-stream.js'), errors.codec()]);
    return readStream(body, codec, what);
  },
};
