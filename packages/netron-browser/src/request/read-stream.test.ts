import { ErrorRegistry } from '@omnitron-dev/netron/http/client';
import { describe, expect, it, vi } from 'vitest';
import { readStream } from './read-stream.js';

const errors = new ErrorRegistry();
const encode = (text: string) => new TextEncoder().encode(text);
/** The method of strings, which a test replaces. */
const { indexOf } = String.prototype;
const indexOfText = (text: string, part: string, from: number): number => indexOf.call(text, part, from);
const lines = '{"v":"größe €"}\n\n{"v":"1970-01-01T00:00:00.007Z","t":[["d"]]}\n{"v":null,"t":[["u"]]}\n{"end":true}\n';

/** A body of pieces, which ends or never does. */
function body(pieces: readonly Uint8Array[], ends = true) {
  const state = { canceled: 0 };
  const left = [...pieces];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(piece);
      else if (ends) controller.close();
      else return new Promise(() => {});
      return undefined;
    },
    cancel() {
      state.canceled += 1;
    },
  });
  return { stream, state };
}

async function all(stream: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readStream(stream.getReader(), errors, 'feed.items')) items.push(item);
  return items;
}

describe('a stream of lines', () => {
  it('yields the same items however its bytes are split, without heartbeats', async () => {
    const bytes = encode(lines);
    const items = ['größe €', new Date(7), undefined];
    for (let at = 1; at < bytes.length; at += 1)
      expect([at, await all(body([bytes.subarray(0, at), bytes.subarray(at)]).stream)]).toEqual([at, items]);
    expect(await all(body(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).stream)).toEqual(items);
  });

  it('looks at each character of a long line once', async () => {
    const piece = encode('x'.repeat(10_000));
    const pieces = [encode('{"v":"'), ...Array.from({ length: 200 }, () => piece), encode('"}\n{"end":true}\n')];
    let looked = 0;
    const indexOf = vi.spyOn(String.prototype, 'indexOf').mockImplementation(function (this: string, text, from = 0) {
      looked += this.length - from;
      return indexOfText(this, text, from);
    });
    const items = await all(body(pieces).stream).finally(() => indexOf.mockRestore());
    expect(items.map((item) => String(item).length)).toEqual([2_000_000]);
    // Once to find the end of the line, and a few times to read it.
    expect(looked).toBeLessThan(5 * 2_000_000);
  });

  it('ends with its last line, whatever follows it, and cancels the body', async () => {
    const { stream, state } = body([encode('{"v":1}\n{"end":true}\n{"v":2}\n'), encode('{"v":3}\n')]);
    expect(await all(stream)).toEqual([1]);
    expect(state.canceled).toBe(1);
  });

  it('fails with the error of its last line, as an error of its class', async () => {
    const error = '{"error":{"code":"failed_precondition","name":"NetronError","detail":"no more","status":412}}\n';
    await expect(all(body([encode(`{"v":1}\n${error}`)]).stream)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: 'no more',
    });
  });

  it('fails with its name when an item cannot be read, and cancels the body', async () => {
    const { stream, state } = body([encode('{"v":1}\n{"v":\n'), encode('{"v":3}\n')]);
    await expect(all(stream)).rejects.toMatchObject({ code: 'data_loss', message: 'feed.items: cannot read an item' });
    expect(state.canceled).toBe(1);
  });

  it('ends at once when it is left while it waits, together with the waiting read', async () => {
    const { stream, state } = body([encode('{"v":1}\n')], false);
    const items = readStream(stream.getReader(), errors, 'feed.items');
    expect(await items.next()).toEqual({ done: false, value: 1 });
    const waiting = items.next();
    await items.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(state.canceled).toBe(1);
  });

  it('is not read ahead of its consumer', async () => {
    let pulled = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(encode(`{"v":${pulled}}\n`));
        },
      },
      { highWaterMark: 0 },
    );
    const items = readStream(stream.getReader(), errors, 'feed.items');
    await items.next();
    await items.next();
    expect(pulled).toBe(2);
    await items.return();
  });
});
