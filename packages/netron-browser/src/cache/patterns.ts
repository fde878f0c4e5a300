/** Pattern of entries to invalidate. */
export type InvalidationPattern = string | RegExp | readonly string[];

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
