import { describe, expect, it, vi } from 'vitest';
import { bindFunction } from '../../service/call/bound-service.js';
import { RemoteBlob } from '../../service/call/remote-blob.js';
import { handleTypes } from '../../wire/handles.js';
import { defaultLimits } from '../../wire/limits.js';
import type { Reader } from '../../wire/reader.js';
import { richReader, richWriter } from '../../wire/rich-values.js';
import { allFeatures, valueFeatures } from '../../wire/value-features.js';
import { writeValue } from '../../wire/value-writer.js';
import { AwaitedResult } from '../calls/awaited-results.js';
import { writableName } from '../streams/writable.js';
import { handlePart } from './handle-part.js';
import type { DecodingLink } from './incoming-handles.js';

/** Decodes handles on a link that exports one function as handle 3, and holds the result of call 5. */
function decoding(features: number = allFeatures) {
  const own = () => 1;
  const stream = { transfer() {}, [Symbol.dispose]: vi.fn() };
  const streams = { open: vi.fn((_id: number) => stream as never), refuse: vi.fn() };
  const present = vi.fn((_stream: unknown, kind: string) => ({ kind }));
  const link = {
    node: { parts: { streams: { present } } },
    exports: { get: (handle: number) => (handle === 0 || handle === 3 ? bindFunction(own, undefined) : undefined) },
    incomingStreams: streams,
    calls: {},
    outbox: { writer: { features } },
    incoming: { heldResult: (id: number) => (id === 5 ? new AwaitedResult('result') : undefined) },
  } as unknown as DecodingLink;
  /** Reads a handle with this content. */
  const read = (type: keyof typeof handleTypes, content: readonly unknown[], change?: (reader: Reader) => void) => {
    const writer = richWriter(64);
    for (const value of content) writeValue(writer, value);
    const reader = richReader(defaultLimits);
    reader.load(writer.buffer.slice(0, writer.position));
    change?.(reader);
    return { value: handlePart.decode(handleTypes[type], reader, link), reader };
  };
  return { own, present, read, stream, streams };
}

describe('a handle of this end that comes home', () => {
  it('is the object itself', () => {
    const { own, read } = decoding();
    expect(read('own', [3]).value).toBe(own);
  });

  it.each([0, 4])('fails its packet when it is %j: the node itself, or released', (handle) => {
    const { value, reader } = decoding().read('own', [handle]);
    expect([value, reader.received?.failure]).toMatchObject([undefined, { code: 'not_found' }]);
  });
});

describe('the result of a call under way', () => {
  it('is a placeholder that waits for it', () => {
    const { value, reader } = decoding().read('result', [5]);
    expect([value, reader.received?.awaited]).toEqual([new AwaitedResult('result'), [value]]);
  });

  it('fails its packet when it is not held, or inside a container that is converted at once', () => {
    const { read } = decoding();
    expect(read('result', [6]).reader.received?.failure).toMatchObject({ code: 'not_found' });
    const { reader } = read('result', [5], (from) => void (from.sealed = 1));
    expect(reader.received).toMatchObject({ failure: { code: 'invalid_argument' }, awaited: undefined });
  });

  it('closes the connection when this end has not announced the feature', () => {
    const { read } = decoding(allFeatures & ~valueFeatures.results);
    expect(() => read('result', [5])).toThrow('an unexpected result');
  });
});

describe('a stream', () => {
  it.each([
    [0, 'iterable'],
    [1, 'web'],
    [2, 'steps'],
  ])('of kind %j is shown as %s, with the fields that came beside it', (kind, name) => {
    const { read, streams } = decoding();
    // `kind` is a member of the object that the test returns for a stream, and is kept; `then` would make it a promise.
    expect(read('stream', [7, kind, { total: 3, kind: 'other', then: 1 }]).value).toEqual({ kind: name, total: 3 });
    expect(streams.open).toHaveBeenCalledExactlyOnceWith(7);
  });

  it('is disposed of when its call ends', () => {
    const { read, stream } = decoding();
    read('stream', [7, 0]).reader.received?.release();
    expect(stream[Symbol.dispose]).toHaveBeenCalledOnce();
  });

  it('that cannot be opened is refused, and fails its packet', () => {
    const { read, streams } = decoding();
    streams.open.mockImplementation(() => {
      throw new Error('too many');
    });
    const { value, reader } = read('stream', [7, 0]);
    expect([value, reader.received?.failure?.message]).toEqual([undefined, 'too many']);
    expect(streams.refuse).toHaveBeenCalledExactlyOnceWith(7);
  });

  it.each([
    ['an unknown kind', [7, 3]],
    ['no number', ['7', 0]],
    ['fields that are no object', [7, 0, [1]]],
  ])('with %s ends the connection', (_what, content) => {
    const { read, streams } = decoding();
    expect(() => read('stream', content)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(streams.open).not.toHaveBeenCalled();
  });
});

describe('a blob', () => {
  it('has its facts, and its bytes as a web stream', () => {
    const { present, read } = decoding();
    const { value } = read('blob', [7, { size: 3, type: 'text/plain' }]);
    expect(value).toBeInstanceOf(RemoteBlob);
    expect(value).toMatchObject({ size: 3, type: 'text/plain' });
    expect(present.mock.calls[0]?.[1]).toBe('web');
  });

  it('with invalid properties closes the connection', () => {
    expect(() => decoding().read('blob', [7, { size: -1 }])).toThrow('a blob with invalid facts');
  });
});

describe('a reference', () => {
  it('of a writable stream is shown as one, every other as it is', () => {
    const reference = { write: vi.fn(), close: vi.fn(), abort: vi.fn(), [Symbol.dispose]: vi.fn() };
    const named = (name: string) => ({ name, version: '1.0.0', members: [] });
    expect(handlePart.show(reference, named(writableName))).toBeInstanceOf(WritableStream);
    expect(handlePart.show(reference, named('shop'))).toBe(reference);
    expect(handlePart.show(reference, undefined)).toBe(reference);
  });
});
