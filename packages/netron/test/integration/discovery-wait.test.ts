/** Services that are waited for, on virtual time. */
import { describe, expect, it } from 'vitest';
import { memoryDiscovery } from '../../src/discovery.js';
import { discovered, UserService } from './discovered.js';
import { failure, gate } from './nodes.js';

describe('waitForService', () => {
  it('resolves as soon as a node has the service, and at once when one has', async () => {
    await using set = discovered();
    const server = await set.create('server');
    const client = await set.create('client', { transports: {} });
    const waiting = client.discovery.waitForService('userService@^1.0.0');
    await set.clock.advance(9_000);
    await server.peer.exposeService(new UserService());
    expect(await waiting).toMatchObject({ id: 'server/userService@1.0.0', address: 'memory:server' });
    const before = set.clock.size;
    expect(await client.discovery.waitForService('userService')).toMatchObject({ id: 'server/userService@1.0.0' });
    expect(set.clock.size).toBe(before);
  });

  it('fails after its timeout, by its signal, when the node stops, and for invalid queries and options', async () => {
    await using set = discovered();
    const client = await set.create('client', { transports: {} });
    const { discovery } = client;
    const late = discovery.waitForService('nobody', { timeout: 3_000 });
    expect(await set.clock.settle(failure(late))).toMatchObject({
      code: 'deadline_exceeded',
      message: "no node with service 'nobody' within 3000 ms",
    });
    const enough = new AbortController();
    const canceled = discovery.waitForService('nobody', { signal: enough.signal });
    enough.abort(new Error('enough'));
    expect(await failure(canceled)).toMatchObject({
      code: 'canceled',
      message: "the wait for service 'nobody' was canceled",
      cause: { message: 'enough' },
    });
    expect(await failure(discovery.waitForService({ name: 'nobody', version: 'none' }))).toMatchObject({
      code: 'invalid_argument',
    });
    expect(await failure(discovery.waitForService('nobody', { timeout: Number.NaN }))).toBeInstanceOf(RangeError);
    expect(await failure(discovery.waitForService('nobody', { timout: 1 } as never))).toMatchObject({
      message: "waitForService: unknown option 'timout'; did you mean 'timeout'?",
    });
    const stopped = failure(discovery.waitForService('nobody', { timeout: Infinity }));
    await set.clock.settle(client.stop());
    expect(await stopped).toMatchObject({ code: 'unavailable' });
    expect(await failure(discovery.waitForService('nobody'))).toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['hangs', (end: Promise<void>) => end],
    ['fails', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ] as const)('ends with its node, also when the end of a registry %s', async (_, stop) => {
    await using set = discovered();
    const end = gate();
    const backend = Object.assign(memoryDiscovery(set.registry), { stop: () => stop(end.opened) });
    const client = await set.create('client', { transports: {}, discovery: { backend, interval: 1_000 } });
    const waiting = failure(client.discovery.waitForService('nobody', { timeout: 600_000 }));
    await set.clock.advance(10);
    void client.discovery.stop();
    expect(await set.clock.settle(waiting)).toMatchObject({ code: 'unavailable' });
    end.open();
  });
});
