/** B1: who has not said who it is costs little. */
import { expect, it } from 'vitest';
import { figures } from './program.js';

it.each(['tcp', 'websocket'])(
  'B1: for a stranger over %s that has sent all but a byte of its first 64 KiB at most 100 KiB of buffers are kept',
  async (transport) => {
    expect((await figures('strangers', [transport, '100'])).buffers).toBeLessThanOrEqual(100);
  },
);
