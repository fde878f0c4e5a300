import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defineService, Netron, withOptions } from '../../src/index.js';
import { failure, nodes, quiet, settled, until } from './nodes.js';

const hanging = defineService({ name: 'hanging@1.0.0', methods: { wait: () => new Promise<void>(() => {}) } });

/** How many listen to a signal while `start`'s work is under way, and what became of it when the signal was aborted. */
async function aborted(start: (signal: AbortSignal) => Promise<unknown>[]) {
  const controller = new AbortController();
  const { signal } = controller;
  const errors = start(signal).map((work) => failure(work));
  await settled(4);
  const listeners = getEventListeners(signal, 'abort').length;
  controller.abort();
  const codes = new Set((await Promise.all(errors)).map(({ code }) => code));
  return { listeners, codes: [...codes], left: getEventListeners(signal, 'abort').length };
}

describe('one signal for everything', () => {
  it('B7: 10,000 calls that wait for a connection add one listener and remove it afterwards', async () => {
    await using pair = await nodes({ services: [hanging], client: { reconnectDelay: 60_000, random: () => 1 } });
    const remote = await pair.peer.queryInterface<typeof hanging>('hanging');
    pair.back.link?.connection.terminate();
    await until(() => pair.peer.state === 'suspended');
    const seen = await aborted((signal) => {
      const bound = withOptions(remote, { signal });
      return Array.from({ length: 10_000 }, () => bound.wait());
    });
    expect(seen).toEqual({ listeners: 1, codes: ['canceled'], left: 0 });
  });

  it('B7: so do 10,000 local calls, 100 connects and 100 emissions', async () => {
    await using node = await Netron.create({ logger: quiet, limits: { calls: 10_000 }, stopTimeout: 0 });
    await node.peer.exposeService(hanging);
    const local = await node.peer.queryInterface<typeof hanging>('hanging');
    const calls = await aborted((signal) => {
      const bound = withOptions(local, { signal });
      return Array.from({ length: 10_000 }, () => bound.wait());
    });
    expect(calls).toEqual({ listeners: 1, codes: ['canceled'], left: 0 });
    const again = { maxReconnectAttempts: 1_000, reconnectDelay: 60_000 };
    const connects = await aborted((signal) =>
      Array.from({ length: 100 }, (_, number) => node.connect(`memory:${number}`, { ...again, signal })),
    );
    expect(connects).toEqual({ listeners: 1, codes: ['canceled'], left: 0 });
    node.subscribe('slow', () => new Promise(() => {}));
    const emissions = await aborted((signal) => Array.from({ length: 100 }, () => node.emitParallel('slow', 0, { signal })));
    expect(emissions).toEqual({ listeners: 1, codes: ['canceled'], left: 0 });
  });

  it('calls with an aborted signal are canceled at once', async () => {
    await using node = await Netron.create({ logger: quiet, limits: { calls: 10_000 }, stopTimeout: 0 });
    await node.peer.exposeService(hanging);
    const local = await node.peer.queryInterface<typeof hanging>('hanging');
    const signal = AbortSignal.abort();
    expect(await failure(withOptions(local, { signal }).wait())).toMatchObject({ code: 'canceled' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('emissions without limit', () => {
  it('EV-04: have no limit for remote subscribers either', async () => {
    await using pair = await nodes({ server: { remoteEvents: true, requestTimeout: 10 } });
    await pair.peer.subscribe('slow', () => new Promise((resolve) => setTimeout(() => resolve('answered'), 100)));
    expect(await pair.server.emitParallel('slow', 0, { timeout: 0 })).toEqual(['answered']);
  });
});
