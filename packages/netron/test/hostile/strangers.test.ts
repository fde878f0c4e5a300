/** B1: who has not said who it is costs little. */
import { expect, it } from 'vitest';
import { medianOf } from './program.js';

it.each(['tcp', 'websocket'])(
  'B1: a stranger over %s that has sent all but a byte of its first 64 KiB takes at most 128 KiB of memory',
  async (transport) => {
    expect(await medianOf('strangers', [transport, '500'], 'kib')).toBeLessThanOrEqual(128);
  },
  60_000,
);
