import { expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

it('reuses a buffer that has room, but not much more than requested', () => {
  const pool = new BufferPool();
  const long = new Uint8Array(1024 * 1024);
  pool.give(long);
  expect(pool.take(17 * 1024).length).toBe(32 * 1024);
  expect(pool.take(256 * 1024).length).toBe(256 * 1024);
  expect(pool.take(600 * 1024) === long).toBe(true);
  expect(pool.take(600 * 1024) === long).toBe(false);
});

it('keeps an eighth as many long buffers as short ones, and none above a mebibyte', () => {
  const pool = new BufferPool(16);
  const given = [1, 2, 3].map(() => new Uint8Array(64 * 1024));
  for (const buffer of given) pool.give(buffer);
  const huge = new Uint8Array(2 * 1024 * 1024);
  pool.give(huge);
  const taken = [1, 2, 3].map(() => pool.take(64 * 1024));
  expect(taken.filter((buffer) => given.some((each) => each === buffer))).toHaveLength(2);
  expect(pool.take(2 * 1024 * 1024) === huge).toBe(false);
});
