import { describe, expect, it } from 'vitest';
import { BufferPool } from '../link/buffer-pool.js';
import { ReplayBuffer } from './replay-buffer.js';

/** A pool that counts the buffers in use. */
class CountingPool extends BufferPool {
  out = 0;

  override take(size?: number): Uint8Array {
    this.out += 1;
    return super.take(size);
  }

  override give(buffer: Uint8Array): void {
    this.out -= 1;
    super.give(buffer);
  }
}

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe('ReplayBuffer', () => {
  it('keeps copies of sent messages until they are acknowledged', () => {
    const replay = new ReplayBuffer(new BufferPool());
    const reused = bytes(10, 1);
    replay.add(reused, false);
    reused.fill(9);
    replay.add(bytes(20, 2), false);
    expect([...replay.messages()].map((message) => [message.length, message[0]])).toEqual([
      [10, 1],
      [20, 2],
    ]);
    expect([replay.sent, replay.bytes]).toEqual([2, 30]);
    replay.release(1);
    expect([...replay.messages()].map((message) => message[0])).toEqual([2]);
    replay.release(1);
    replay.release(0);
    expect(replay.bytes).toBe(20);
    replay.release(2);
    expect([replay.sent, replay.bytes, [...replay.messages()]]).toEqual([2, 0, []]);
  });

  it('knows which acknowledged counts are possible', () => {
    const replay = new ReplayBuffer(new BufferPool());
    for (let number = 0; number < 5; number += 1) replay.add(bytes(1, number), false);
    replay.release(2);
    expect([0, 1, 2, 3, 5, 6].map((count) => replay.covers(count))).toEqual([false, false, true, true, true, false]);
  });

  it('keeps long lasting messages without a copy, others in pooled pages', () => {
    const pool = new CountingPool();
    const replay = new ReplayBuffer(pool);
    const long = bytes(10_000, 1);
    replay.add(long, true);
    expect(pool.out).toBe(0);
    for (let number = 0; number < 100; number += 1) replay.add(bytes(1_000, number), false);
    replay.add(bytes(100_000, 7), false);
    expect(pool.out).toBeGreaterThan(5);
    replay.release(50);
    const half = pool.out;
    expect(half).toBeLessThan(8);
    replay.clear();
    expect(pool.out).toBe(0);
    expect(replay.bytes).toBe(0);
  });

  it('returns messages as they were sent, oldest first', () => {
    const replay = new ReplayBuffer(new BufferPool());
    const long = bytes(10_000, 1);
    replay.add(long, true);
    for (let number = 0; number < 100; number += 1) replay.add(bytes(1_000, number), false);
    const [first, ...others] = replay.messages();
    expect(first).toBe(long);
    expect(others.map((message) => message[999])).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('does not change messages passed to a connection after they were acknowledged', () => {
    const pool = new BufferPool();
    const replay = new ReplayBuffer(pool);
    for (const length of [3_000, 40_000]) replay.add(bytes(length, 1), false);
    const given = [...replay.messages()];
    replay.release(2);
    for (const length of [16_384, 65_536]) pool.take(length).fill(9);
    expect(given.map((message) => new Set(message))).toEqual([new Set([1]), new Set([1])]);
  });
});
