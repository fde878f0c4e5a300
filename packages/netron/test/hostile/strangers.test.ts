/** B1: who has not said who it is costs little. */
import { expect, it } from 'vitest';
import { figures } from './program.js';

it.each(['tcp', 'websocket'])(
  'B1: an unauthenticated connection over %s with an incomplete first message of 64 KiB takes at most 100 KiB',
  async (transport) => {
    expect((await figures('strangers', [transport, '100'])).buffers).toBeLessThanOrEqual(100);
  },
);
