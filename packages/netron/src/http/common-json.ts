/**
 * Rich JSON for the values of most calls: plain JSON, `undefined` and dates. `readJson` and `writeJson` handle the rest; a page loads them
 * with the first value that needs them.
 */
import { defaultLimits } from '../wire/limits.js';
import { misfit, ownValue, placeOf, readDate } from './json-tag.js';
import { jsonTags } from './json-tags.js';
import { jsonDepth } from './json-values.js';
import { parseJson, richValue } from './parse-json.js';

/**
 * Reads one value within the limits of a connection.
 *
 * @param rich as `JsonOptions.rich`
 * @returns `undefined` when the text needs `readJson`
 * @throws NetronError `invalid_argument` as `readJson`
 */
export function readCommonJson(text: string, rich: boolean): { readonly value: unknown } | undefined {
  const { parsed } = parseJson(text, defaultLimits);
  if (!rich) return { value: parsed };
  let common = true;
  const value = richValue(parsed, (holder, tags) => {
    common = Array.isArray(tags) && tags.every(isCommon);
    if (common) for (const tag of tags as unknown[]) apply(holder, tag);
  });
  return common ? { value } : undefined;
}

function isCommon(entry: unknown): boolean {
  return Array.isArray(entry) && (entry[0] === jsonTags.timestamp || entry[0] === jsonTags.undefined);
}

function apply(root: Record<string, unknown>, entry: unknown): void {
  const { tag, holder, key } = placeOf(root, entry);
  const plain = ownValue(holder, key);
  if (tag === jsonTags.timestamp) holder[key] = readDate(plain);
  else if (plain === null) holder[key] = undefined;
  else throw misfit();
}

/**
 * Writes one value that JSON represents as it is.
 *
 * @returns `undefined` when `writeJson` must write the value or refuse it
 */
export function writeCommonJson(value: unknown): string | undefined {
  try {
    return isCommonValue(value, jsonDepth(defaultLimits.depth) - 1) ? `{"v":${JSON.stringify(value)}}` : undefined;
  } catch {
    // A getter has thrown: `writeJson` reports its path.
    return undefined;
  }
}

/** @param levels nesting levels that are still allowed */
function isCommonValue(value: unknown, levels: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  // Infinity, NaN and -0 are not common JSON.
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || levels === 0) return false;
  // An array with holes or accessors is not common JSON: they would read as `undefined`.
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (!isCommonValue(item, levels - 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.entries(value).every(([name, item]) => name !== '__proto__' && isCommonValue(item, levels - 1));
}
