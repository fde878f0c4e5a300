/** Resident memory: depends on when the engine collects garbage, so it is judged on a machine that does nothing else. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflate } from '../../src/compression/node/deflate.js';
import { memory } from '../fuzz/memory.js';
import { figures, medianOf } from '../hostile/program.js';

const MiB = 2 ** 20;

it.each(['tcp', 'websocket'])(
  'B1: an unauthenticated connection over %s with an incomplete first message of 64 KiB takes at most 128 KiB of memory',
  async (transport) => {
    expect(await medianOf('strangers', [transport, '500'], 'kib')).toBeLessThanOrEqual(128);
  },
);

it.each(['many', 'one'])(
  'B5: four peers that do not read 64 MiB each, requested in %s message(s): RSS + < 32 MB',
  async (how) => {
    expect((await figures('slow-reader', [how])).rss).toBeLessThan(32);
  },
);

it('B6: a slow consumer of 10 GB: RSS + < 32 MB', async () => {
  expect((await figures('slow-consumer')).rss).toBeLessThan(32);
});

it('B11: 10,000 calls, events, streams, callbacks, subscriptions and connections each: heap + < 1 MB', async () => {
  const { heard, left, ...grown } = await figures('leaks', ['10000']);
  for (const [name, megabytes] of Object.entries(grown)) expect(megabytes, name).toBeLessThan(1);
  expect([heard, left]).toEqual([12_000, 1]);
});

describe('B12: 10,000 idle peers with heartbeats', () => {
  it.each([
    ['ws', 16],
    ['tcp', 12],
  ])('%s: at most %i KiB of RSS each, and at most 0.05 of a core', async (transport, most) => {
    const { kib, cpu, connected } = await figures<'kib' | 'cpu' | 'connected'>('idle', [transport, '10000']);
    console.log(`${transport}: ${kib.toFixed(1)} KiB and ${cpu.toFixed(2)} % of a core`);
    expect(connected).toBe(11_000);
    expect(kib).toBeLessThan(most);
    expect(cpu).toBeLessThan(5);
  });
});

it('A13: bombs of 64 MiB are refused without allocation: RSS + < 32 MB', async () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * MiB));
  const before = await memory();
  for (let index = 0; index < 20; index += 1) {
    expect(() => deflate().decompress(bomb, MiB)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  }
  expect(process.memoryUsage.rss() - before.resident).toBeLessThan(32 * MiB);
});
