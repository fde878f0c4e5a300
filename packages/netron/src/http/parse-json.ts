/** Parses a JSON text of unknown origin, within limits that are checked before it is built. */
import { malformed } from '../wire/malformed.js';
import { isRecord } from './json-tag.js';
import { type JsonOptions, jsonDepth } from './json-values.js';
import { scanJson } from './scan-json.js';

/**
 * Parses a text.
 *
 * @returns what it says, and how many elements that has
 * @throws NetronError `invalid_argument` when it is not JSON, or exceeds a limit
 */
export function parseJson(text: string, limits: NonNullable<JsonOptions['limits']>): { parsed: unknown; elements: number } {
  const elements = scanJson(text, { depth: jsonDepth(limits.depth), elements: limits.elements });
  try {
    return { parsed: JSON.parse(text), elements };
  } catch {
    throw malformed('JSON that cannot be parsed');
  }
}

/**
 * The value in rich JSON.
 *
 * @param apply puts what the tags say in place; the value is `v` of the object that it is given
 * @throws NetronError `invalid_argument` when `parsed` is no rich JSON
 */
export function richValue(parsed: unknown, apply: (holder: Record<string, unknown>, tags: unknown) => void): unknown {
  if (!isRecord(parsed) || !Object.hasOwn(parsed, 'v')) throw malformed('rich JSON is an object with v and t');
  if (parsed.t !== undefined) apply(parsed, parsed.t);
  return parsed.v;
}
