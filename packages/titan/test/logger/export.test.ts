import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { configSection, createApp, type ExportedLog, type LogExporter, Logger, TELEMETRY } from '../../src/index.js';
import { LogExport } from '../../src/logger/log-export.js';

describe('NC-24, OB-01: the option telemetry', () => {
  it('hands log lines to its exporter, in the form of OpenTelemetry, without secrets; all of them before the stop ends', async () => {
    const batches: ExportedLog[][] = [];
    let shut = 0;
    const logs: LogExporter = {
      export(batch, done) {
        batches.push(batch);
        done({ code: 0 });
      },
      async forceFlush() {
        shut += 1;
      },
    };
    const [traces, metrics] = [{}, {}];
    const written: string[] = [];
    const destination = { write: (line: string) => written.push(line) };
    const app = createApp({ name: 'shop', signals: false, logger: { destination }, telemetry: { traces, metrics, logs } });
    expect(app.get(TELEMETRY)).toEqual({ traces, metrics, logs });
    await app.start();
    const logger = app.get(Logger).child({ module: 'db' });
    logger.warn({ ms: 812, password: 'hunter2' }, 'slow query');
    logger.error(new TypeError('broken'));
    logger.debug('not written');
    await app.stop();
    const lines = batches.flat();
    expect(lines.find(({ body }) => body === 'slow query')).toMatchObject({
      severityNumber: 13,
      severityText: 'WARN',
      attributes: { module: 'db', ms: 812, password: '***' },
      resource: { attributes: { 'service.name': 'shop' } },
    });
    expect(lines.find(({ severityNumber }) => severityNumber === 17)?.attributes).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'broken',
    });
    expect(lines.some(({ body }) => body === 'not written')).toBe(false);
    expect([lines.length, shut > 0]).toEqual([written.length, true]);
  });

  it('what is wrong with the exporter is told by the log, once, and not to the exporter', async () => {
    const lines: Record<string, unknown>[] = [];
    const bodies: unknown[] = [];
    let code = 1;
    const logs: LogExporter = {
      export(batch, done) {
        bodies.push(...batch.map(({ body }) => body));
        done(code === 0 ? { code } : { code, error: new Error('no route to the collector') });
      },
    };
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const app = createApp({ signals: false, logger: { destination }, telemetry: { logs } });
    const logger = app.get(Logger);
    const say = async (text: string) => {
      logger.info(text);
      await logger.flush();
    };
    for (const text of ['one', 'two']) await say(text);
    code = 0;
    await say('three');
    code = 2;
    await say('four');
    for (let line = 0; line < 2_100; line++) logger.info('many');
    await logger.flush();
    const told = lines.filter(({ level }) => level === 40);
    expect(told).toMatchObject([
      { msg: 'cannot export log lines', err: { message: 'no route to the collector' } },
      { msg: 'cannot export log lines', err: { message: 'no route to the collector' } },
      { msg: 'log lines were dropped: the export queue is full', lines: 2_100 - 2_048 },
    ]);
    expect(bodies.slice(0, 4)).toEqual(['one', 'two', 'three', 'four']);
    expect(bodies.filter((body) => body !== 'many')).toHaveLength(4);
  });

  it('an exporter that does not answer loses one batch, and the export goes on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const bodies: unknown[] = [];
    const exported = new LogExport({ export: (batch) => void bodies.push(batch[0]?.body) }, 'app');
    const told: string[] = [];
    exported.onTrouble((_facts, message) => told.push(message));
    const line = (message: string) => ({ level: 'info', facts: {}, message, bindings: {} }) as const;
    exported.add(line('one'));
    await setImmediate();
    exported.add(line('two'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect([bodies, told]).toEqual([['one', 'two'], ['cannot export log lines']]);
  });

  it('letting go of an application shuts its exporter down, and waits no longer than it may', async () => {
    const log: string[] = [];
    const logs: LogExporter = {
      export: (_batch, done) => done({ code: 0 }),
      forceFlush: async () => void log.push('flush'),
      shutdown: async () => void log.push('shutdown'),
    };
    {
      await using app = createApp({ signals: false, logger: { destination: { write: () => {} } }, telemetry: { logs } });
      await app.start();
      await app.stop();
      expect(log).toEqual(['flush']);
    }
    expect(log.at(-1)).toBe('shutdown');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const hanging = new LogExport({ export: (_batch, done) => done({ code: 0 }), shutdown: () => new Promise(() => {}) }, 'app');
    const closing = hanging.close();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await closing).toBeUndefined();
  });

  it('an application that cannot be let go of as it should shuts its exporter down all the same, and tells all that failed', async () => {
    const log: string[] = [];
    const logs: LogExporter = {
      export: (_batch, done) => done({ code: 0 }),
      shutdown: async () => void log.push('shutdown'),
    };
    const never = () => new Promise<never>(() => {});
    const SECTION = configSection('slow', { '~standard': { version: 1, vendor: 'test', validate: never } });
    class Reader {
      static inject = [SECTION] as const;
      readonly kind = 'reader';
    }
    class Stuck {
      [Symbol.asyncDispose] = never;
    }
    class Broken {
      [Symbol.dispose]() {
        throw new Error('disk full');
      }
    }
    const short = { signals: false, stopTimeout: 10, startTimeout: 10, logger: { destination: { write: () => {} } } };
    const reading = createApp({ ...short, telemetry: { logs } }).use(Reader);
    await expect(reading.start()).rejects.toThrow('the configuration failed to start');
    await expect(reading[Symbol.asyncDispose]()).rejects.toMatchObject({
      code: 'stop_failed',
      message: 'the application did not stop cleanly: configuration: did not finish within the stop timeout (10 ms)',
    });
    expect(log).toEqual(['shutdown']);
    // Made by asking for them: nothing has started.
    const asked = createApp({ ...short, telemetry: { logs } })
      .use(Stuck)
      .use(Broken);
    asked.get(Stuck);
    asked.get(Broken);
    await expect(asked[Symbol.asyncDispose]()).rejects.toThrow(
      'instances: not disposed: Error: disk full; Error: Stuck: did not finish within the stop timeout (10 ms)',
    );
    const broken = createApp({ ...short, telemetry: { logs } }).use(Broken);
    broken.get(Broken);
    await expect(broken[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'stop_failed' });
    expect(log).toEqual(['shutdown', 'shutdown', 'shutdown']);
  });

  it('an exporter that throws, or never answers, keeps nobody waiting, and memory bounded', async () => {
    for (const action of [() => {}, () => expect.fail('away')]) {
      const exported = new LogExport({ export: action }, 'app');
      const line = { level: 'info', facts: {}, message: 'm', bindings: {} } as const;
      for (let turn = 0; turn < 5_000; turn++) exported.add(line);
      expect(exported.dropped).toBe(5_000 - 2_048);
    }
  });

  it('without it the token gives nothing', () => {
    expect(createApp({ signals: false }).get(TELEMETRY)).toEqual({});
  });
});
