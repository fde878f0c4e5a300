import { describe, expect, it } from 'vitest';
import { ServiceStream } from './service-stream.js';

async function* numbers(): AsyncGenerator<number, void, undefined> {
  yield 1;
  yield 2;
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('the result of a stream method', () => {
  it.each<[string, () => unknown]>([
    ['a generator', numbers],
    ['a web stream', () => new Blob([new Uint8Array([1, 2])]).stream().pipeThrough(flattened())],
  ])('%s is iterated without await', async (_, open) => {
    expect(await collect(new ServiceStream<number>(Promise.resolve(open())))).toEqual([1, 2]);
  });

  it.each<[string, unknown]>([
    ['a text', 'hello x'],
    ['undefined', undefined],
    ['null', null],
    ['an object', { greeting: 'hello' }],
    ['an array', [1, 2]],
    ['a function', () => 1],
  ])('iterating %s fails and asks for await', async (_, result) => {
    const error: unknown = await collect(new ServiceStream(Promise.resolve(result))).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toBe('the result is not a stream: await it');
    expect(await new ServiceStream(Promise.resolve(result))).toBe(result);
  });

  it('fails with the error of its call', async () => {
    await expect(collect(new ServiceStream(Promise.reject(new Error('not allowed'))))).rejects.toThrow('not allowed');
  });
});

function flattened(): TransformStream<Uint8Array, number> {
  return new TransformStream({
    transform(chunk, controller) {
      for (const byte of chunk) controller.enqueue(byte);
    },
  });
}
