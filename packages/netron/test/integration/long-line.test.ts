import { expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { DelayedTransport } from './delayed.js';
import { quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

it('one stream over a line of 100 ms carries at least 50 MB in a second with bounded buffers', async () => {
  const clock = new VirtualClock();
  const transport = new DelayedTransport(clock, 50);
  const bulk = defineService({
    name: 'bulk@1.0.0',
    methods: {
      async *all() {
        const chunk = new Uint8Array(64 * 1024);
        for (;;) yield chunk;
      },
    },
  });
  const options = { logger: quiet, clock, stopTimeout: 0, additionalTransports: [transport] };
  const server = await Netron.create({ ...options, transports: { memory: { name: 'far' } } });
  await server.peer.exposeService(bulk);
  const client = await Netron.create(options);
  const connecting = client.connect('memory:far');
  await clock.advance(500);
  const peer = await connecting;
  const asking = peer.queryInterface<typeof bulk>('bulk');
  await clock.advance(500);
  let read = 0;
  const reading = (async () => {
    for await (const chunk of (await asking).all()) read += (chunk as Uint8Array).length;
  })().catch(() => {});
  await clock.advance(3_000);
  const before = read;
  await clock.advance(1_000);
  expect(read - before).toBeGreaterThan(50_000_000);
  expect(transport.mostOnTheWay).toBeLessThan(16 * 1024 * 1024);
  const stopped = Promise.all([client.stop(), server.stop()]);
  await clock.advance(1_000);
  await Promise.all([stopped, reading]);
});
