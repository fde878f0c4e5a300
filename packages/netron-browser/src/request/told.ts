/** What a response says besides its value: receives headers or a line of a batch, gives tags and positions. */

/** What a client needs to hear of changes to a value. */
export interface LiveFacts {
  /** Tags with the server's seal. */
  readonly sealed: readonly string[];
  /** Position in the server's log up to which the value contains everything: `<log>.<number>`. */
  readonly cursor: string | undefined;
}

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

const seal = /~[\w-]{6}\.[\w-]{16}$/;

/** Tells tags and their seals apart. */
export function tagsIn(given: readonly string[], cursor: string | undefined): Pick<Told, 'tags' | 'live'> {
  const sealed = given.filter((tag) => seal.test(tag));
  return { tags: given.map(plainTag), live: sealed.length === 0 ? undefined : { sealed, cursor } };
}

/** A tag without its seal. */
export function plainTag(tag: string): string {
  return tag.replace(seal, '');
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
