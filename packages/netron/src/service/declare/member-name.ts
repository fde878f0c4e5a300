const longestName = 128;

/**
 * Names that JavaScript itself looks up on any object: a member of such a name would be called unintentionally
 * (`await` calls `then`, `JSON.stringify` calls `toJSON`), or would reach members that every object inherits.
 */
const reserved: ReadonlySet<string> = new Set([
  ...['then', 'catch', 'finally', 'toJSON', 'prototype'],
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** Whether a service cannot have a public member called `name`. */
export function isReservedName(name: string): boolean {
  return reserved.has(name);
}

/** Reasons for those reserved names that not every object inherits. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['then', '`await` would treat the service as a promise'],
  ['catch', 'the caller would treat the service as a promise'],
  ['finally', 'the caller would treat the service as a promise'],
  ['toJSON', '`JSON.stringify` would call it over the network'],
  ['prototype', 'it would reach the class instead of the service'],
]);

/**
 * Asserts that a name is valid for a public member: a string of 1 to 128 characters that is not reserved.
 *
 * @param where the member's service or decorator, for the message
 * @throws TypeError with the reason why `name` cannot be public
 */
export function assertMemberName(name: string | symbol, where: string): asserts name is string {
  if (typeof name === 'symbol') {
    throw new TypeError(`${where}: ${String(name)} cannot be public: a symbol cannot be called from another process`);
  }
  if (isReservedName(name)) {
    const why = reasons.get(name) ?? 'every object inherits a member of that name';
    throw new TypeError(`${where}: '${name}' cannot be public: ${why}`);
  }
  if (name === '' || name.length > longestName) {
    throw new TypeError(`${where}: a public name must have 1 to ${longestName} characters, not ${name.length}`);
  }
}
