/** Scans JSON before it is parsed, so that the memory of parsing is bounded. */
import type { Limits } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';

const quote = 0x22;
const backslash = 0x5c;

/**
 * Counts the elements of all arrays and objects in a JSON text, in linear time and constant memory. Invalid JSON is left to the parser.
 *
 * @throws NetronError `invalid_argument` when it is nested deeper than `limits.depth`, has more than `limits.elements` elements, or a
 *   property named `__proto__`
 */
export function scanJson(text: string, limits: Pick<Limits, 'depth' | 'elements'>): number {
  const { length } = text;
  const { depth: deepest, elements: most } = limits;
  let elements = 0;
  let depth = 0;
  for (let at = 0; at < length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const start = at + 1;
        at = endOfString(text, start);
        if (at < 0) return elements;
        break;
      }
      case 0x3a: // :
        if (namesPrototype(text, at)) throw malformed('a property named __proto__');
        break;
      case 0x2c: // ,
        if (++elements > most) throw malformed(`more than ${most} elements`);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++elements > most) throw malformed(`more than ${most} elements`);
        if (++depth > deepest) throw malformed(`more than ${deepest} levels of nesting`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return elements;
}

/** Returns the position of the closing quote of a string, or -1. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return at;
    at++;
  }
}

const longestSpelling = 9 * 6;

/** Whether the string before the colon at `colon` spells `__proto__`, with or without escapes. */
function namesPrototype(text: string, colon: number): boolean {
  let end = colon - 1;
  while (isSpace(text.charCodeAt(end))) end--;
  // The last character is an underscore, or the last digit of an escaped one.
  const last = text.charCodeAt(end - 1);
  if (last !== 0x5f && last !== 0x66 && last !== 0x46) return false;
  const spelled = text.slice(Math.max(0, end - longestSpelling - 1), end + 1);
  return /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"$/.test(
    spelled,
  );
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
