import { describe, expect, it, vi } from 'vitest';
import { discardStreams, guardStreams, isStreamSource, StreamSource, streamSource } from './stream-source.js';

/** The parts of a Node stream that are used here. */
class NodeLike {
  destroyed = 0;
  errored: unknown = null;
  readonly listeners = new Map<string, Set<(value: unknown) => void>>();

  pipe(): void {}
  destroy(): void {
    this.destroyed += 1;
  }
  on(event: string, listener: (value: unknown) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }
  once(event: string, listener: (value: unknown) => void): void {
    this.on(event, listener);
  }
  off(event: string, listener: (value: unknown) => void): void {
    this.listeners.get(event)?.delete(listener);
  }
  emit(event: string, value?: unknown): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener(value);
  }
  async *[Symbol.asyncIterator]() {
    yield 1;
  }
}

/** An async iterable whose iterator records how it is ended. */
function iterable() {
  const ended = vi.fn();
  const next = vi.fn(() => Promise.resolve({ done: false as const, value: 1 }));
  const iterator = {
    next,
    return: () => {
      ended();
      return Promise.resolve({ done: true as const, value: undefined });
    },
  };
  return { value: { [Symbol.asyncIterator]: () => iterator }, ended, next };
}

const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

describe('a value is a stream', () => {
  it.each<[string, object, boolean]>([
    ['a generator', (async function* () {})(), true],
    ['an async iterable', iterable().value, true],
    ['a web stream', new ReadableStream(), true],
    ['a stream of Node', new NodeLike(), true],
    ['an array', [1], false],
    ['a Map', new Map(), false],
    ['a synchronous generator', (function* () {})(), false],
    ['an object', {}, false],
  ])('%s: %s', (_, value, expected) => {
    expect(isStreamSource(value)).toBe(expected);
  });
});

describe('a source', () => {
  it('has the kind of its value, and is returned unchanged when it is made twice', () => {
    expect(streamSource(new ReadableStream()).kind).toBe('web');
    expect(streamSource(new NodeLike()).kind).toBe('web');
    const source = streamSource(iterable().value);
    expect([source.kind, streamSource(source)]).toEqual(['iterable', source]);
    expect(() => streamSource({})).toThrow(new TypeError('a stream method must return an iterable'));
  });

  it('of a plain object has the fields of the object', () => {
    expect(streamSource(Object.assign(iterable().value, { total: 7, more: () => {} })).fields).toEqual({ total: 7 });
    expect(streamSource(iterable().value).fields).toBeUndefined();
    class Page {
      total = 7;
      async *[Symbol.asyncIterator]() {}
    }
    expect(streamSource(new Page()).fields).toBeUndefined();
  });

  it('is ended once, whether it has begun or not', () => {
    const { value, ended } = iterable();
    const source = streamSource(value);
    source.close();
    source.close();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('releases its resources before its iterator, which may wait for them, and ignores failures of both', async () => {
    const order: string[] = [];
    const iterator = {
      next: () => Promise.resolve({ done: true as const, value: undefined }),
      return: () => {
        order.push('iterator');
        return Promise.reject(new Error('no'));
      },
    };
    const source = new StreamSource('iterable', iterator, undefined, () => {
      order.push('held');
      throw new Error('no');
    });
    source.close();
    await turn();
    expect(order).toEqual(['held', 'iterator']);
  });

  it('is disposed of when it is an object that is not its own iterator', () => {
    const disposed = vi.fn(() => Promise.resolve());
    streamSource(Object.assign(iterable().value, { [Symbol.asyncDispose]: disposed })).close();
    expect(disposed).toHaveBeenCalledTimes(1);
  });

  it('runs step by step with the values that the consumer passes or throws', async () => {
    const got: unknown[] = [];
    const source = streamSource(
      (async function* () {
        try {
          got.push(yield 1);
          got.push(yield 2);
        } catch (error) {
          got.push(error);
          yield 3;
        }
      })(),
    );
    expect(await source.next()).toEqual({ done: false, value: 1 });
    expect(await source.step({ thrown: false, value: 'a' })).toEqual({ done: false, value: 2 });
    expect(await source.step({ thrown: true, value: 'b' })).toEqual({ done: false, value: 3 });
    expect(got).toEqual(['a', 'b']);
  });

  it('without throw() ends, and fails with the thrown error', () => {
    const { value, ended } = iterable();
    const source = streamSource(value);
    expect(() => source.step({ thrown: true, value: 'b' })).toThrow('b');
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('a Node stream', () => {
  it('that fails without a reader is reported once when it is closed, and destroyed', () => {
    const stream = new NodeLike();
    const report = vi.fn();
    const source = streamSource(stream, undefined, report);
    stream.emit('error', 'broken');
    expect(report).not.toHaveBeenCalled();
    source.close();
    source.close();
    stream.emit('error', 'broken again');
    expect(report).toHaveBeenCalledExactlyOnceWith('broken');
    expect(stream.destroyed).toBe(1);
  });

  it('that has failed earlier is reported, too', () => {
    const stream = Object.assign(new NodeLike(), { errored: 'before' });
    const report = vi.fn();
    streamSource(stream, undefined, report).close();
    expect(report).toHaveBeenCalledExactlyOnceWith('before');
  });

  it('with a reader reports an error only to the reader', async () => {
    const stream = new NodeLike();
    const report = vi.fn();
    const source = streamSource(stream, undefined, report);
    expect(await source.next()).toEqual({ done: false, value: 1 });
    stream.emit('error', 'broken');
    source.close();
    expect(report).not.toHaveBeenCalled();
  });

  it('has an error listener until it is closed', async () => {
    const stream = new NodeLike();
    streamSource(stream);
    guardStreams({ deep: [new Map([['stream', stream]])] });
    expect(stream.listeners.get('error')?.size).toBe(2);
    stream.emit('close');
    await turn();
    expect(stream.listeners.get('error')?.size).toBe(0);
  });
});

describe('streams in a value that is not sent', () => {
  it('are ended, wherever they are, once', () => {
    const [first, second, third] = [iterable(), iterable(), iterable()];
    const value: Record<string, unknown> = { first: first.value, list: [new Set([second.value]), first.value], map: new Map() };
    (value.map as Map<unknown, unknown>).set(third.value, value);
    discardStreams(value);
    expect([first, second, third].map(({ ended }) => ended.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it('are searched without calling getters or reading promises', () => {
    const getter = vi.fn();
    const { value, ended } = iterable();
    discardStreams(Object.defineProperty({ promise: Promise.resolve(value) }, 'read', { get: getter, enumerable: true }));
    expect([getter.mock.calls.length, ended.mock.calls.length]).toEqual([0, 0]);
  });

  it('that were taken over already are ended by their source', async () => {
    const cancel = vi.fn();
    const stream = new ReadableStream({ cancel });
    streamSource(stream);
    discardStreams([stream]);
    await turn();
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('that have another reader are left alone', () => {
    const stream = new ReadableStream();
    const reader = stream.getReader();
    discardStreams([stream]);
    expect(stream.locked).toBe(true);
    reader.releaseLock();
  });
});
