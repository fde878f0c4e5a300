/** Parses untrusted JSON within limits that are checked before anything is built. */
import { malformed } from '../wire/malformed.js';
import { isRecord } from './json-tag.js';
import { type JsonOptions, jsonDepth } from './json-values.js';
import { scanJson } from './scan-json.js';

/**
 * Parses a text.
 *
 * @returns the parsed value, and its number of elements
 * @throws NetronError `invalid_argument` when it is not JSON, or exceeds a limit
 */
export function parseJson(text: string, limits: NonNullable<JsonOptions['limits']>): { parsed: unknown; elements: number } {
  const elements = scanJson(text, { depth: jsonDepth(limits.depth), elements: limits.elements });
  try {
    return { parsed: JSON.parse(text), elements };
  } catch {
    throw malformed('invalid JSON');
  }
}

/**
 * Returns the value of rich JSON.
 *
 * @param apply applies the tags; the value is the property `v` of its argument
 * @throws NetronError `invalid_argument` when `parsed` is not rich JSON
 */
export function richValue(parsed: unknown, apply: (holder: Record<string, unknown>, tags: unknown) => void): unknown {
  if (!isRecord(parsed) || !Object.hasOwn(parsed, 'v')) throw malformed('rich JSON must be an object with v and t');
  if (parsed.t !== undefined) apply(parsed, parsed.t);
  return parsed.v;
}
