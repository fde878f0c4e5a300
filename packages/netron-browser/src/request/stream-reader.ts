/** Readers of answers that are read as they come. */
import { type ErrorRegistry, mediaTypes } from '@omnitron-dev/netron/http/client';

/** Reads an answer as it comes. */
export interface StreamReader {
  readonly mediaType: string;
  /** Takes the body as its own; rejects when the code that reads it cannot be loaded. */
  read(body: ReadableStream<Uint8Array>, errors: ErrorRegistry, what: string): unknown;
}

/** Items, one a line. */
export const lines: StreamReader = {
  mediaType: mediaTypes.lines,
  read: async (...stream) => (await import('./read-stream.js')).readStream(...stream),
};
