/** Platform of Node, Bun and Deno. `browser.ts` has the same exports for browsers. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import { networkInterfaces } from 'node:os';
import { types } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import { type CallStorage, type EndTrace, longestDelay, type Tracing } from './platform.js';

export { allocate, copyOf, decodeText, encodeText, fromBase64, toBase64, viewOf } from './node-bytes.js';
export { type EndTrace, longestDelay } from './platform.js';

/** The process's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(action, ms, background = false) {
    const timer = setTimeout(action, Math.min(ms, longestDelay));
    if (background) timer.unref?.();
    return timer;
  },
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Runs `action` after the current turn's work, before any input or output. */
export const defer: (action: () => void) => void = process.nextTick;

/** Returns numbers from 0 to 1. */
export const random: () => number = Math.random;

/** Returns cryptographically secure random bytes. */
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Whether others can connect to this process over the network. */
export const canListen = true;

/** Returns the addresses at which others can reach this machine. */
export function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
}

/** Returns the heap in use and its limit, in bytes. */
export function heapUse(): { used: number; limit: number } | undefined {
  return { used: process.memoryUsage().heapUsed, limit: getHeapStatistics().heap_size_limit };
}

/** Whether a value is a `Proxy`, which runs code of the program when it is inspected. */
export const isProxy: (value: unknown) => boolean = types.isProxy;

/** Makes a store for values that follow asynchronous work. */
export function callStorage<T>(): CallStorage<T> {
  const storage = new AsyncLocalStorage<T>();
  return {
    get: () => storage.getStore(),
    run: (value, action, argument) => storage.run(value as T, action, argument),
    enter: (value) => storage.enterWith(value as T),
  };
}

/** The tracing channel `tracing:<name>:*` of `node:diagnostics_channel`. */
class NodeTracing implements Tracing {
  readonly #channel: TracingChannel<object>;

  constructor(name: string) {
    this.#channel = tracingChannel<object>(name);
  }

  // A getter of a class, because engines look up a getter of an object literal each time, which took a tenth of a call.
  get active(): boolean {
    // Node 20 has no `hasSubscribers` on the tracing channel itself.
    const { start, end, asyncEnd, error } = this.#channel;
    return start.hasSubscribers || end.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers;
  }

  run<R>(context: object, action: () => R): R {
    return this.#channel.start.runStores(context, action);
  }

  start(context: object): void {
    this.#channel.start.publish(context);
  }

  end(context: object): void {
    this.#channel.end.publish(context);
  }

  asyncEnd(context: object): void {
    this.#channel.asyncEnd.publish(context);
  }

  error(context: object): void {
    this.#channel.error.publish(context);
  }
}

export function tracing(name: string): Tracing {
  return new NodeTracing(name);
}

/** `tracing:netron:request:*`, calls that this process makes: a `CallRecord`. */
export const requests: Tracing = tracing('netron:request');
/** `tracing:netron:event:*`, events from peers or to them: `{ peer, direction, event, data }`. */
export const events: Tracing = tracing('netron:event');
/** `tracing:netron:stream:*`: `{ peer, direction, stream, error? }`. */
const streams = tracing('netron:stream');
/** `tracing:netron:connection:*`, from handshake to end: `{ peer, address, error? }`. */
const connections = tracing('netron:connection');

/** Traces a stream; `undefined` without subscribers. */
export function traceStream(peer: string, direction: 'in' | 'out', stream: number): EndTrace | undefined {
  return streams.active ? begin(streams, { peer, direction, stream }) : undefined;
}

/** Traces a connection; `undefined` without subscribers. */
export function traceConnection(peer: string, address: string): EndTrace | undefined {
  return connections.active ? begin(connections, { peer, address }) : undefined;
}

function begin(channel: Tracing, context: Record<string, unknown>): EndTrace {
  channel.start(context);
  return (error) => {
    if (error !== undefined) {
      context.error = error;
      channel.error(context);
    }
    channel.asyncEnd(context);
  };
}

/** Writes one line of JSON per message to standard error. */
export const consoleLogger: Logger = {
  debug: (facts, message) => write('debug', facts, message),
  info: (facts, message) => write('info', facts, message),
  warn: (facts, message) => write('warn', facts, message),
  error: (facts, message) => write('error', facts, message),
};

function write(level: string, facts: object, message: string): void {
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), name: 'netron', message, ...facts })}\n`);
}
