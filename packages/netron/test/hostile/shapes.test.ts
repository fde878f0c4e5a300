/** A3, A5: what a message may be made of, said to a node by somebody who sends what it likes. */
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { MemoryTransport } from '../../src/index.js';
import { settled } from '../integration/nodes.js';
import { WorkCounter } from '../work.js';
import { everything, target, Watch } from './attacked.js';
import { type Stranger, visit } from './stranger.js';

const echo = Object.keys(everything()).indexOf('echo');

/** A call of `echo` whose one argument is these bytes. */
const callWith = (handle: number, argument: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(2, 90, handle, echo, 0x91), argument]);

const farewell = ({ heard }: Stranger): unknown => heard.find(({ kind }) => kind === 'goodbye')?.fields[0];

/** Sends each argument on a connection of its own; every one of them has to be closed, for `reason`, and nobody else. */
async function refused(given: readonly (readonly [string, Uint8Array])[], reason: string): Promise<void> {
  const transport = new MemoryTransport();
  using watch = new Watch();
  await using attacked = await target(transport);
  const friend = await visit(attacked.node);
  const handle = await friend.query('everything');
  for (const [what, argument] of given) {
    const stranger = await visit(attacked.node);
    const own = await stranger.query('everything');
    stranger.send(callWith(own, argument));
    expect((await stranger.end())?.message, what).toContain(reason === 'resource_exhausted' ? '1008' : '1002');
    expect(farewell(stranger), what).toBe(reason);
    expect(
      stranger.heard.some(({ kind, fields }) => kind === 'result' && fields[0] === 90),
      what,
    ).toBe(false);
  }
  expect((await friend.call(handle, echo, ['here'])).fields[1]).toBe('here');
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(watch.uncaught).toEqual([]);
  friend.leave();
}

describe('A3: a million levels of nesting', () => {
  const levels = 1_000_000;
  const limits = { message: 16 * 2 ** 20, elements: 2 ** 30, depth: 256 };

  it.each([
    ['arrays', '91'],
    ['objects', '81a0'],
    ['Maps', 'c9fffffff00181c0'],
    ['errors', 'c9fffffff006a0a0a0c0'],
  ])('of %s close the connection with a typed error and 1002 or 1008; other peers are served', async (_what, level) => {
    const transport = new MemoryTransport();
    using watch = new Watch();
    // The largest limits there are.
    await using attacked = await target(transport, { limits });
    const friend = await visit(attacked.node);
    const handle = await friend.query('everything');
    const stranger = await visit(attacked.node);
    const own = await stranger.query('everything');
    const attack = callWith(own, Buffer.from(level.repeat(levels), 'hex'));
    using work = new WorkCounter();
    stranger.send(attack);
    expect((await stranger.end())?.message).toMatch(/1002|1008/);
    expect(['resource_exhausted', 'invalid_argument']).toContain(farewell(stranger));
    const calls = work.take();
    // No more than the levels that may be.
    expect(calls).toBeLessThan(10_000);
    expect((await friend.call(handle, echo, [1])).fields[1]).toBe(1);
    expect(watch.uncaught).toEqual([]);
    friend.leave();
  });

  it('64 levels are accepted by default, 65 are refused', async () => {
    const nested = (depth: number): Uint8Array => Buffer.from(`${'91'.repeat(depth)}01`, 'hex');
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node);
    const own = await stranger.query('everything');
    // The list of arguments is the first level.
    stranger.send(callWith(own, nested(63)));
    expect((await stranger.answer(90)).kind).toBe('result');
    stranger.leave();
    await settled();
    await refused([['65 levels', nested(64)]], 'resource_exhausted');
  });
});

describe('A5: extension types', () => {
  const known = new Set([-1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19]);
  const types = Array.from({ length: 256 }, (_, byte) => (byte << 24) >> 24).filter((type) => !known.has(type));

  it('each of the 243 unknown types closes the connection, in every encoding', async () => {
    expect(types).toHaveLength(243);
    const forms = (byte: string): string[] => [`d4${byte}40`, `c701${byte}40`, `c80001${byte}40`, `c900000001${byte}40`];
    const given = types.flatMap((type) => {
      const byte = (type & 255).toString(16).padStart(2, '0');
      const picked = forms(byte).filter((_form, at) => at === 0 || at === Math.abs(type) % 4);
      return picked.map((hex) => [`type ${type}: ${hex}`, Buffer.from(hex, 'hex')] as const);
    });
    await refused(given, 'invalid_argument');
  });

  it('the extensions of msgpackr close the connection: records, references, regular expressions, errors, bundled strings', async () => {
    const shared = { a: 1 };
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const clone = { structuredClone: true };
    const given = (
      [
        ['a record', { useRecords: true }, { name: 'x', value: 1 }],
        ['records', { useRecords: true }, [{ name: 'x' }, { name: 'y' }]],
        ['a shared reference', clone, [shared, shared]],
        ['a cycle', clone, cyclic],
        ['a regular expression', clone, /(a+)+b/],
        ['an error', clone, new RangeError('x')],
        ['a Set', clone, new Set([1])],
        ['a typed array', clone, Float32Array.of(1)],
        ['bundled texts', { bundleStrings: true }, Array.from({ length: 20 }, (_, at) => `a text of some length, ${at}`)],
      ] as const
    ).map(([what, options, value]) => [what, new Packr({ useRecords: false, ...options }).pack(value)] as const);
    await refused(given, 'invalid_argument');
  });
});
