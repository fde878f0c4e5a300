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

/** Runs `action` when the current turn's work is done. */
export const defer: (action: () => void) => void = (action) => queueMicrotask(action);

/** Numbers from 0 to 1. */
export const random: () => number = Math.random;

/** Bytes that nobody can guess. */
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Whether others can connect to this process over the network. */
export const canListen = false;

/** Pages cannot be reached. */
export function hostAddresses(): string[] {
  return [];
}

/** Pages are not told. */
export function heapUse(): { used: number; limit: number } | undefined {
  return undefined;
}

/** Nothing tells here whether a value is a `Proxy`. */
export const isProxy: (value: unknown) => boolean = () => false;

/** Without `AsyncLocalStorage` the value is current while `action` runs, and not after its first `await`. */
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

/** Browsers have no diagnostics channels. */
export function tracing(_name: string): Tracing {
  return silent;
}

/** Calls this page makes: here nobody can watch. */
export const requests: Tracing = silent;

/** Events between nodes: here nobody can watch. */
export const events: Tracing = silent;

/** Traces a stream: here nobody can watch. */
export function traceStream(_peer: string, _direction: 'in' | 'out', _stream: number): undefined {}

/** Traces a connection: here nobody can watch. */
export function traceConnection(_peer: string, _address: string): undefined {}

/** The page's console. */
export const consoleLogger: Logger = {
  debug: (facts, message) => console.debug(message, facts),
  info: (facts, message) => console.info(message, facts),
  warn: (facts, message) => console.warn(message, facts),
  error: (facts, message) => console.error(message, facts),
};
