import { describe, expect, it, vi } from 'vitest';
import { type Deferred, deferred } from '../../util/deferred.js';
import { isWritable, presentWritable, type RemoteWritable } from './writable.js';

/** A remote stream whose writes end when the test says so. */
function remote() {
  const writes: { readonly chunk: unknown; readonly ends: Deferred<void> }[] = [];
  const notes = new Set<() => void>();
  const made = {
    write: vi.fn((chunk: unknown) => {
      const ends = deferred<void>();
      writes.push({ chunk, ends });
      for (const note of notes) note();
      return ends.promise;
    }),
    close: vi.fn(() => Promise.resolve()),
    abort: vi.fn((_reason: unknown) => Promise.resolve()),
    [Symbol.dispose]: vi.fn(),
  } satisfies RemoteWritable;
  /** Resolves when this many writes have started. */
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (writes.length >= count) resolve();
      };
      notes.add(look);
      look();
    });
  return { made, writes, reached };
}

describe('a writable stream of the other end', () => {
  it('is written to by up to 16 writes at a time; the next waits for one of them', async () => {
    const { made, writes, reached } = remote();
    const writer = presentWritable(made).getWriter();
    const written = Array.from({ length: 17 }, (_, index) => writer.write(index));
    await Promise.all(written.slice(0, 15));
    await reached(16);
    expect(writes.length).toBe(16);
    writes[3]?.ends.resolve();
    await written[15];
    await reached(17);
    for (const { ends } of writes) ends.resolve();
    await Promise.all(written);
    expect(writes.map(({ chunk }) => chunk)).toEqual(Array.from({ length: 17 }, (_, index) => index));
  });

  it('is closed when everything written has arrived', async () => {
    const { made, writes } = remote();
    const writer = presentWritable(made).getWriter();
    await writer.write('a');
    const closed = writer.close();
    expect(made.close).not.toHaveBeenCalled();
    writes[0]?.ends.resolve();
    await closed;
    expect([made.close.mock.calls.length, made[Symbol.dispose].mock.calls.length]).toEqual([1, 1]);
  });

  it('fails the next write, and closing, with the error of a write', async () => {
    const { made, writes } = remote();
    const broken = new Error('disk full');
    const writer = presentWritable(made).getWriter();
    writer.closed.catch(() => {});
    await writer.write('a');
    const closed = writer.close();
    writes[0]?.ends.reject(broken);
    await expect(closed).rejects.toBe(broken);
    expect([made.close.mock.calls.length, made[Symbol.dispose].mock.calls.length]).toEqual([0, 1]);
  });

  it('is aborted with the reason, and released even when that fails', async () => {
    const { made } = remote();
    const refused = new Error('not there');
    made.abort.mockRejectedValueOnce(refused);
    const writer = presentWritable(made).getWriter();
    writer.closed.catch(() => {});
    await expect(writer.abort('enough')).rejects.toBe(refused);
    expect(made.abort).toHaveBeenCalledExactlyOnceWith('enough');
    expect(made[Symbol.dispose]).toHaveBeenCalledTimes(1);
  });

  it('is distinguished from other values', () => {
    expect([new WritableStream(), new ReadableStream(), {}].map(isWritable)).toEqual([true, false, false]);
  });
});
