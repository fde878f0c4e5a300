import { setImmediate } from 'node:timers/promises';
import { createToken, defineModule } from '@omnitron-dev/nexus';
import { describe, expect, it } from 'vitest';
import { Application, createApp, EventBus, type Module } from '../../src/index.js';
import { failure, part, silent } from './parts.js';

describe('TI-03, TI-12, TI-13: start and stop', () => {
  it('go through all modules, in the order of creation and back', async () => {
    const log: string[] = [];
    const Cache = part('Cache', log);
    const Store = part('Store', log);
    class Repo {
      static inject = [Store, Cache] as const;
      constructor(
        readonly store: object,
        readonly cache: object,
      ) {}
      onStart(app: Application) {
        log.push(`Repo onStart in ${app.name}, ${app.state}`);
      }
    }
    const app = createApp({ ...silent, name: 'shop' }).use(defineModule({ id: 'm', providers: [Cache, Repo, Store] }));
    expect(app.state).toBe('idle');
    expect(await app.start()).toBe(app);
    expect(app.state).toBe('ready');
    await app.stop();
    expect(app.state).toBe('idle');
    expect(log).toEqual([
      'Cache onStart',
      'Store onStart',
      'Repo onStart in shop, starting',
      'Cache onReady',
      'Store onReady',
      'Store onStop',
      'Cache onStop',
      'Store disposed',
      'Cache disposed',
    ]);
  });
  it('wait for each hook, and start what comes along on the way', async () => {
    const log: string[] = [];
    const Late = part('Late', log);
    const LATE = createToken<Module>('late', { factory: () => new Late() });
    class Slow {
      async onStart(app: Application) {
        await setImmediate();
        log.push('Slow');
        app.get(LATE);
      }
    }
    const app = createApp(silent).use(Slow).use(part('Next', log));
    await app.start();
    await app.stop();
    expect(log.filter((line) => !/Ready|disposed/.test(line))).toEqual([
      'Slow',
      'Next onStart',
      'Late onStart',
      'Late onStop',
      'Next onStop',
    ]);
  });
  it('are one each, however often they are asked for', async () => {
    const log: string[] = [];
    const app = createApp(silent).use(part('Only', log));
    await Promise.all([app.start(), app.start()]);
    await app.start();
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();
    expect(log).toEqual(['Only onStart', 'Only onReady', 'Only onStop', 'Only disposed']);
  });
  it('G87: start, stop, start: everything is created anew, no signal handlers stay', async () => {
    const before = process.listenerCount('SIGTERM');
    const log: string[] = [];
    let created = 0;
    class Counted {
      constructor() {
        created += 1;
      }
    }
    const app = createApp({ ...silent, signals: true })
      .use(part('Part', log))
      .use(Counted);
    for (let turn = 1; turn <= 3; turn++) {
      await app.start();
      expect([created, process.listenerCount('SIGTERM')]).toEqual([turn, before + 1]);
      await app.stop();
      expect(process.listenerCount('SIGTERM')).toBe(before);
    }
    expect(log.filter((line) => line === 'Part onStart')).toHaveLength(3);
  });
  it('a start while it stops is refused, and the next one starts it', async () => {
    const log: string[] = [];
    const app = createApp(silent).use(part('Part', log));
    await app.start();
    const stopping = app.stop();
    expect(await failure(app.start())).toMatchObject({
      code: 'invalid_use',
      message: 'the application is stopping: start it again after stop() has resolved',
    });
    await stopping;
    await app.start();
    expect([app.state, log.filter((line) => line === 'Part onStart')]).toEqual(['ready', ['Part onStart', 'Part onStart']]);
    await app.stop();
  });
  it('await using stops it', async () => {
    const log: string[] = [];
    {
      await using app = createApp(silent).use(part('Part', log));
      await app.start();
    }
    expect(log).toContain('Part onStop');
  });
  it('steps of onStop and a log that never end have a deadline; all failures are logged, and the application starts again', async () => {
    const lines: string[] = [];
    const never = () => new Promise<never>(() => {});
    const destination = { write: (line: string) => void lines.push(line), flush: () => {} };
    const app = createApp({ ...silent, logger: { level: 'error', destination }, stopTimeout: 10 });
    const off = app.onStop(never);
    await app.start();
    const error = await failure(app.stop());
    expect(error.message).toContain('an onStop step: did not finish within the stop timeout (10 ms)');
    expect(error.message).toContain('log: did not finish within the stop timeout (10 ms)');
    expect(lines.map((line) => (JSON.parse(line) as { part: string }).part)).toEqual(['an onStop step']);
    off();
    await app.start();
    expect(app.state).toBe('ready');
    expect((await failure(app.stop())).message).toContain('log:');
  });
  it('steps of onStop run after draining and before modules stop, the last one first, unless taken back', async () => {
    const log: string[] = [];
    const app = createApp(silent).use(part('Part', log));
    for (const name of ['first', 'second']) app.onStop(() => log.push(name));
    app.onStop(() => log.push('never'))();
    await app.start();
    log.length = 0;
    await app.stop();
    expect(log).toEqual(['second', 'first', 'Part onStop', 'Part disposed']);
  });
});

