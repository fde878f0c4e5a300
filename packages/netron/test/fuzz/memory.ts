import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { settled } from '../integration/nodes.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MiB = 2 ** 20;

export interface Memory {
  /** On the heap, and in buffers. */
  readonly heap: number;
  readonly resident: number;
}

/** Bytes this process takes without its garbage: how much of that waits to be collected is the engine's choice. */
export async function memory(): Promise<Memory> {
  collect();
  // Finalizers let go of more.
  await settled(5);
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed + arrayBuffers, resident: rss };
}

/** A1: less than 16 MiB are kept of what came since `before`. */
export async function expectNoGrowth(before: Memory): Promise<void> {
  const { heap } = await memory();
  expect(heap - before.heap).toBeLessThan(16 * MiB);
}
