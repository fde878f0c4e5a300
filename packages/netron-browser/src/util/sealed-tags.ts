/** Tags as servers send them: with a seal that permits a client to subscribe to them. */

/** Data for subscribing to changes of a value. */
export interface LiveFacts {
  /** Tags with the server's seal. */
  readonly sealed: readonly string[];
  /** Position in the server's log, `<log>.<number>`; the value includes every change up to it. */
  readonly cursor: string | undefined;
}

const seal = /~[\w-]{6}\.[\w-]{16}$/;

/** Splits tags into plain tags and sealed ones. */
export function tagsIn(
  given: readonly string[],
  cursor: string | undefined,
): { readonly tags: string[]; readonly live: LiveFacts | undefined } {
  const sealed = given.filter((tag) => seal.test(tag));
  return { tags: given.map(plainTag), live: sealed.length === 0 ? undefined : { sealed, cursor } };
}

/** Returns a tag without its seal. */
export function plainTag(tag: string): string {
  return tag.replace(seal, '');
}
