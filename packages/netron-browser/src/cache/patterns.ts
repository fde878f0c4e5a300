/** Pattern of entries to invalidate. */
export type InvalidationPattern = string | RegExp | readonly string[];

/** Entries that a change has made stale. */
export interface Outdated {
  /** As its caller says. */
  readonly pattern: readonly string[];
  /** Tags that the server declares. */
  readonly tags: readonly string[];
  /** Position of the server's log that includes the change; `undefined` when it is not in the log. */
  readonly cursor?: string | undefined;
}

/** Returns what a successful call has made stale. */
export function outdatedBy(
  pattern: readonly string[],
  declared: readonly string[],
  { invalidates, cursor }: { readonly invalidates: readonly string[]; readonly cursor?: string | undefined },
): Outdated {
  // The log holds the call only when the server has reported tags.
  return { pattern, tags: [...declared, ...invalidates], cursor: invalidates.length > 0 ? cursor : undefined };
}

/** The fields of an entry that a pattern is matched against. */
export interface Invalidable {
  readonly key: string;
  /** `service.method` */
  readonly name: string;
  readonly tags: ReadonlySet<string>;
}

/**
 * Returns a predicate for a pattern. A string matches a tag, a service, a `service.method` or a key, with `*` for any
 * characters. A list matches when one of its strings does. A RegExp is tested against the name, the tags and the key.
 */
export function matcher(pattern: InvalidationPattern): (entry: Invalidable) => boolean {
  if (pattern instanceof RegExp) {
    const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return ({ key, name, tags }) =>
      expression.test(name) || expression.test(key) || [...tags].some((tag) => expression.test(tag));
  }
  if (typeof pattern !== 'string') {
    const tests = pattern.map(matcher);
    return (entry) => tests.some((test) => test(entry));
  }
  if (pattern.includes('*')) {
    const glob = new RegExp(`^${pattern.split('*').map(escapeText).join('.*')}$`, 's');
    return ({ name, tags }) => glob.test(name) || [...tags].some((tag) => glob.test(tag));
  }
  return ({ key, name, tags }) => tags.has(pattern) || name === pattern || serviceOf(name) === pattern || key === pattern;
}

function serviceOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
