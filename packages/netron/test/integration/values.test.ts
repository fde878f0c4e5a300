import { describe, expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import { failure, nodes, transports } from './nodes.js';

const echo = () =>
  defineService({
    name: 'echo@1.0.0',
    methods: {
      echo: (value: unknown) => value,
      type: (value: unknown) => Object.prototype.toString.call(value),
      results: (): Record<string, unknown> => ({}),
      deep: () => ({ list: [{ ok: 1 }, { bad: Symbol('x') }] }),
      cyclic() {
        const value: Record<string, unknown> = {};
        value.self = value;
        return value;
      },
    },
  });
type Echo = ReturnType<typeof echo>;

const values: Record<string, unknown> = {
  null: null,
  undefined,
  true: true,
  false: false,
  zero: 0,
  'minus zero': -0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  'small integers': [0, 1, -1, 127, 128, 255, 256, -32, -33, -128, -129],
  'large integers': [65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), -(2 ** 31) - 1],
  fractions: [0.1, -1.5, 1e300, Number.MIN_VALUE, Number.MAX_VALUE, Number.EPSILON],
  bigints: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n, 2n ** 200n, -(2n ** 200n)],
  texts: ['', 'a', 'äöü', '日本語', '👍🏽', 'a'.repeat(40), 'b'.repeat(70_000), '\u0000'],
  dates: [new Date(0), new Date('2024-02-29T12:34:56.789Z'), new Date(-1), new Date(8.64e15)],
  map: new Map<unknown, unknown>([
    ['a', 1],
    [2, new Date(5)],
    [{ key: 1 }, [1]],
  ]),
  set: new Set<unknown>([1, 'two', { three: 3 }]),
  url: new URL('https://example.org/a?b=c#d'),
  bytes: new Uint8Array([0, 1, 255]),
  'typed arrays': [
    new Int8Array([-1, 1]),
    new Uint8ClampedArray([1, 255]),
    new Int16Array([-300]),
    new Uint16Array([60_000]),
    new Int32Array([-70_000]),
    new Uint32Array([4_000_000_000]),
    new Float32Array([1.5]),
    new Float64Array([0.1, Number.NaN]),
    new BigInt64Array([-5n]),
    new BigUint64Array([5n]),
  ],
  'array buffer': new Uint8Array([1, 2, 3]).buffer,
  nested: { a: { b: { c: [1, [2, [3, { d: null, e: undefined }]]] } } },
  'empty ones': [{}, [], '', new Map(), new Set()],
  'odd keys': { constructor: 1, toString: 'x', '': 0, 'a.b': 1, hasOwnProperty: null },
};

describe.each(transports)('values over %s', (transport) => {
  it('50: every kind of value arrives unchanged, as argument and as result', async () => {
    await using pair = await nodes({ transport, services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    for (const [name, value] of Object.entries(values)) {
      const got = await service.echo(value);
      // In Node bytes are a Buffer, which is a Uint8Array and more.
      expect(got instanceof Buffer ? new Uint8Array(got) : got, name).toStrictEqual(value);
      expect(await service.type(value), name).toBe(Object.prototype.toString.call(value));
    }
    expect(Object.is(await service.echo(-0), -0)).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('errors in data arrive as errors, without the remote stack', async () => {
    await using pair = await nodes({ transport, services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    const got = (await service.echo([new TypeError('wrong')])) as Error[];
    expect(got[0]).toBeInstanceOf(Error);
    expect(got[0]).toMatchObject({ name: 'TypeError', message: 'wrong' });
    expect(got[0]?.stack).not.toContain('values.test');
  });
});

describe('what cannot be sent', () => {
  it('50: fails with an error that names the path, and nothing is sent', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    const send = (value: unknown) => failure(service.echo(value));
    const problem = await send({ user: { tags: ['a', Symbol('secret')] } });
    expect(problem.message).toContain('user');
    expect(problem.message).toContain('tags');
    expect(problem).toMatchObject({ code: 'invalid_argument' });
    const map = await send({ byName: new Map([['x', { y: Symbol('z') }]]) });
    expect(map.message).toContain('byName');
    for (const value of [Symbol('s'), new WeakMap(), new WeakSet(), JSON.parse('{"__proto__":{"polluted":1}}')]) {
      expect(await send(value)).toBeInstanceOf(Error);
    }
    const cyclic: unknown[] = [];
    cyclic.push({ again: cyclic });
    expect(await send(cyclic)).toBeInstanceOf(Error);
    expect(await service.echo('still here')).toBe('still here');
  });

  it('50: a result that cannot be sent rejects the call and names the path', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    const problem = await failure(service.deep());
    expect(problem.message).toContain('list');
    expect(problem.message).toContain('bad');
    expect(problem).toMatchObject({ code: 'internal', statusCode: 500, outcome: 'ran' });
    expect(await failure(service.cyclic())).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('circular reference'),
    });
    expect(pair.peer.state).toBe('ready');
  });

  it('A3: excessive nesting is a typed error in both directions', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    const problem = await failure(service.echo(deep));
    expect(problem).not.toBeInstanceOf(RangeError);
    expect(['invalid_argument', 'resource_exhausted']).toContain(problem.code);
    expect(await service.echo([[['fine']]])).toEqual([[['fine']]]);
  });

  it('A8: an object with a "then" is never treated as a promise', async () => {
    let asked = 0;
    const then = () => {
      asked += 1;
    };
    await using pair = await nodes({ services: [echo()] });
    const service = await pair.peer.queryInterface<Echo>('echo');
    const named = (value: unknown) => Object.fromEntries([['then', value]]);
    await failure(service.echo({ inner: named(then) }));
    await failure(service.echo(named(then)));
    expect(Object.entries((await service.echo(named('text'))) as object)).toEqual([['then', 'text']]);
    expect(asked).toBe(0);
  });
});
