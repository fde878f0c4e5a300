import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron, type NetronError, withOptions } from '../../src/index.js';
import { failure, nodes, until } from './nodes.js';

describe('disconnect', () => {
  it('PE-08: is final when the accepting side calls it: the other side does not reconnect', async () => {
    await using pair = await nodes({ client: { reconnectDelay: 1 } });
    const reasons: string[] = [];
    pair.peer.on('disconnected', (reason) => reasons.push(reason));
    const [guest] = [...pair.server.peers.values()];
    await guest?.disconnect();
    await until(() => pair.peer.state === 'closed');
    expect(reasons).toHaveLength(1);
    expect(pair.client.peers.size).toBe(0);
    expect(await failure(pair.peer.queryInterface('any'))).toMatchObject({ code: 'unavailable' });
  });
});

describe('a method stopped by its deadline', () => {
  it('C10: the caller gets deadline_exceeded, whatever the method throws then', async () => {
    const service = defineService({
      name: 'slow@1.0.0',
      methods: {
        async settle(): Promise<void> {
          const { signal } = getCallContext();
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped in the middle')));
          });
        },
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = withOptions(await pair.peer.queryInterface<typeof service>('slow'), { timeout: 30 });
    const errors = await Promise.all(Array.from({ length: 30 }, () => failure(remote.settle())));
    expect(new Set(errors.map((error) => (error as NetronError).code))).toEqual(new Set(['deadline_exceeded']));
  });
});

describe('limits', () => {
  it('B2: that are invalid are refused when the node is created', async () => {
    for (const limits of [
      { message: 65 * 1024 * 1024 },
      { message: 1_023 },
      { calls: Number.NaN },
      { depth: 257 },
      { streams: 0 },
    ]) {
      await expect(Netron.create({ limits })).rejects.toThrow(RangeError);
    }
  });

  it.each(['tcp', 'ws'] as const)(
    'B1: an unauthenticated connection over %s may not announce a first message over 64 KiB',
    async (transport) => {
      await using pair = await nodes({ transport });
      const server = pair.server.transports.find(({ schemes }) =>
        schemes.some((scheme) => pair.address.startsWith(`${scheme}:`)),
      );
      const stranger = await server?.connect(pair.address, {});
      const closed = new Promise<Error | undefined>((resolve) => {
        stranger?.start({ message() {}, drained() {}, closed: resolve });
      });
      stranger?.send(new Uint8Array(64 * 1024 + 1));
      expect(await closed).toMatchObject({ details: { closeCode: 1009 } });
    },
  );
});

describe('values in calls', () => {
  it('ST: a plain async iterable object is a stream, also within data', async () => {
    const service = defineService({
      name: 'sum@1.0.0',
      methods: {
        async sum({ items }: { items: AsyncIterable<number> }): Promise<number> {
          let total = 0;
          for await (const item of items) total += item;
          return total;
        },
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('sum');
    const items = {
      async *[Symbol.asyncIterator](): AsyncGenerator<number> {
        yield 1;
        yield 2;
      },
    };
    expect(await remote.sum({ items })).toBe(3);
    expect(await failure(remote.sum({ items: {} as never }))).toBeInstanceOf(Error);
  });

  it('pipelining: calls on the result of a refused call fail with its error', async () => {
    const never = new Promise<never>(() => {});
    const service = defineService({ name: 'busy@1.0.0', methods: { wait: () => never, open: () => ({ close: () => 1 }) } });
    await using pair = await nodes({ services: [service], server: { limits: { calls: 1 }, stopTimeout: 0 } });
    // Says that it takes more calls than it does, as a peer may.
    Object.assign(pair.peer.link as object, { accepted: { ...pair.peer.link?.accepted, calls: 10 } });
    const remote = await pair.peer.queryInterface<typeof service>('busy');
    const waiting = failure(remote.wait());
    const opened = remote.open();
    const closed = (opened as unknown as { close(): Promise<number> }).close();
    expect(await Promise.all([failure(opened), failure(closed)])).toMatchObject([
      { code: 'resource_exhausted' },
      { code: 'resource_exhausted' },
    ]);
    await pair.client.stop();
    expect(await waiting).toMatchObject({ code: 'unknown_outcome' });
  });
});
