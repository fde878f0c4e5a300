/** A1: what methods do with a peer's functions, services and streams without awaiting it never ends the process. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, type Middleware } from '../../src/index.js';
import { writeCall, writeError, writeFail } from '../../src/wire/packets.js';
import { settled } from '../integration/nodes.js';
import { errors } from '../vectors/notation.js';
import { type Target, target, Watch } from './attacked.js';
import { blob, reference, type Stranger, stream, visit } from './stranger.js';

/** What was sent where a text, a list or an emitter was expected: everything it has may be a function. */
interface Given {
  (): unknown;
  trim(): Given;
  toLowerCase(): unknown;
  next(): unknown;
  throw(error: Error): unknown;
  text(): unknown;
  on(event: string, listener: () => void): unknown;
  readonly length: number;
}

const fn = reference(1);
const service = (...members: readonly (readonly [name: string, kind: number])[]) => reference(2, [0, 'bait', '1.0.0', members]);

/** What a careless method does, and what it is given. */
const careless: readonly (readonly [string, unknown, (given: Given) => void])[] = [
  ['a call', fn, (given) => void given()],
  ['a call on the result of a call', { trim: fn }, (given) => void given.trim().toLowerCase()],
  ['reading a property of the result of a call', fn, (given) => void (given() as Given).trim().toLowerCase()],
  ['converting it to a number', { valueOf: fn, toString: fn }, (given) => void Math.min(given as never, 5)],
  ['converting it to a string', { toString: fn }, (given) => void `${given}`],
  ['converting it to JSON', { toJSON: fn }, (given) => void JSON.stringify(given)],
  ['a method of a service', service(['trim', 0]), (given) => void given.trim()],
  ['a method that a service does not have', service(), (given) => void given.trim()],
  ['a call on the result of a method that a service does not have', service(), (given) => void given.trim().toLowerCase()],
  ['a property of a service', service(['length', 2]), (given) => void given.length],
  ['a stream of a service', service(['trim', 1]), (given) => void given.trim()],
  ['a listener', service(), (given) => void given.on('data', () => {})],
  ['reading an item', stream(1), (given) => void given.next()],
  ['throwing into a stream', stream(1), (given) => void given.throw(new Error('thrown'))],
  ['the text of a blob', blob(2), (given) => void given.text()],
];

/** What the peer does about it. */
const answers: Record<string, (stranger: Stranger) => void> = {
  'answers with errors'(stranger) {
    const error = errors.decode({ name: 'TypeError', code: 'unknown', message: 'never' });
    for (const { kind, fields } of stranger.heard) {
      if (kind === 'call' || kind === 'pipe') stranger.say((to) => writeError(to, fields[0] as number, error));
    }
    for (const id of [1, 2]) stranger.say((to) => writeFail(to, id, error));
  },
  leaves: (stranger) => stranger.leave(),
};

const transport = new MemoryTransport();
const passing: Middleware = (next) => async (call) => next(call);
let attacked: Target;

describe.each([
  ['', {}],
  [', with outgoing middleware', { middleware: { outgoing: [passing] } }],
])('operations on values of a peer that are not awaited%s', (_where, options) => {
  beforeEach(async () => {
    attacked = await target(transport, options);
  });
  afterEach(() => attacked[Symbol.asyncDispose]());

  describe.each(Object.keys(answers))('the peer %s', (answer) => {
    it.each(careless)('A1: %s leaves no unhandled rejection', async (_what, given, use) => {
      using watch = new Watch();
      let used = 0;
      const methods = {
        use(value: unknown) {
          used += 1;
          use(value as Given);
          // What is released at the end of the call is another case.
          return new Promise(() => {});
        },
      };
      await attacked.node.peer.exposeService(defineService({ name: 'careless@1.0.0', methods }));
      const stranger = await visit(attacked.node);
      const handle = await stranger.query('careless');
      stranger.say((to) => writeCall(to, 900, handle, 0, 0, undefined, [given]));
      await settled(5);
      answers[answer]?.(stranger);
      await settled(5);
      expect(used).toBe(1);
      expect(watch.uncaught).toEqual([]);
      stranger.leave();
    });
  });
});
