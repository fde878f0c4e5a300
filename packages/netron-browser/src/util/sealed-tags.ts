/** Tags as servers give them out: with a seal, by which a client may listen to them. */

/** Facts by which a client hears of changes to a value. */
export interface LiveFacts {
  /** Tags with the server's seal. */
  readonly sealed: readonly string[];
  /** Position in the server's log up to which the value contains everything: `<log>.<number>`. */
  readonly cursor: string | undefined;
}

const seal = /~[\w-]{6}\.[\w-]{16}$/;

/** Tells tags and their seals apart. */
export function tagsIn(
  given: readonly string[],
  cursor: string | undefined,
): { readonly tags: string[]; readonly live: LiveFacts | undefined } {
  const sealed = given.filter((tag) => seal.test(tag));
  return { tags: given.map(plainTag), live: sealed.length === 0 ? undefined : { sealed, cursor } };
}

/** A tag without its seal. */
export function plainTag(tag: string): string {
  return tag.replace(seal, '');
}
