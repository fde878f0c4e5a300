import { ErrorClasses } from '@omnitron-dev/netron/http/client';
import { expect, it } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { Batcher } from './batcher.js';
import { errorCodec } from './error-codec.js';
import type { Reply } from './outgoing-call.js';

it.each([
  ['a line that is no record', '5\n'],
  ['a line without an end', 'x'.repeat(16 * 1024 * 1024)],
])('an answer with %s is given up', async (_, piece) => {
  const bytes = new TextEncoder().encode(piece);
  let canceled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes),
    cancel() {
      canceled += 1;
    },
  });
  const clock = new TestClock();
  const batcher = new Batcher({
    base: 'https://api.example.com/netron',
    fetch: async () => new Response(body),
    errors: errorCodec(new ErrorClasses()),
    clock,
    mode: undefined,
    most: 10,
  });
  const call = { service: 'notes', method: 'list', args: [], headers: {}, repeatable: true };
  const alone = (): Promise<Reply> => Promise.reject(new Error('goes with the other'));
  const both = [1, 2].map(() => batcher.send({ ...call, signal: new AbortController().signal }, alone));
  const ends = Promise.allSettled(both);
  await clock.advance(1);
  expect(await ends).toMatchObject([{ reason: { code: 'data_loss' } }, { reason: { code: 'data_loss' } }]);
  expect(canceled).toBe(1);
});
