/** Facts that go with a value: receives the headers of a response, gives tags and positions. */
import { type LiveFacts, tagsIn } from '../util/sealed-tags.js';

/** Facts that go with a value. */
export interface Told {
  readonly etag: string | undefined;
  readonly tags: readonly string[];
  readonly live: LiveFacts | undefined;
  readonly invalidates: readonly string[];
}

/** Facts of a response that says nothing. */
export const nothingTold: Told = { etag: undefined, tags: [], live: undefined, invalidates: [] };

/** Reads the headers of a response. */
export function toldBy(headers: Headers): Told {
  const etag = headers.get('etag') ?? undefined;
  const cursor = headers.get('netron-cursor') ?? undefined;
  return { etag, ...tagsIn(list(headers.get('netron-tags')), cursor), invalidates: list(headers.get('netron-invalidates')) };
}

/** A header that holds a list of names. */
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
