import { describe, expect, it } from 'vitest';
import { OutOfStock } from './out-of-stock.js';
import { failure, visit } from './page.js';
import type { Calculator, Files, Streams } from './services.js';

async function* upTo(last: number, onEnd: () => void = () => {}): AsyncGenerator<number, void> {
  try {
    for (let number = 1; number <= last; number += 1) yield number;
  } finally {
    onEnd();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

/** Collects young garbage, with nothing on the stack to hold it, and lets those run who want to know of it. */
async function collected(): Promise<void> {
  await (globalThis as unknown as { gc(options: object): Promise<void> }).gc({ type: 'minor', execution: 'async' });
  await new Promise((resolve) => setTimeout(resolve));
}

async function sha256(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('streams between a page and a server in Node', () => {
  it('ST-01: objects and bytes arrive in order', async () => {
    await using page = await visit();
    const streams = await page.peer.queryInterface<Streams>('streams');
    expect(await all(streams.count(5_000))).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
    let bytes = 0;
    const reader = (await streams.bytes(64, 64 * 1024)).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) bytes += step.value.length;
    expect(bytes).toBe(64 * 64 * 1024);
  });

  it('a stream is kept while its reader is referenced', async () => {
    await using page = await visit();
    const streams = await page.peer.queryInterface<Streams>('streams');
    const opened = async () => (await streams.bytes(40, 32 * 1024)).getReader();
    const reader = await opened();
    let chunks = 0;
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      chunks += 1;
      await collected();
    }
    expect(chunks).toBe(40);
  });

  it('ST-02: the server iterates a generator of the page', async () => {
    await using page = await visit();
    const streams = await page.peer.queryInterface<Streams>('streams');
    expect(await streams.sum(upTo(2_000))).toBe(2_001_000);
  });

  it('leaving a loop stops the producer on either side', async () => {
    await using page = await visit();
    const streams = await page.peer.queryInterface<Streams>('streams');
    for await (const number of streams.count(1_000_000)) if (number === 3) break;
    await expect.poll(() => streams.log()).toEqual(['left']);
    const ended = new Promise<void>((resolve) => void streams.first(upTo(1_000_000, resolve)));
    await ended;
  });

  it('an error arrives after the items before it', async () => {
    await using page = await visit();
    const streams = await page.peer.queryInterface<Streams>('streams');
    const items: string[] = [];
    const problem = await failure(
      (async () => {
        for await (const item of streams.failing()) items.push(item);
      })(),
    );
    expect(items).toEqual(['before']);
    expect(problem).toBeInstanceOf(OutOfStock);
  });

  it('ST-09: a File is uploaded with its name and checksum while calls continue', async () => {
    await using page = await visit();
    const files = await page.peer.queryInterface<Files>('files');
    const calculator = await page.peer.queryInterface<Calculator>('calculator');
    const bytes = new Uint8Array(8 * 1024 * 1024).map((_, index) => index * 31);
    const file = new File([bytes], 'data.bin', { type: 'application/octet-stream' });
    const progress: number[] = [];
    const upload = files.upload(file, (received) => void progress.push(received));
    expect(await calculator.add(1, 1)).toBe(2);
    expect(await upload).toEqual({
      size: file.size,
      type: file.type,
      name: 'data.bin',
      received: file.size,
      sha256: await sha256(file),
    });
    expect(progress.at(-1)).toBe(file.size);
  });

  it('a Blob is downloaded', async () => {
    await using page = await visit();
    const files = await page.peer.queryInterface<Files>('files');
    const blob = await files.download(100_000);
    expect([blob.size, blob.type]).toEqual([100_000, 'application/x-sevens']);
    expect(new Uint8Array(await blob.arrayBuffer()).every((byte) => byte === 7)).toBe(true);
  });
});
