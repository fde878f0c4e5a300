/** Platform of browsers. `node.ts` has the same exports for Node. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import { type CallStorage, longestDelay, type Tracing } from './platform.js';

export { allocate, copyOf, decodeText, encodeText, fromBase64, toBase64, viewOf } from './browser-bytes.js';
export { type EndTrace, longestDelay } from './platform.js';

/** The page's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (action, ms) => setTimeout(action, Math.min(ms, longestDelay)),
  clearTimeout: (handle) => clearTimeout(handle as number),
};

/** Runs `action` after the current turn's work. */
export const defer: (action: () => void) => void = (action) => queueMicrotask(action);

/** Returns numbers from 0 to 1. */
export const random: () => number = Math.random;

/** Returns cryptographically secure random bytes. */
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Whether others can connect to this process over the network. */
export const canListen = false;

/** Returns an empty list: pages cannot be reached. */
export function hostAddresses(): string[] {
  return [];
}

/** Returns `undefined`: the heap is not known to pages. */
export function heapUse(): { used: number; limit: number } | undefined {
  return undefined;
}

/** Returns `false`: browsers cannot detect a `Proxy`. */
export const isProxy: (value: unknown) => boolean = () => false;

/** Returns a store without `AsyncLocalStorage`: the value is current while `action` runs, and not after its first `await`. */
export function callStorage<T>(): CallStorage<T> {
  let current: T | undefined;
  return {
    get: () => current,
    run(value, action, argument) {
      const outer = current;
      current = value;
      try {
        return action(argument);
      } finally {
        current = outer;
      }
    },
    enter() {},
  };
}

const silent: Tracing = { active: false, run: (_context, action) => action(), start() {}, end() {}, asyncEnd() {}, error() {} };

/** Returns an inactive channel: browsers have no diagnostics channels. */
export function tracing(_name: string): Tracing {
  return silent;
}

/** Channel of outgoing calls: inactive. */
export const requests: Tracing = silent;

/** Channel of events between nodes: inactive. */
export const events: Tracing = silent;

/** Traces a stream: does nothing here. */
export function traceStream(_peer: string, _direction: 'in' | 'out', _stream: number): undefined {}

/** Traces a connection: does nothing here. */
export function traceConnection(_peer: string, _address: string): undefined {}

/** The page's console. */
export const consoleLogger: Logger = {
  debug: (facts, message) => console.debug(message, facts),
  info: (facts, message) => console.info(message, facts),
  warn: (facts, message) => console.warn(message, facts),
  error: (facts, message) => console.error(message, facts),
};
