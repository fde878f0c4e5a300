import { describe, expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import type { Checksum } from './worker.js';

async function withWorker() {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const netron = await Netron.create({ stopTimeout: 0 });
  const peer = await netron.connect(worker);
  const remote = await peer.queryInterface<Checksum>('checksum');
  const dispose = async (): Promise<void> => {
    await netron.stop();
    worker.terminate();
  };
  return { worker, remote, [Symbol.asyncDispose]: dispose };
}

describe('TR-13: a page and its worker', () => {
  it('communicate over a MessagePort: calls, streams, functions', async () => {
    await using pair = await withWorker();
    const { remote } = pair;
    expect(await remote.where()).toEqual(['undefined', 'checksum']);
    expect(await remote.askedTwice()).toEqual(['askedTwice', 'askedTwice']);
    const squares: number[] = [];
    for await (const square of remote.squares(100)) squares.push(square);
    expect(squares).toEqual(Array.from({ length: 100 }, (_, index) => (index + 1) ** 2));
    expect(await remote.ask((text) => `${text} The page.`)).toBe('who is there? The page.');
  });

  it('bytes are copied: the caller can still use its buffer', async () => {
    await using pair = await withWorker();
    const bytes = new Uint8Array(600 * 1024).fill(1);
    bytes[77] = 42;
    expect(await pair.remote.xor(bytes)).toBe(1 ^ 42);
    expect(bytes.byteLength).toBe(600 * 1024);
  });

  it('other messages between page and worker are not affected', async () => {
    await using pair = await withWorker();
    const strange: unknown[] = [];
    pair.worker.addEventListener('message', ({ data }) => strange.push(data));
    pair.worker.postMessage({ unrelated: true });
    expect(await pair.remote.ask(async () => 'yes')).toBe('yes');
    expect(strange).toEqual([]);
  });
});