it('methods that promise reject: off their object, and with what a listener of signals gets', async () => {
  const app = createApp(silent);
  await app.start();
  const { start, stop, health, explainTopology } = app as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const { emit, emitParallel, emitSerial, emitReduce } = app.get(EventBus) as unknown as typeof app & Record<string, typeof stop>;
  for (const method of [start, stop, health, explainTopology, emit, emitParallel, emitSerial, emitReduce])
    expect(await failure(method?.call(undefined) as Promise<unknown>)).toBeInstanceOf(TypeError);
  const listener = app.stop.bind(app) as (...args: unknown[]) => Promise<void>;
  expect((await failure(listener('SIGTERM', 15))).message).toContain('stop');
  expect(app.state).toBe('ready');
  await app.stop();
});

describe('what is disposed of', () => {
  it('has an end each: one that never ends keeps no other from it', async () => {
    const log: string[] = [];
    const disposable = (name: string, end: () => unknown) => {
      class Part {
        async [Symbol.asyncDispose]() {
          log.push(name);
          await end();
        }
      }
      return Object.defineProperty(Part, 'name', { value: name });
    };
    const never = () => new Promise<never>(() => {});
    const [first, hangs, hangsToo, last] = [
      disposable('First', () => {}),
      disposable('Hangs', never),
      disposable('HangsToo', never),
      disposable('Last', () => Promise.reject(new Error('boom'))),
    ];
    const app = createApp({ ...silent, stopTimeout: 10 });
    for (const each of [first, hangs, hangsToo, last]) app.use(each as never);
    await app.start();
    const error = await failure(app.stop());
    expect(log).toEqual(['Last', 'HangsToo', 'Hangs', 'First']);
    for (const text of [
      'Last: boom',
      'HangsToo: did not finish within the stop timeout (10 ms)',
      'Hangs: did not finish within the stop timeout (10 ms)',
    ])
      expect(error.message).toContain(text);
    expect(app.state).toBe('idle');
  });
});

describe('a stop that fails', () => {
  it('runs all other steps, has a deadline for each, and tells all that failed', async () => {
    const log: string[] = [];
    const app = createApp({ ...silent, stopTimeout: 10 });
    app.use(part('Good', log));
    app.use(
      part('Throws', log, {
        onStop: () => {
          throw new Error('boom');
        },
      }),
    );
    app.use(part('Hangs', log, { onStop: () => new Promise(() => {}) }));
    app.onStop(() => Promise.reject(new Error('step')));
    await app.start();
    const error = await failure(app.stop());
    expect(error).toMatchObject({ code: 'stop_failed', cause: { errors: [{ message: 'step' }, {}, { message: 'boom' }] } });
    expect(error.message).toBe(
      'the application did not stop cleanly: an onStop step: step; Hangs: did not finish within the stop timeout (10 ms); Throws: boom',
    );
    expect(log.filter((line) => line.endsWith('onStop'))).toEqual(['Hangs onStop', 'Throws onStop', 'Good onStop']);
    expect(app.state).toBe('idle');
  });
});
