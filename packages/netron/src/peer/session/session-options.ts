/** Options of sessions and their validation. */

import { checkNumbers } from '../../util/check-numbers.js';
import { onlyOptions } from '../../util/only-options.js';
import type { SessionBounds } from './session-bounds.js';

/** Limits of a session, which survives lost connections. */
export interface SessionOptions {
  /** Milliseconds within which another connection must replace a lost one; at most 120,000. Default: `resumeWindow`. */
  window?: number;
  /**
   * Bytes in each direction that are kept until the other end has received them; beyond it, senders wait. Default 1 MiB, at least 64 KiB.
   */
  buffer?: number;
}

const names: Readonly<Record<keyof SessionOptions, true>> = { window: true, buffer: true };

const longestWindow = 120_000;
const defaultBuffer = 1024 * 1024;
const leastBuffer = 64 * 1024;
const maxBuffer = 64 * 1024 * 1024;

/** Options of a node with the defaults for sessions. */
export interface SessionDefaults {
  readonly session?: false | SessionOptions;
  readonly resumeWindow?: number;
}

/**
 * Returns the limits of a session.
 *
 * @param given `true` means those of the node
 * @throws RangeError for limits out of range, TypeError for unknown options
 */
export function sessionBounds(given: true | SessionOptions, node: SessionDefaults): SessionBounds {
  if (given !== true) onlyOptions('session', given, names);
  onlyOptions('session', node.session || {}, names);
  const options = { ...(node.session || {}), ...(given === true ? {} : given) };
  const { resumeWindow = 30_000 } = node;
  // A window of 0 is refused where the option is read.
  checkNumbers('options', { resumeWindow }, 'a non-negative number');
  const { window = Math.min(resumeWindow || 30_000, longestWindow), buffer = defaultBuffer } = options;
  checkNumbers('session', { window }, 'a positive number');
  if (window > longestWindow) {
    throw new RangeError(`session.window must be above 0 and at most ${longestWindow} ms, not ${window}`);
  }
  if (!(Number.isSafeInteger(buffer) && buffer >= leastBuffer && buffer <= maxBuffer)) {
    throw new RangeError(`session.buffer must be an integer between ${leastBuffer} and ${maxBuffer}, not ${buffer}`);
  }
  return { window, buffer };
}
