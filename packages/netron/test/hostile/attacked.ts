/** What a node that was attacked must look like afterwards. */
import { expect } from 'vitest';
import { defineService, type Logger, type MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import type { Link } from '../../src/peer/link/link.js';
import { VirtualClock } from '../integration/virtual-clock.js';

/** Sees what nobody has caught in this process, until it is disposed of. */
export class Watch implements Disposable {
  readonly uncaught: unknown[] = [];
  readonly #note = (error: unknown): void => {
    this.uncaught.push(error);
  };

  constructor() {
    process.on('unhandledRejection', this.#note);
    process.on('uncaughtException', this.#note);
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#note);
    process.off('uncaughtException', this.#note);
  }
}

/** Keeps what is logged. */
export class Log implements Logger {
  readonly lines: string[] = [];
  readonly debug = (...given: unknown[]): void => this.#add(given);
  readonly info = this.debug;
  readonly warn = this.debug;
  readonly error = this.debug;

  #add(given: unknown[]): void {
    this.lines.push(JSON.stringify(given));
  }
}

/** A service that has every kind of member. */
export function everything() {
  const kept: unknown[] = [];
  return defineService({
    name: 'everything@1.0.0',
    methods: {
      echo: (value: unknown) => value,
      later: async (value: unknown) => value,
      never: () => new Promise<never>(() => {}),
      soon: () => new Promise<void>((resolve) => setImmediate(resolve)),
      fail: () => {
        throw new TypeError('not today');
      },
      failLater: async () => {
        await null;
        throw new TypeError('not tomorrow');
      },
      object: () => ({ title: 'x', nested: { list: [1, 2, 3] }, fn: () => 5 }),
      service: () => inner(),
      fn: () => (value: unknown) => value,
      async callBack(fn: (value: number) => unknown) {
        return typeof fn === 'function' ? fn(1) : 'no function';
      },
      async *count(to: number) {
        for (let number = 0; number < Math.min(to, 1_000); number += 1) yield number;
      },
      async *endless() {
        for (let number = 0; ; number += 1) yield number;
      },
      async *bytes() {
        for (;;) yield new Uint8Array(20_000);
      },
      async sum(values: AsyncIterable<number>) {
        let sum = 0;
        for await (const value of values) sum += Number(value);
        return sum;
      },
      keep: (value: unknown) => {
        kept[0] = value;
      },
    },
    properties: { version: 'x', name: 'everything' },
    writable: ['name'],
  });
}

function inner() {
  return defineService({ name: 'inner@1.0.0', methods: { hi: () => 'hi' } });
}

/** Timers of a node that never wait: time passes only on demand. */
export interface Target extends AsyncDisposable {
  readonly node: Netron;
  readonly clock: VirtualClock;
}

/** A node with everything that peers can be allowed, on a clock that the test moves. */
export async function target(transport: MemoryTransport, options: NetronOptions = {}): Promise<Target> {
  const clock = new VirtualClock();
  const node = await Netron.create({
    id: 'target',
    clock,
    stopTimeout: 0,
    logger: new Log(),
    transports: { memory: true },
    additionalTransports: [transport],
    allowServiceEvents: true,
    remoteEvents: true,
    allowRemoteServices: true,
    allowRemoteTasks: true,
    ...options,
  });
  await node.peer.exposeService(everything());
  node.addTask('task', (_peer, value: unknown) => value);
  return { node, clock, [Symbol.asyncDispose]: () => node.stop() };
}

/** Nothing is left of a conversation that has ended. */
export function expectEmpty(link: Link, why: string): void {
  const { calls, incoming, outgoingStreams, incomingStreams, imports, exports, publisher } = link;
  expect(
    {
      open: link.open,
      calls: calls.size,
      incoming: incoming.size,
      outgoingStreams: outgoingStreams.size,
      incomingStreams: incomingStreams.size,
      imports: imports.size,
      exports: exports.size,
      subscriptions: publisher?.size ?? 0,
    },
    why,
  ).toEqual({
    open: false,
    calls: 0,
    incoming: 0,
    outgoingStreams: 0,
    incomingStreams: 0,
    imports: 0,
    exports: 0,
    subscriptions: 0,
  });
}
