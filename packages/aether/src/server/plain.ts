/**
 * Returns the path and kind of the first part of a value that JSON would lose or change; `undefined` if there is none.
 * Properties that are `undefined` are left out, and read as `undefined` again.
 *
 * @param path of the value itself
 */
export function unplainPart(value: unknown, path: string, around: readonly object[] = []): string | undefined {
  switch (typeof value) {
    case 'object':
      return value === null ? undefined : partOf(value, path, around);
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case 'bigint':
    case 'function':
    case 'symbol':
      return `${path} is a ${typeof value}`;
    default:
      return undefined;
  }
}

function partOf(value: object, path: string, around: readonly object[]): string | undefined {
  if (around.includes(value)) return `${path} is a circular reference`;
  const within = [...around, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = item === undefined ? `${path}[${index}] is undefined` : unplainPart(item, `${path}[${index}]`, within);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of other realms have a different `Object.prototype`.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return `${path} is a ${nameOf(value)}`;
  for (const [key, item] of Object.entries(value)) {
    const found = unplainPart(item, `${path}${/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`, within);
    if (found !== undefined) return found;
  }
  return undefined;
}

const nameOf = (value: object): string => {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'value of a class';
};
