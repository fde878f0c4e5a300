/** Cycles and objects that stand in several places, where both ends have the option `cycles`. */

import { describe, expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import type { Reader } from '../../src/wire/reader.js';
import { richReader, richWriter } from '../../src/wire/rich-values.js';
import { featureBits } from '../../src/wire/value-features.js';
import { readValue } from '../../src/wire/value-reader.js';
import { writeValue } from '../../src/wire/value-writer.js';
import { failure, nodes } from './nodes.js';

interface Node {
  name: string;
  next?: Node;
  all?: Set<Node>;
  byName?: Map<unknown, unknown>;
}

const echo = defineService({
  name: 'echo@1.0.0',
  methods: {
    echo: (value: unknown) => value,
    isOne: (one: unknown, other: unknown) => one === other,
    loop: () => {
      const list: unknown[] = [1];
      list.push(list);
      return list;
    },
  },
});
type Echo = { echo<T>(value: T): Promise<T>; isOne(one: unknown, other: unknown): Promise<boolean>; loop(): Promise<unknown[]> };

describe('with the option at both ends', () => {
  const both = { server: { cycles: true }, client: { cycles: true } };

  it('a cycle arrives as a cycle', async () => {
    await using pair = await nodes({ services: [echo], ...both });
    const remote = await pair.peer.queryInterface<Echo>('echo');
    const a: Node = { name: 'a' };
    const b: Node = { name: 'b', next: a };
    a.next = b;
    a.all = new Set([a, b]);
    a.byName = new Map<unknown, unknown>([
      ['a', a],
      [b, [a, b]],
    ]);
    const got = await remote.echo(a);
    expect(got.next?.next).toBe(got);
    expect([...(got.all ?? [])]).toEqual([got, got.next]);
    expect(got.byName?.get('a')).toBe(got);
    expect(got.byName?.get(got.next)).toEqual([got, got.next]);
    const list = await remote.loop();
    expect([list[0], list[1] === list]).toEqual([1, true]);
  });

  it('a shared object arrives as one object', async () => {
    await using pair = await nodes({ services: [echo], ...both });
    const remote = await pair.peer.queryInterface<Echo>('echo');
    const shared = { x: 1 };
    const [one, two] = await remote.echo([shared, shared]);
    expect(one).toBe(two);
    expect(await remote.isOne(shared, shared)).toBe(true);
    expect(await remote.isOne({ x: 1 }, { x: 1 })).toBe(false);
    // Not from one call to the next.
    expect(await remote.isOne(shared, await remote.echo(shared))).toBe(false);
  });

  it('together with functions, services, dates and long lists', async () => {
    await using pair = await nodes({ services: [echo], ...both });
    const remote = await pair.peer.queryInterface<Echo>('echo');
    const when = new Date(5);
    const value: Record<string, unknown> = { when, list: Array.from({ length: 1_000 }, () => ({})), fn: () => 1 };
    value.self = value;
    const got = await remote.echo(value);
    expect([got.self === got, got.when]).toEqual([true, when]);
    expect(await (got.fn as () => Promise<number>)()).toBe(1);
  });
});

it.each([
  ['neither', {}],
  ['the caller only', { client: { cycles: true } }],
  ['the callee only', { server: { cycles: true } }],
])('with the option at %s cycles are refused with their path, and shared objects are written twice', async (_which, options) => {
  await using pair = await nodes({ services: [echo], ...options });
  const remote = await pair.peer.queryInterface<Echo>('echo');
  const value: Record<string, unknown> = {};
  value.self = [value];
  expect(await failure(remote.echo({ value }))).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('circular reference'),
  });
  expect(await failure(remote.loop())).toMatchObject({ code: 'internal' });
  const shared = {};
  const [one, two] = await remote.echo([shared, shared]);
  expect(one).not.toBe(two);
  expect(await remote.isOne(shared, shared)).toBe(false);
});

describe('bytes', () => {
  const reader = (): Reader => Object.assign(richReader(), { graph: [] });
  const read = (hex: string, from = reader()): unknown => {
    from.load(Buffer.from(hex, 'hex'));
    return readValue(from);
  };

  it('are extension 14 with the number of a container, counted from the outermost', () => {
    const writer = richWriter(0);
    writer.features = featureBits(['graphs']);
    const list: unknown[] = [[], 1];
    list.push(list, list[0]);
    writeValue(writer, list);
    expect(Buffer.from(writer.buffer.subarray(0, writer.position)).toString('hex')).toBe('949001c7010e00c7010e01');
    const got = read('949001c7010e00c7010e01') as unknown[];
    expect([got[2] === got, got[3] === got[0]]).toEqual([true, true]);
    expect(read('91d40e00')).toEqual(expect.any(Array));
  });

  it.each([
    ['a number that nothing has', '91d40e01'],
    ['a number behind it', '92d40e0190'],
    ['no number', '91d40ec0'],
    ['nothing around it', 'd40e00'],
  ])('%s is malformed', (_what, hex) => {
    expect(() => read(hex)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('references are malformed without the option, and between values', () => {
    expect(() => read('91d40e00', richReader())).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    const from = reader();
    from.load(Buffer.from('929091d40e01', 'hex').subarray(0, 2));
    expect(() => readValue(from)).toThrow();
    from.load(Buffer.from('909190d40e01', 'hex'));
    expect(readValue(from)).toEqual([]);
    expect(readValue(from)).toEqual([[]]);
    expect(() => readValue(from)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
