import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineTitanService, Public, TitanService } from '../../src/index.js';
import { peerOf, quiet, refusal, running } from './contract.js';

/** Results of stream methods, as a program without types gives them. */
const results: Record<string, () => unknown> = {
  number: () => 5,
  text: () => 'abc',
  nothing: () => undefined,
  promised: async () => 7,
  record: () => ({ total: 1 }),
};
const streams: Record<string, () => unknown> = {
  list: () => [1, 2],
  set: async () => new Set([1, 2]),
  sync: function* () {
    yield* [1, 2];
  },
  later: async () =>
    (async function* () {
      yield* [1, 2];
    })(),
  web: () =>
    new Blob([new Uint8Array([1, 2])]).stream().pipeThrough(
      new TransformStream({
        transform(bytes: Uint8Array, out) {
          for (const byte of bytes) out.enqueue(byte);
        },
      }),
    ),
};
const names = [...Object.keys(results), ...Object.keys(streams)];
const untyped = (value: unknown) => value as never;

describe.each([
  ['a schema for its items', { stream: true, output: z.number() }],
  ['no schema', { stream: true }],
])('a stream of a contract with %s', (_, method) => {
  const contract = Object.fromEntries(names.map((name) => [name, method]));
  class Numbers {}
  for (const [name, value] of Object.entries({ ...results, ...streams })) {
    Object.defineProperty(Numbers.prototype, name, { value, configurable: true, writable: true });
    Public()(Numbers.prototype, untyped(name));
  }
  TitanService(untyped({ name: 'numbers', contract }))(Numbers);
  const services: [string, object][] = [
    ['a class', Numbers],
    ['functions', defineTitanService(untyped({ name: 'numbers', contract, methods: { ...results, ...streams } }))],
  ];
  for (const [form, service] of services)
    it.each(['within the process', 'over a connection'])(`of ${form}, called %s, has to be one`, async (where) => {
      const lines: Record<string, unknown>[] = [];
      const app = await running(service, {
        ...quiet,
        logger: { destination: { write: (line) => lines.push(JSON.parse(line)) } },
      });
      const client: Record<string, () => AsyncIterable<unknown>> =
        where === 'over a connection'
          ? untyped(await (await peerOf(app)).queryInterface('numbers'))
          : untyped(app.connectToService('numbers'));
      const read = async (name: string) => {
        const items: unknown[] = [];
        for await (const item of client[name]!()) items.push(item);
        return items;
      };
      for (const name of Object.keys(streams)) expect(await read(name)).toEqual([1, 2]);
      for (const name of Object.keys(results)) {
        expect(await refusal(read(name))).toMatchObject({
          code: 'internal',
          message: `numbers.${name}: the result is not a stream: it must be an AsyncIterable, or an Iterable that is not a string`,
        });
      }
      const told = lines.filter(({ msg }) => msg === 'a result does not match its contract');
      expect(told.map(({ member }) => member)).toEqual(Object.keys(results).map((name) => `numbers.${name}`));
    });
});
