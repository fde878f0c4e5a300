import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../errors/error-registry.js';
import { bindFunction } from '../../service/call/bound-service.js';
import { RemoteBlob } from '../../service/call/remote-blob.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { handleTypes } from '../../wire/handles.js';
import { defaultLimits } from '../../wire/limits.js';
import { richReader, richWriter } from '../../wire/rich-values.js';
import { allFeatures } from '../../wire/value-features.js';
import { readValue } from '../../wire/value-reader.js';
import { writeValue } from '../../wire/value-writer.js';
import { AwaitedResult } from '../calls/awaited-results.js';
import { allParts } from '../link/all-parts.js';
import { Definitions } from './definitions.js';
import { type DecodingLink, IncomingHandles } from './incoming-handles.js';

/** Handles over tables that note the requests they get. */
function incoming(elements = 1_000) {
  const log: unknown[][] = [];
  const own = () => 1;
  const reference = { openCalls: 0, kept: false, giveBack: (count: number) => log.push(['giveBack', count]) };
  const stream = { transfer() {}, [Symbol.dispose]: () => log.push(['dispose']) };
  const link = {
    node: {
      definitions: new Definitions(),
      limits: { ...defaultLimits, elements },
      parts: {
        ...allParts,
        streams: { present: (_stream: unknown, kind: string) => ({ kind }) } as never,
      },
    },
    exports: { get: (handle: number) => (handle === 3 || handle === 0 ? bindFunction(own, undefined) : undefined) },
    imports: {
      accepts: (handle: number) => handle < 100,
      adopt: (parent: object) => void log.push(['adopt', parent]),
      take: (handle: number, definition: ServiceDefinition | undefined) => {
        log.push(['take', handle, definition?.name]);
        return { reference: reference as never, shown: { handle } };
      },
    },
    incomingStreams: {
      open: (id: number) => {
        if (id > 100) throw new Error('too many');
        log.push(['open', id]);
        return stream as never;
      },
      refuse: (id: number) => void log.push(['refuse', id]),
    },
    calls: undefined as never,
    outbox: { writer: { features: allFeatures } },
    incoming: { heldResult: (id: number) => (id === 5 ? new AwaitedResult('result') : undefined) },
  } satisfies DecodingLink;
  const handles = new IncomingHandles(link);
  const reader = Object.assign(richReader(defaultLimits), { handles, errors: new ErrorRegistry() });
  /** Reads an extension with these values in it. */
  const read = (type: keyof typeof handleTypes, ...content: unknown[]): unknown => {
    const writer = richWriter(64);
    writer.extension(handleTypes[type], () => {
      for (const value of content) writeValue(writer, value);
    });
    reader.received = undefined;
    reader.load(writer.buffer.slice(0, writer.position));
    return readValue(reader);
  };
  return { link, log, own, read, reader, reference, stream };
}

const shop = [0, 'shop', '1.0.0', [['buy', 0]]];

describe('incoming handles', () => {
  it('become references that belong to their call until they are transferred', () => {
    const { log, read, reader, reference } = incoming();
    expect(read('reference', 7, null)).toEqual({ handle: 7 });
    expect([log, reference.openCalls]).toEqual([[['take', 7, undefined]], 1]);
    const parent = {};
    reader.received?.transfer(parent);
    expect([log.at(-1), reference.openCalls]).toEqual([['adopt', parent], 0]);
    read('reference', 8, null);
    reader.received?.transfer();
    expect([log.at(-1), reference.openCalls]).toEqual([['take', 8, undefined], 0]);
  });

  it('are released when they are not transferred, unless the program keeps them', () => {
    const { log, read, reader, reference } = incoming();
    read('reference', 7, null);
    reader.received?.release();
    expect([log.at(-1), reference.openCalls]).toEqual([['giveBack', 1], 0]);
    reference.kept = true;
    read('reference', 7, null);
    reader.received?.release();
    expect(log.at(-1)).toEqual(['take', 7, undefined]);
  });

  it('may name a definition by its number after it was sent', () => {
    const { log, read } = incoming();
    read('reference', 7, shop);
    read('reference', 8, 0);
    expect(log).toEqual([
      ['take', 7, 'shop'],
      ['take', 8, 'shop'],
    ]);
    expect(() => read('reference', 9, 1)).toThrow('an unknown definition');
  });

  it('bring a bounded number of service members', () => {
    const { read } = incoming(5);
    read('reference', 7, shop);
    read('reference', 7, [1, 'shop', '2.0.0', [['buy', 0]]]);
    expect(() => read('reference', 7, [2, 'shop', '3.0.0', [['buy', 0]]])).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
  });

  it('beyond the limit fail their packet and not the connection', () => {
    const { read, reader } = incoming();
    expect(read('reference', 100, null)).toBeUndefined();
    expect(reader.received?.failure).toMatchObject({ code: 'resource_exhausted' });
  });

  it('of this end become its own objects; a concealed one fails the packet', () => {
    const { own, read, reader } = incoming();
    expect(read('own', 3)).toBe(own);
    for (const handle of [0, 4]) {
      expect(read('own', handle)).toBeUndefined();
      expect(reader.received?.failure).toMatchObject({ code: 'not_found' });
    }
  });

  it('become streams of their kind, with fields', () => {
    const { log, read } = incoming();
    expect(read('stream', 4, 1, { total: 3, kind: 'never', then: 1 })).toEqual({ kind: 'web', total: 3 });
    expect(log).toEqual([['open', 4]]);
  });

  it('stop a stream that cannot be opened and fail the packet', () => {
    const { log, read, reader } = incoming();
    expect(read('stream', 101, 0)).toBeUndefined();
    expect([log, reader.received?.failure?.message]).toEqual([[['refuse', 101]], 'too many']);
  });

  it('dispose of a stream when its call ends', () => {
    const { log, read, reader } = incoming();
    read('stream', 4, 0);
    reader.received?.release();
    expect(log.at(-1)).toEqual(['dispose']);
  });

  it('become blobs', () => {
    const { read } = incoming();
    expect(read('blob', 4, { size: 3, type: 'text/plain', name: 'a.txt' })).toBeInstanceOf(RemoteBlob);
  });

  it('stand for results of unanswered calls until these arrive', () => {
    const { read, reader } = incoming();
    const place = read('result', 5);
    expect(place).toMatchObject({ result: 'result' });
    expect(reader.received?.awaited).toEqual([place]);
    expect(read('result', 6)).toBeUndefined();
    expect(reader.received?.failure).toMatchObject({ code: 'not_found' });
  });

  it('refuse named results without the feature', () => {
    const { link, read } = incoming();
    link.outbox.writer.features = 0;
    expect(() => read('result', 5)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it.each([
    ['reference', 'x', null],
    ['reference', -1, null],
    ['reference', 7, 'x'],
    ['reference', 7, [0, 'shop', '1.0.0']],
    ['reference', 7, [0, 'shop', '1.0.0', [['then', 0]]]],
    ['reference', 7, [0, 'shop', '1.0.0', [], 1]],
    ['reference', 7, [-1, 'shop', '1.0.0', []]],
    ['own', 1.5],
    ['stream', 4, 3],
    ['stream', -4, 0],
    ['stream', 4, 0, 'fields'],
    ['blob', 4, { size: -1, type: '' }],
    ['blob', 4, { size: 1, type: 7 }],
    ['blob', 4, null],
    ['result', '5'],
  ] as const)('refuse a %s with %j, %j', (type, ...content) => {
    const { read } = incoming();
    expect(() => read(type, ...content)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
