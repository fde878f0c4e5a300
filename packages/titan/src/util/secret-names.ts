/** Shown in place of a secret. */
export const hidden = '***';

const name =
  /pass(?:words?|wd|phrase)?$|secret|tokens?$|credential|private|(?:^|[a-z_-])(?:api|access|signing|encryption)?_?-?keys?$|^authorization$|^(?:set-)?cookies?$|dsn$/i;

/** Whether what has this name is a secret. */
export const isSecretName = (key: string): boolean => name.test(key);

/** A value as it may be shown: without the password of an address. */
export function shown(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([a-z][a-z\d+.-]*:\/\/[^:/?#@]*:)[^@/]*@/i, `$1${hidden}@`) : value;
}

/** A copy of the facts of a log line in which secrets are hidden, and what is deeper than five levels; the facts themselves when there are none. */
export function withoutSecrets<T>(value: T, depth = 5): T {
  if (typeof value === 'string') return shown(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '(deeper)' as T;
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutSecrets(item, depth - 1));
    return items.some((item, index) => item !== value[index]) ? (items as T) : value;
  }
  if (prototype !== null && prototype !== Object.prototype) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [key, each] of Object.entries(value)) {
    const safe = isSecretName(key) && each !== undefined && each !== null ? hidden : withoutSecrets(each, depth - 1);
    if (safe === each) continue;
    copy ??= { ...value } as Record<string, unknown>;
    Object.defineProperty(copy, key, { value: safe, enumerable: true, writable: true, configurable: true });
  }
  return (copy as T | undefined) ?? value;
}
