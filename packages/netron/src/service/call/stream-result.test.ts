import { expect, it } from 'vitest';
import { nodes } from '../../../test/integration/nodes.js';
import { Public, Service, Stream } from '../../index.js';
import { streamResult } from './stream-result.js';

const member = { service: 'numbers', name: 'list' };

/** An iterator of 1 and 2 that is not iterable. */
function bare(): { next(): IteratorResult<number> } {
  let count = 0;
  return { next: () => ((count += 1) > 2 ? { done: true, value: undefined } : { done: false, value: count }) };
}

async function* generated(): AsyncGenerator<number> {
  yield* [1, 2];
}

const webStream = () =>
  new ReadableStream({
    start(controller) {
      for (const item of [1, 2]) controller.enqueue(item);
      controller.close();
    },
  });

const numbers = (): unknown[] => [[1, 2], new Set([1, 2]), generated(), bare(), webStream()];

it('is any iterable, or an iterator as an iterable', async () => {
  for (const given of numbers()) {
    const items: unknown[] = [];
    for await (const item of streamResult(member, given)) items.push(item);
    expect(items).toEqual([1, 2]);
  }
});

it.each([['text'], [undefined], [null], [5], [{}], [{ next: 1 }], [() => [1]]])('is not %j', (given) => {
  const message = 'numbers.list: the result is not a stream: it must be an AsyncIterable, or an Iterable that is not a string';
  expect(() => streamResult(member, given)).toThrow(expect.objectContaining({ code: 'internal', message }));
});

it('an iterator is a stream over every transport', async () => {
  @Service('numbers@1.0.0')
  class Numbers {
    @Stream() @Public() list(): Iterator<number> {
      return bare() as Iterator<number>;
    }
  }
  await using pair = await nodes({ services: [new Numbers()] });
  type Listing = { list(): AsyncIterable<number> };
  const doors: AsyncIterable<number>[] = [
    ((await pair.peer.queryInterface('numbers')) as unknown as Listing).list(),
    (pair.server.service('numbers') as unknown as Listing).list(),
    (await pair.server.dispatch({
      service: 'numbers',
      method: 'list',
      caller: { id: 'a', identity: undefined, transport: 'test' },
    })) as AsyncIterable<number>,
  ];
  for (const door of doors) {
    const items: number[] = [];
    for await (const item of door) items.push(item);
    expect(items).toEqual([1, 2]);
  }
});
