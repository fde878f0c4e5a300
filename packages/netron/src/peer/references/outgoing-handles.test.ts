import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../errors/error-registry.js';
import type { StreamSource } from '../../service/call/stream-source.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { decodeMessage, type WireHandle } from '../../wire/decode-message.js';
import { defaultLimits } from '../../wire/limits.js';
import { writeResult } from '../../wire/packets.js';
import { richWriter } from '../../wire/rich-values.js';
import { callPromise } from '../calls/call-promise.js';
import { allParts } from '../link/all-parts.js';
import { Definitions } from './definitions.js';
import { Exports } from './exports.js';
import { type ImportingLink, Imports } from './imports.js';
import { type EncodingLink, OutgoingHandles } from './outgoing-handles.js';

const definition: ServiceDefinition = { name: 'shop', version: '1.0.0', members: [{ name: 'buy', kind: 'method' }] };

/** Handles that write to one writer, and the streams that they have opened. */
function outgoing() {
  const log: unknown[] = [];
  const sources: StreamSource[] = [];
  const service = new (class Shop {})();
  const exports = new Exports(
    {
      clock: new VirtualClock(),
      middleware: undefined,
      services: {
        bind: (target) => (target === service ? { definition, members: [], byName: new Map(), target } : undefined),
      },
    },
    10,
  );
  const importing: ImportingLink = {
    node: {
      clock: new VirtualClock(),
      definitions: new Definitions(),
      limits: { ...defaultLimits },
      scheduler: { collects: false } as never,
    },
    imports: undefined as never,
    open: true,
  } as never;
  const imports = new Imports(importing);
  Object.assign(importing, { imports });
  const link: EncodingLink = {
    node: { parts: allParts },
    exports,
    imports,
    outgoingStreams: {
      open: (source) => sources.push(source),
      stop: (id) => void log.push(['stop', id]),
      withdraw: (id) => void log.push(['withdraw', id]),
    },
    reportError: (error) => void log.push(['report', error]),
  };
  const handles = new OutgoingHandles(link);
  const writer = Object.assign(richWriter(64, defaultLimits), { handles, errors: new ErrorRegistry() });
  const write = (value: unknown): void => {
    handles.begin(undefined);
    writeResult(writer, 1, value);
  };
  /** Returns the value in its encoded form. */
  const written = (value: unknown): unknown => {
    writer.reset();
    write(value);
    const [packet] = decodeMessage(writer.buffer.slice(0, writer.position));
    return packet?.kind === 'result' ? packet.value : undefined;
  };
  return { exports, handles, imports, log, service, sources, write, writer, written };
}

const handle = (type: WireHandle['type'], ...content: unknown[]) => expect.objectContaining({ type, content }) as unknown;

async function* numbers() {
  yield 1;
}

describe('outgoing handles', () => {
  it('encode functions and services with one handle each', () => {
    const { exports, service, written } = outgoing();
    const run = () => 1;
    expect(written([run, service, run])).toEqual([
      handle('reference', 1, null),
      handle('reference', 2, [0, 'shop', '1.0.0', [['buy', 0]]]),
      handle('reference', 1, null),
    ]);
    expect(exports.list().map(({ handle: number, size }) => [number, size])).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('send a definition once', () => {
    const { service, written } = outgoing();
    written(service);
    expect(written(service)).toEqual(handle('reference', 1, 0));
  });

  it('send a reference of the peer back as its own handle', () => {
    const { imports, written } = outgoing();
    const { shown } = imports.take(44, definition);
    expect(written(shown)).toEqual(handle('own', 44));
  });

  it('forward references of another peer', () => {
    const { shown } = outgoing().imports.take(44, definition);
    expect(outgoing().written(shown)).toEqual(handle('reference', 1, [0, 'shop', '1.0.0', [['buy', 0]]]));
  });

  it('bind a function to the object that holds it', () => {
    const { exports, written } = outgoing();
    const counter = {
      n: 1,
      next() {
        this.n += 1;
        return this.n;
      },
    };
    written(counter);
    expect(exports.get(1)?.target).toBe(counter.next);
    expect(exports.get(1)?.members[0]?.handler({ args: [] } as never)).toBe(2);
  });

  it('take back all handles of an unsent packet', () => {
    const { exports, handles, log, service, write } = outgoing();
    expect(() => write([() => 1, service, numbers(), Symbol('x')])).toThrow(/is a symbol/);
    handles.rollback(false, new Error('x'));
    expect([exports.size, log]).toEqual([0, [['stop', 1]]]);
  });

  it('send a definition in full again when its packet was not sent', () => {
    const { handles, service, write, written } = outgoing();
    expect(() => write([service, Symbol('x')])).toThrow();
    handles.rollback(false, new Error('x'));
    expect(written(service)).toEqual(handle('reference', 1, [0, 'shop', '1.0.0', [['buy', 0]]]));
  });

  it('keep stream sources for a packet that is written again', () => {
    const { handles, log, sources, written } = outgoing();
    const stream = new ReadableStream({ start: (controller) => controller.close() });
    written(stream);
    handles.rollback(true, new Error('x'));
    expect(written(stream)).toEqual(handle('stream', 2, 1));
    expect([log, sources[1]]).toEqual([[['withdraw', 1]], sources[0]]);
  });

  it('take back handles written from a position on', () => {
    const { exports, handles, written, writer } = outgoing();
    const [first, second] = [() => 1, () => 2];
    written([first]);
    const { position } = writer;
    written([second, first]);
    handles.retract(position);
    expect(exports.list()).toMatchObject([
      { handle: 1, size: 1 },
      { handle: 2, size: 1 },
    ]);
    handles.retract(0);
    expect(exports.list()).toMatchObject([{ handle: 1, size: 1 }]);
  });

  it('tell whether the packet holds streams', () => {
    const { handles, written } = outgoing();
    written('a');
    expect(handles.streaming).toBe(false);
    expect(written(numbers())).toEqual(handle('stream', 1, 0));
    expect(handles.streaming).toBe(true);
    written('a');
    expect(handles.streaming).toBe(false);
  });

  it('encode blobs and files with their properties', () => {
    const { sources, written } = outgoing();
    // Bun gives blobs a charset and a time, too.
    const properties = expect.objectContaining({ size: 3, type: expect.stringMatching(/^text\/plain/) });
    expect(written(new Blob(['abc'], { type: 'text/plain' }))).toEqual(handle('blob', 1, properties));
    expect(sources[0]?.kind).toBe('web');
  });

  it('name the result of an unanswered call if allowed, and fail with a hint otherwise', () => {
    const { handles, written } = outgoing();
    const promise = callPromise({ resolve() {}, reject() {} }, undefined, 9);
    expect(() => written([promise])).toThrow('result[0] cannot be read: the pending result of a call: await it');
    handles.nameOf = (named) => (named === promise ? 9 : undefined);
    expect(written([promise])).toEqual([handle('result', 9)]);
  });

  it('mark a message that contains handles', () => {
    const { writer, written } = outgoing();
    written('a');
    expect(writer.tied).toBe(false);
    written(() => 1);
    expect(writer.tied).toBe(true);
  });

  it('do not encode plain data', () => {
    const { handles, writer } = outgoing();
    class Point {}
    expect([handles.encode(new Point(), writer), handles.owns({ x: 1 }), writer.position]).toEqual([false, false, 0]);
  });
});
