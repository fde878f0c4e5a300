/** Reads the tags and positions that accompany a value from the headers of a response. */
import { type LiveFacts, tagsIn } from '../util/sealed-tags.js';

/** Facts that accompany a value. */
export interface ResponseMetadata {
  readonly etag: string | undefined;
  readonly tags: readonly string[];
  readonly live: LiveFacts | undefined;
  readonly invalidates: readonly string[];
  /** Position of the server's log. */
  readonly cursor?: string | undefined;
}

/** Facts of a response without such headers. */
export const noMetadata: ResponseMetadata = { etag: undefined, tags: [], live: undefined, invalidates: [] };

/** Reads the headers of a response. */
export function metadataOf(headers: Headers): ResponseMetadata {
  const etag = headers.get('etag') ?? undefined;
  const cursor = headers.get('netron-cursor') ?? undefined;
  return {
    etag,
    ...tagsIn(list(headers.get('netron-tags')), cursor),
    invalidates: list(headers.get('netron-invalidates')),
    cursor,
  };
}

/** Parses a header that holds a list of names. */
function list(header: string | null): string[] {
  if (header === null || header === '') return [];
  return header.split(',').flatMap((part) => {
    try {
      return [decodeURIComponent(part.trim())];
    } catch {
      return [];
    }
  });
}
