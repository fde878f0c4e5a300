/** All steps of a stop share its time: what never ends costs it once, and a tenth of what is left of as much again each time after that. */
import { MemoryNetwork, MemoryTransport, Netron } from '@omnitron-dev/netron';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { expect, it, vi } from 'vitest';
import { type AppOptions, createApp, defineContract, defineTitanService, type Module } from '../../src/index.js';
import { free } from './parts.js';

const never = () => new Promise<never>(() => {});

/** A schema that never answers. */
let asked: () => void = () => {};
const validate = () => {
  asked();
  return never();
};
const silentSchema = { '~standard': { version: 1, vendor: 'test', validate } } as const;

const shop = defineContract({ name: 'shop', contract: { buy: { input: silentSchema }, watch: { stream: true } } });
const service = () =>
  defineTitanService({
    ...shop,
    methods: {
      buy: () => {},
      watch: async function* () {
        yield 1;
        await never();
      },
    },
  });

function setting() {
  const clock = new VirtualClock();
  const lines: { level: number; msg: string; calls?: Record<string, number>; part?: string }[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  const transport = new MemoryTransport(new MemoryNetwork());
  const options: AppOptions = {
    signals: false,
    logger: { level: 'warn', destination },
    config: { netron: { healthPort: false } },
    netron: {
      clock,
      requestTimeout: Infinity,
      streamTimeout: Infinity,
      additionalTransports: [transport],
      transports: { memory: true },
    },
    stopTimeout: 10_000,
  };
  return { clock, lines, options, transport };
}

it('one call whose schema never answers costs the time once, and is named in the log', async () => {
  const { clock, lines, options } = setting();
  const app = createApp({ ...options, config: free }).service(service());
  await app.start();
  const begun = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const calling = app.connectToService(shop).buy(undefined);
  await begun;
  const began = clock.now();
  const failing = expect(calling).rejects.toMatchObject({ code: 'canceled' });
  await clock.settle(app.stop());
  await failing;
  // The drain has all of the time, the node's own stop a tenth.
  expect(clock.now() - began).toBeLessThanOrEqual(11_010);
  expect(lines.map(({ level, msg, calls }) => ({ level, msg, calls }))).toEqual([
    {
      level: 40,
      msg: '1 calls and streams were still running when the application stopped; aborting them',
      calls: { 'shop.buy': 1 },
    },
  ]);
});

it('calls and streams of peers are named too', async () => {
  const { clock, lines, options, transport } = setting();
  const app = createApp(options).service(service());
  await app.start();
  const client = await Netron.create({
    clock,
    additionalTransports: [transport],
    logLevel: 'silent',
    requestTimeout: Infinity,
    streamTimeout: Infinity,
  });
  const peer = await clock.settle(client.connect(app.netron!.addresses[0]!));
  const remote = await clock.settle(peer.queryInterface<{ buy(): Promise<void>; watch(): AsyncIterable<number> }>('shop'));
  for (let count = 0; count < 3; count++) remote.buy().catch(() => {});
  const items = remote.watch()[Symbol.asyncIterator]();
  expect((await clock.settle(items.next())).value).toBe(1);
  await clock.settle(app.stop());
  expect(lines.map(({ calls }) => calls)).toEqual([{ 'shop.buy': 3, 'shop.watch': 1 }]);
  await clock.settle(client.stop());
});

it('however many steps never end, all end within twice the time', async () => {
  const { clock, options } = setting();
  const app = createApp(options);
  let begun = 0;
  for (let step = 0; step < 60; step++)
    app.onStop(() => {
      begun += 1;
      return never();
    });
  await app.start();
  const began = clock.now();
  await clock.settle(app.stop().catch(() => {}));
  expect(begun).toBe(60);
  expect(clock.now() - began).toBeLessThanOrEqual(20_010);
});

it('the delay before draining passes on the same clock', async () => {
  const { clock, options } = setting();
  const app = createApp({ ...options, drainDelay: 3_000 });
  await app.start();
  const began = clock.now();
  await clock.settle(app.stop());
  expect(clock.now() - began).toBeGreaterThanOrEqual(3_000);
  expect(clock.now() - began).toBeLessThanOrEqual(3_010);
});

it('hooks and disposers that never end add less and less; all are told', async () => {
  const { clock, lines, options } = setting();
  const parts = ['A', 'B', 'C'].map((name) => {
    class Part implements Module {
      onStop = never;
      [Symbol.asyncDispose]() {
        return never();
      }
    }
    return Object.defineProperty(Part, 'name', { value: name });
  });
  const app = createApp(options);
  for (const each of parts) app.use(each);
  await app.start();
  const began = clock.now();
  const error = await clock.settle(app.stop().catch((thrown: Error) => thrown));
  expect((error as Error).message).toContain('C: did not finish within the stop timeout (10000 ms); B:');
  expect((error as Error).message).toContain('Error: C: did not finish within the stop timeout (10000 ms); Error: B:');
  // Six steps that never end: 10 s, and a tenth of what is left of another 10 s for each but the first.
  expect(clock.now() - began).toBeGreaterThanOrEqual(14_095);
  expect(clock.now() - began).toBeLessThanOrEqual(14_110);
  expect(lines.map(({ part }) => part)).toEqual(['C', 'B', 'A', 'instances']);
});

it('the end of await using has the time once as well', async () => {
  const { clock, options } = setting();
  class Part {
    [Symbol.asyncDispose]() {
      return never();
    }
  }
  const app = createApp({ ...options, telemetry: { logs: { export: () => {}, shutdown: never } } }).use(Part);
  await app.start();
  const began = clock.now();
  // The part, lines of the log that are never taken, and their exporter's end.
  await clock.settle(app[Symbol.asyncDispose]().catch(() => {}));
  expect(clock.now() - began).toBeLessThanOrEqual(12_010);
});

it('a start that has failed and is rolled back keeps the time of a stop that comes meanwhile, which tells all that failed', async () => {
  const { clock, options } = setting();
  let stopping = (): void => {};
  const stops = new Promise<void>((resolve) => {
    stopping = resolve;
  });
  class Clings implements Module {
    onStart() {}
    onStop() {
      stopping();
      return never();
    }
  }
  class Fails implements Module {
    onStart() {}
    onStop() {
      throw new Error('cannot be closed');
    }
  }
  class Refuses implements Module {
    onStart() {
      throw new Error('no database');
    }
  }
  const app = createApp(options).use(Clings).use(Fails).use(Refuses);
  const failing = app.start().catch((error: Error) => error.message);
  await stops;
  const began = clock.now();
  const stopped = app.stop({ timeout: 200 }).catch((error: Error) => error.message);
  expect(await clock.settle(stopped)).toBe(
    'the application did not stop cleanly: Fails: cannot be closed; Clings: did not finish within the stop timeout (200 ms)',
  );
  expect(clock.now() - began).toBeLessThanOrEqual(400);
  expect([await failing, app.state]).toEqual([expect.stringContaining('no database'), 'idle']);
  // The next one begins anew.
  const again = app.start().catch((error: Error) => error.message);
  expect(await clock.settle(again)).toContain('no database');
});

it.each(['draining', 'a step', 'the node', 'the start'])(
  'a second stop that has less time shortens the one under way: %s',
  async (at) => {
    const { clock, options } = setting();
    let hanging = (): void => {};
    const hangs = new Promise<void>((resolve) => {
      hanging = resolve;
    });
    const hang = () => {
      hanging();
      return never();
    };
    class Clings implements Module {
      onStart() {
        if (at === 'the start') return hang();
      }
      onStop() {
        if (at === 'a step') return hang();
      }
    }
    const app = createApp({ ...options, stopTimeout: 60_000 })
      .use(Clings)
      .service(service());
    const started = app.start().catch(() => {});
    if (at === 'the start') await hangs;
    else await started;
    const node = app.netron!;
    if (at === 'draining' || at === 'the node') {
      const method = at === 'draining' ? 'drain' : 'stop';
      vi.spyOn(node, method).mockImplementation(hang);
    }
    const began = clock.now();
    const first = app.stop().catch((error: Error) => error.message);
    if (at !== 'the start') await clock.settle(hangs);
    const second = app.stop({ timeout: 100 }).catch((error: Error) => error.message);
    const failed = await clock.settle(second);
    expect([await first, clock.now() - began]).toEqual([failed, expect.toSatisfy((ms: number) => ms <= 200)]);
    // Draining and the node's own stop end by themselves when their time is over.
    if (at === 'draining' || at === 'the node') expect(failed).toBeUndefined();
    if (at === 'a step') expect(failed).toContain('did not finish within the stop timeout (100 ms)');
    vi.restoreAllMocks();
    await clock.settle(node.stop({ timeout: 0 }));
  },
);

it('a stop that another with less time has shortened ends as one that had as little from its beginning: well, and what is cut off is told', async () => {
  const ends: unknown[] = [];
  for (const timeouts of [[300], [8_000, 300]]) {
    const { clock, lines, options } = setting();
    const app = createApp(options).service(service());
    await app.start();
    const begun = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const calling = app.connectToService(shop).buy(undefined);
    const failing = expect(calling).rejects.toMatchObject({ code: 'canceled' });
    await begun;
    const node = app.netron!;
    const began = clock.now();
    const stops = timeouts.map((timeout) => app.stop({ timeout }));
    ends.push([
      await clock.settle(Promise.allSettled(stops)),
      clock.now() - began <= 600,
      node.state,
      lines.map(({ calls }) => calls),
    ]);
    await failing;
  }
  const well = { status: 'fulfilled', value: undefined };
  const rest = [true, 'stopped', [{ 'shop.buy': 1 }]];
  expect(ends).toEqual([
    [[well], ...rest],
    [[well, well], ...rest],
  ]);
});

it('what fails while a node drains or stops is told', async () => {
  for (const method of ['drain', 'stop'] as const) {
    const { clock, options } = setting();
    const app = createApp(options).service(service());
    await app.start();
    const node = app.netron!;
    vi.spyOn(node, method).mockRejectedValue(new Error('broken'));
    const failed = await clock.settle(app.stop().catch((error: Error) => error.message));
    expect(failed).toMatch(/: broken$/);
    vi.restoreAllMocks();
    await clock.settle(node.stop({ timeout: 0 }));
  }
});

it('a start that hangs is given up in the time of a stop, and what had started is stopped', async () => {
  const { clock, options } = setting();
  const heard: string[] = [];
  let hanging = (): void => {};
  const hangs = new Promise<void>((resolve) => {
    hanging = resolve;
  });
  class First implements Module {
    onStart() {
      heard.push('started');
    }
    onStop() {
      heard.push('stopped');
    }
  }
  class Hangs implements Module {
    static readonly inject = [First] as const;
    readonly first: First;
    constructor(first: First) {
      this.first = first;
    }
    onStart() {
      hanging();
      return never();
    }
  }
  const app = createApp(options).use(First).use(Hangs);
  const failing = app.start().catch((error: Error) => error.message);
  await hangs;
  const began = clock.now();
  await clock.settle(app.stop());
  expect(clock.now() - began).toBeLessThanOrEqual(10_010);
  expect(heard).toEqual(['started', 'stopped']);
  expect(await failing).toContain('the application was stopped during its start; a start step did not finish');
  expect(app.state).toBe('idle');
});

it('a start that hangs and what it had started share the time that the stop was given, and the stop tells what failed', async () => {
  const { clock, options } = setting();
  let hanging = (): void => {};
  const hangs = new Promise<void>((resolve) => {
    hanging = resolve;
  });
  class Clings implements Module {
    onStop() {
      return never();
    }
    onStart() {}
  }
  class Fails implements Module {
    onStart() {}
    onStop() {
      throw new Error('cannot be closed');
    }
  }
  class Hangs implements Module {
    onStart() {
      hanging();
      return never();
    }
  }
  const app = createApp(options).use(Fails).use(Clings).use(Hangs);
  const failing = app.start().catch(() => 'start failed');
  await hangs;
  const began = clock.now();
  const stopped = app.stop({ timeout: 200 }).catch((error: Error) => error.message);
  const message = await clock.settle(stopped);
  expect(clock.now() - began).toBeLessThanOrEqual(400);
  expect(message).toContain('Clings: did not finish within the stop timeout (200 ms)');
  expect(message).toContain('Fails: cannot be closed');
  expect([await failing, app.state]).toEqual(['start failed', 'idle']);
});
