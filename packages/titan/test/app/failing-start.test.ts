import { setImmediate } from 'node:timers/promises';
import { createToken, defineModule, NexusError } from '@omnitron-dev/nexus';
import { describe, expect, it, vi } from 'vitest';
import { Application, configSection, createApp, TitanError } from '../../src/index.js';
import { failure, part, silent } from './parts.js';

const raise = (): never => {
  throw new Error('not to be read');
};
/** Things that have no text when they are thrown. */
const withoutText: Record<string, unknown> = {
  'an object without a prototype': Object.create(null),
  'a proxy that throws': new Proxy({}, new Proxy({}, { get: () => raise })),
  'an error whose message throws': Object.defineProperty(new Error(), 'message', { get: raise }),
};

/** A step that never ends, and a promise of its beginning. */
function endless() {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const step = () => {
    begin();
    return new Promise<never>(() => {});
  };
  return { begun, step };
}

/** The error of a start whose endless step has begun and used up its time; other steps may take any. */
async function outOfTime(app: Application, begun: Promise<void>): Promise<Error> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const error = failure(app.start());
    await begun;
    while (vi.getTimerCount() === 0) await setImmediate();
    vi.runOnlyPendingTimers();
    return await error;
  } finally {
    vi.useRealTimers();
  }
}

describe('G86: a start that fails', () => {
  it('says which part, after which time, and why; what has started stops, the last one first', async () => {
    const log: string[] = [];
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:5432');
    const Billing = part('Billing', log, {
      onStart: () => {
        throw cause;
      },
    });
    const app = createApp(silent);
    for (const each of [part('Cache', log), part('Db', log), Billing, part('Never', log)]) app.use(each);
    const error = await failure(app.start());
    expect(error).toBeInstanceOf(TitanError);
    expect(error.message).toMatch(
      /^Billing failed to start after \d+\.\d s: connect ECONNREFUSED 127\.0\.0\.1:5432 \(stopped: Db, Cache\)$/,
    );
    expect(error).toMatchObject({ code: 'start_failed', cause });
    expect(log.filter((line) => line.endsWith('onStop'))).toEqual(['Db onStop', 'Cache onStop']);
    expect(log.filter((line) => line.endsWith('disposed'))).toHaveLength(4);
    expect(app.state).toBe('idle');
  });
  it('by a hook that never ends: it has a deadline', async () => {
    const { begun, step } = endless();
    const error = await outOfTime(createApp({ ...silent, startTimeout: 10 }).use(part('Hanging', [], { onStart: step })), begun);
    expect(error.message).toMatch(/^Hanging failed to start after \d+\.\d s: did not finish within 10 ms/);
  });
  it('by a function, a factory or a configuration that never ends: each has a deadline', async () => {
    const never = () => new Promise<never>(() => {});
    const short = { ...silent, startTimeout: 1_000, stopTimeout: 1_000 };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: never } };
    class Reader {
      static inject = [configSection('reader', schema)] as const;
      readonly kind = 'reader';
    }
    const Made = createToken<number>('made', { factory: never as () => never });
    class Needs {
      static inject = [Made] as const;
      readonly kind = 'needs';
    }
    const messages = [];
    for (const app of [createApp(short).use(never), createApp(short).use(Reader), createApp(short).use(Needs)])
      messages.push((await failure(app.start())).message);
    for (const [index, name] of ['never', 'the configuration', 'Needs'].entries())
      expect(messages[index]).toMatch(new RegExp(`^${name} failed to start after \\d+\\.\\d s: did not finish within 1000 ms`));
  });
  it('by an asynchronous function: the start tells it, each time', async () => {
    const app = createApp(silent).use(async function mailer() {
      throw new Error('no network');
    });
    await setImmediate();
    for (let times = 0; times < 2; times += 1) {
      const error = (await failure(app.start())) as TitanError;
      expect(error.message).toMatch(/^mailer failed to start after \d+\.\d s: no network$/);
      expect([error.code, (error.cause as Error).message]).toEqual(['start_failed', 'no network']);
    }
  });
  it.each(['ECONNREFUSED', undefined])('by an asynchronous factory that fails with %s', async (text) => {
    const thrown = text === undefined ? undefined : new Error(text);
    const Database = createToken<object>('database');
    const module = defineModule({
      id: 'billing',
      providers: [{ provide: Database, useFactory: () => Promise.reject(thrown), async: true }],
    });
    const log: string[] = [];
    const error = (await failure(createApp(silent).use(part('First', log)).use(module).start())) as TitanError;
    expect([error.code, error.cause]).toEqual(['start_failed', thrown]);
    expect(error.message).toMatch(/^'database' failed to start after \d+\.\d s: /);
    expect(error.message).toContain(text ?? 'undefined');
  });
  it('by something thrown that is no Error', async () => {
    const Odd = part('Odd', [], { onStart: () => Promise.reject('just text') });
    expect((await failure(createApp(silent).use(Odd).start())).message).toMatch(
      /^Odd failed to start after \d+\.\d s: just text/,
    );
  });
  it.each(Object.keys(withoutText))('by %s: part, time and cause are told all the same, also while it stops', async (name) => {
    const thrown = withoutText[name];
    const throws = () => {
      throw thrown;
    };
    const text = 'an unprintable value was thrown';
    const start = (await failure(
      createApp(silent)
        .use(part('Odd', [], { onStart: throws }))
        .start(),
    )) as TitanError;
    expect([start.code, start.cause === thrown]).toEqual(['start_failed', true]);
    expect(start.message).toMatch(new RegExp(`^Odd failed to start after \\d+\\.\\d s: ${text}`));
    const app = createApp(silent).use(part('Odd', [], { onStop: throws }));
    await app.start();
    const stop = (await failure(app.stop())) as TitanError;
    expect([stop.code, (stop.cause as AggregateError).errors[0] === thrown]).toEqual(['stop_failed', true]);
    expect(stop.message).toContain(`Odd: ${text}`);
  });
  it('by a constructor: nothing has started', async () => {
    const log: string[] = [];
    class Broken {
      constructor() {
        throw new RangeError('no');
      }
    }
    expect(await failure(createApp(silent).use(part('Part', log)).use(Broken).start())).toMatchObject({
      code: 'start_failed',
      message: 'cannot create Broken: no',
      cause: expect.any(RangeError),
    });
    expect(log).toEqual(['Part disposed']);
  });
  it('can be tried again', async () => {
    let fails = true;
    const Once = part('Once', [], {
      onStart: () => {
        if (fails) throw new Error('not yet');
      },
    });
    const app = createApp(silent).use(Once);
    await failure(app.start());
    fails = false;
    await app.start();
    expect(app.state).toBe('ready');
    await app.stop();
  });
  it('stopped while it starts, it stops in order', async () => {
    const log: string[] = [];
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const app = createApp(silent)
      .use(part('First', log, { onStart: () => gate }))
      .use(part('Second', log));
    const starting = failure(app.start());
    while (log.length === 0) await setImmediate();
    const stopping = app.stop();
    go();
    expect((await starting).message).toContain('the application was stopped during its start (stopped: First)');
    await stopping;
    expect(log).toEqual(['First onStart', 'First onStop', 'Second disposed', 'First disposed']);
  });
  it('what the graph lacks is told before anything is created', async () => {
    const missing = createToken<number>('missing');
    class Needs {
      static inject = [missing] as const;
      constructor(readonly value: number) {}
    }
    const error = await failure(Application.create(defineModule({ id: 'm', providers: [Needs] }), silent));
    expect(NexusError.is(error) && error.code).toBe('missing');
  });
});
