/** What one end keeps for the other is counted right, whatever comes in between. */
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron, Public, Service, timeout, withOptions } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, until } from './nodes.js';

/** What a caller may write on a result that has not arrived. */
// biome-ignore lint/suspicious/noExplicitAny: paths of any depth on results of any kind
type Chain = any;

@Service('thing@1.0.0')
class Thing {
  @Public() value = 5;
  @Public() *numbers(to: number) {
    for (let number = 0; number < to; number += 1) yield number;
  }
}

describe('results held for calls on them', () => {
  it('are dropped when the first call is canceled before its answer', async () => {
    let answer = gate();
    const service = defineService({
      name: 'slow@1.0.0',
      methods: {
        async wait() {
          await answer.opened;
          return new Thing();
        },
        now: () => new Thing(),
      },
    });
    await using pair = await nodes({ services: [service], server: { limits: { calls: 20 } } });
    const remote = (await pair.peer.queryInterface('slow')) as Chain;
    const hasty = withOptions(remote as object, { timeout: 20 }) as Chain;
    for (let round = 0; round < 12; round += 1) {
      const codes = [failure(hasty.wait().value.then()), failure(hasty.wait().numbers(1))];
      for (const { code } of await Promise.all(codes)) expect(code).toBe('deadline_exceeded');
      await settled();
      answer.open();
      await until(() => !pair.back.isBusy());
      answer = gate();
    }
    expect(await Promise.all([remote.now().value, remote.now().value])).toEqual([5, 5]);
  });

  it('a chain whose first call fails rejects the awaited promise only', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const service = defineService({
        name: 'never@1.0.0',
        methods: {
          fail: async () => Promise.reject(new Error('no')),
          failNow: () => {
            throw new Error('no');
          },
        },
      });
      await using pair = await nodes({ services: [service] });
      const remote = (await pair.peer.queryInterface('never')) as Chain;
      let rejections = 0;
      for (const method of ['fail', 'failNow', 'missing']) {
        await remote[method]()
          .then()
          .catch(() => {});
        await remote[method]()
          .first()
          .second()
          .catch(() => {
            rejections += 1;
          });
        await remote[method]()
          .first()
          .second.third.catch(() => {
            rejections += 1;
          });
        const sent = remote[method]();
        await sent.catch(() => {});
        await sent.first().catch(() => {
          rejections += 1;
        });
      }
      await settled();
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect([rejections, unhandled]).toEqual([9, []]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('a pipelined stream method returns a stream', async () => {
    const service = defineService({ name: 'maker@1.0.0', methods: { make: () => new Thing() } });
    await using pair = await nodes({ services: [service] });
    const remote = (await pair.peer.queryInterface('maker')) as Chain;
    const numbers: number[] = [];
    for await (const number of remote.make().numbers(3)) numbers.push(number);
    expect(numbers).toEqual([0, 1, 2]);
  });

  it('pipelined calls carry the trace of the current call', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const far = defineService({
      name: 'far@1.0.0',
      methods: { make: () => ({ trace: () => getCallContext().trace?.traceparent }) },
    });
    await using pair = await nodes({ services: [far] });
    const remote = (await pair.peer.queryInterface('far')) as Chain;
    await pair.client.peer.exposeService(
      defineService({
        name: 'relay@1.0.0',
        methods: {
          trace: () => {
            getCallContext();
            return remote.make().trace();
          },
        },
      }),
    );
    const back = (await pair.back.queryInterface('relay')) as Chain;
    expect(await (withOptions(back as object, { trace: { traceparent } }) as Chain).trace()).toBe(traceparent);
  });
});

describe('streams', () => {
  it('of one result continue when one is left; references of the call are held until the last ends', async () => {
    let aborted = false;
    const state = { ended: 0 };
    const service = defineService({
      name: 'twins@1.0.0',
      methods: {
        both(tell: (number: number) => Promise<void>) {
          getCallContext().signal.addEventListener('abort', () => {
            aborted = true;
          });
          async function* numbers() {
            try {
              for (let number = 0; ; number += 1) {
                await tell(number);
                yield number;
              }
            } finally {
              state.ended += 1;
            }
          }
          return { one: numbers(), two: numbers() };
        },
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = (await pair.peer.queryInterface('twins')) as Chain;
    let told = 0;
    const { one, two } = await remote.both(() => {
      told += 1;
    });
    expect([await one.next(), await two.next()]).toMatchObject([{ value: 0 }, { value: 0 }]);
    await one.return();
    await until(() => state.ended === 1);
    expect(aborted).toBe(false);
    const before = told;
    for (let number = 1; number < 4_000; number += 1) expect((await two.next()).value).toBe(number);
    expect(told).toBeGreaterThan(before);
    await two.return();
    await until(() => state.ended === 2);
    expect(aborted).toBe(true);
    await until(() => pair.peer.link?.exports.size === 0);
  });

  it('a requested item arrives, also when the stream is not referenced', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const item = gate<number>();
    const service = defineService({
      name: 'patient@1.0.0',
      methods: {
        async *one() {
          yield await item.opened;
        },
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('patient');
    const next = (async () => ((await remote.one()) as AsyncGenerator<number>).next())();
    for (let round = 0; round < 5; round += 1) {
      await settled();
      collect();
    }
    item.open(3);
    expect(await next).toEqual({ done: false, value: 3 });
  });

  it('streamTimeout rejects once; then the stream is done', async () => {
    const service = defineService({
      name: 'silent@1.0.0',
      methods: {
        async *never(): AsyncGenerator<number> {
          await new Promise(() => {});
        },
      },
    });
    await using pair = await nodes({ services: [service], client: { streamTimeout: 30 } });
    const stream = (await (await pair.peer.queryInterface<typeof service>('silent')).never()) as AsyncGenerator<number>;
    const [first, second] = [failure(stream.next()), stream.next()];
    expect(await first).toMatchObject({ code: 'deadline_exceeded' });
    expect(await second).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('of bytes reach an end that accepts short messages only, like all other packets', async () => {
    const service = defineService({
      name: 'bytes@1.0.0',
      methods: {
        async *chunks(...sizes: number[]) {
          for (const size of sizes) yield new Uint8Array(size).fill(size & 255);
        },
        many: async (...tell: ((number: number) => Promise<number>)[]) => (await Promise.all(tell.map((one) => one(1)))).length,
      },
    });
    await using pair = await nodes({
      services: [service],
      client: { limits: { message: 1_024, elements: 64 } },
    });
    const remote = await pair.peer.queryInterface<typeof service>('bytes');
    const sizes = [1, 200, 300, 500, 600, 1_000, 1_024, 1_025, 5_000, 70_000];
    let total = 0;
    for await (const chunk of remote.chunks(...sizes)) total += (chunk as Uint8Array).length;
    expect(total).toBe(sizes.reduce((sum, size) => sum + size, 0));
    for (let round = 0; round < 5; round += 1) {
      expect(await remote.many(...Array.from({ length: 60 }, () => async (number: number) => number))).toBe(60);
    }
    const names = Array.from({ length: 60 }, (_, number) => `${'n'.repeat(120)}${number}`);
    await Promise.all(names.map((name) => pair.server.peer.exposeService(defineService({ name: `${name}@1.0.0`, methods: {} }))));
    await until(() => pair.peer.getServiceNames().length === 61);
    expect(pair.peer.state).toBe('ready');
    expect(pair.back.state).toBe('ready');
  });
});

describe('events', () => {
  it('that cannot be sent do not affect later ones', async () => {
    await using pair = await nodes({ server: { remoteEvents: true } });
    const heard: unknown[] = [];
    await pair.peer.subscribe('news', (data) => void heard.push(data));
    pair.server.publish('news', 'first');
    const errors: unknown[] = [];
    pair.back.on('error', (error) => void errors.push(error));
    for (let round = 0; round < 3; round += 1)
      pair.server.publish(
        'news',
        Array.from({ length: 1_048_576 }, () => 0),
      );
    pair.server.publish('news', { small: 1 });
    await until(() => heard.length > 1);
    expect(heard).toEqual(['first', { small: 1 }]);
    expect(errors).toHaveLength(3);
  });
});

describe('one signal for 2,000 calls', () => {
  const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

  it.each(['outgoing', 'incoming'] as const)(
    'has one listener with timeout() as %s middleware, and none afterwards',
    async (side) => {
      const warnings: Error[] = [];
      const note = (warning: Error): void => void warnings.push(warning);
      process.on('warning', note);
      try {
        const answer = gate();
        const { signal } = new AbortController();
        let started = 0;
        const service = defineService({
          name: 'many@1.0.0',
          methods: {
            async wait() {
              started += 1;
              void getCallContext().signal;
              await answer.opened;
            },
          },
        });
        const middleware = { [side]: [timeout(60_000), timeout(50_000)] };
        await using server = await Netron.create({
          ...{ logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } }, limits: { calls: 4_000 } },
          ...(side === 'incoming' && { middleware }),
        });
        await server.peer.exposeService(service);
        await using client = await Netron.create({ logger: quiet, stopTimeout: 0, ...(side === 'outgoing' && { middleware }) });
        const peer = await client.connect(server.addresses[0] as string);
        const remote = withOptions(await peer.queryInterface<typeof service>('many'), { signal });
        const calls = Array.from({ length: 2_000 }, () => remote.wait());
        await until(() => started === 2_000);
        expect(listeners(signal)).toBe(1);
        answer.open();
        await Promise.all(calls);
        await settled();
        expect(listeners(signal)).toBe(0);
        expect(warnings).toEqual([]);
      } finally {
        process.off('warning', note);
      }
    },
  );
});
