import { describe, expect, it } from 'vitest';
import {
  createApp,
  type ExportedLog,
  type LogExporter,
  Logger,
  LoggerModule,
  type LoggerOptions,
  type LogLine,
  TELEMETRY,
} from '../../src/index.js';
import { LogExport } from '../../src/logger/log-export.js';
import { prettyLine } from '../../src/logger/pretty.js';

function record(options: LoggerOptions = {}) {
  const text: string[] = [];
  const logger = new LoggerModule({ ...options, destination: { write: (line) => text.push(line) } });
  return { logger, text, lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('TI-18, OB-14: the logger', () => {
  it('writes lines of JSON with facts and a sentence, at every level', () => {
    const { logger, lines } = record({ level: 'trace', bindings: { app: 'shop' } });
    expect(logger).toBeInstanceOf(Logger);
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]({ n: 1 }, `at ${level}`);
    logger.info('only text');
    expect(lines().map(({ level, n, msg, app }) => [level, n, msg, app])).toEqual([
      [10, 1, 'at trace', 'shop'],
      [20, 1, 'at debug', 'shop'],
      [30, 1, 'at info', 'shop'],
      [40, 1, 'at warn', 'shop'],
      [50, 1, 'at error', 'shop'],
      [60, 1, 'at fatal', 'shop'],
      [30, undefined, 'only text', 'shop'],
    ]);
  });
  it('children carry their bindings, and the level of their module', () => {
    const { logger, lines } = record({ levels: { netron: 'warn', db: 'debug' } });
    const netron = logger.child({ module: 'netron' });
    const db = logger.child({ module: 'db' }).child({ table: 'users' });
    netron.info('too quiet');
    netron.warn({ peers: 2 }, 'heard');
    db.debug('heard');
    logger.debug('too quiet');
    expect(lines()).toMatchObject([
      { module: 'netron', peers: 2, msg: 'heard' },
      { module: 'db', table: 'users', msg: 'heard' },
    ]);
    expect([netron.isLevelEnabled('info'), db.isLevelEnabled('debug'), logger.child({ module: 'toString' }).level]).toEqual([
      false,
      true,
      'info',
    ]);
  });
  it('its level can be changed while it runs', () => {
    const { logger, lines } = record({ level: 'silent' });
    logger.fatal('nothing');
    logger.level = 'debug';
    logger.debug('something');
    expect(lines().map(({ msg }) => msg)).toEqual(['something']);
  });
  it('filters see level, facts, text and bindings', () => {
    const seen: LogLine[] = [];
    const { logger, lines } = record({
      filter: (line) => {
        seen.push(line);
        return line.message !== 'health asked';
      },
    });
    logger.child({ module: 'http' }).info({ path: '/health' }, 'health asked');
    logger.info('kept');
    expect(seen[0]).toMatchObject({
      level: 'info',
      facts: { path: '/health' },
      message: 'health asked',
      bindings: { module: 'http' },
    });
    expect(lines().map(({ msg }) => msg)).toEqual(['kept']);
  });
  it('hides secrets in what every line has, and what is too deep to be looked at', () => {
    const lines: string[] = [];
    const logger = new LoggerModule({
      destination: { write: (line) => void lines.push(line) },
      bindings: { db: { password: 'hunter2' } },
    });
    logger.info({ a: { b: { c: { d: { e: { password: 'hunter2' } } } } }, tokens: ['hunter2'] }, 'deep');
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      db: { password: '***' },
      tokens: '***',
      a: { b: { c: { d: { e: '(deeper)' } } } },
    });
  });
  it('hides secrets by name, wherever they stand, in addresses, and by path; facts stay as they were', () => {
    const { logger, text, lines } = record({ redact: ['user.email'] });
    const facts = {
      user: { email: 'hunter2', name: 'ada' },
      headers: { authorization: 'hunter2', cookie: 'hunter2' },
      list: [{ apiKey: 'hunter2' }],
      db: { url: 'redis://me:hunter2@host/0' },
    };
    const copy = structuredClone(facts);
    logger.info(facts, 'connected');
    logger.child({ token: 'hunter2' }).info('child');
    expect(text.join()).not.toContain('hunter2');
    expect(facts).toEqual(copy);
    expect(lines()[0]).toMatchObject({ user: { email: '***', name: 'ada' }, db: { url: 'redis://me:***@host/0' } });
  });
  it('writes errors with type, text and stack, as facts or alone', () => {
    const { logger, lines } = record();
    const error = new TypeError('broken');
    logger.error({ error }, 'it failed');
    logger.error(error, 'it failed');
    logger.error(error);
    expect(lines()).toMatchObject([
      { error: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('broken') }, msg: 'it failed' },
      { err: { type: 'TypeError', message: 'broken' }, msg: 'it failed' },
      { err: { type: 'TypeError' } },
    ]);
  });
  it('adds what its context says at each line', () => {
    let call: object | undefined;
    const { logger, lines } = record({ context: () => call });
    logger.info('outside');
    call = { service: 'users', method: 'get' };
    logger.info('inside');
    expect(lines()[0]).not.toHaveProperty('service');
    expect(lines()[1]).toMatchObject({ service: 'users', method: 'get' });
  });
  it('is readable in a terminal', () => {
    const { logger, text } = record({ pretty: true });
    logger.child({ module: 'db' }).warn({ ms: 812, sql: 'select' }, 'slow query');
    logger.error(new Error('broken'));
    expect(text[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}db: slow query \(ms=812 sql=select\)\n$/);
    expect(text[1]).toMatch(/ERROR broken\n {2}Error: broken\n {4,}at /);
    expect(prettyLine('no JSON', true)).toBe('no JSON');
    expect(prettyLine('{"level":30,"time":0,"msg":"m"}', true)).toContain('\u001b[32mINFO \u001b[0m m');
  });
});

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

  it('an exporter that throws, or never answers, keeps nobody waiting, and memory bounded', async () => {
    for (const action of [() => {}, () => expect.fail('away')]) {
      const exported = new LogExport({ export: action }, 'app');
      const line = { level: 'info', facts: {}, message: 'm', bindings: {} } as const;
      for (let turn = 0; turn < 5_000; turn++) exported.add(line, undefined);
      expect(exported.dropped).toBe(5_000 - 2_048);
    }
  });

  it('without it the token gives nothing', () => {
    expect(createApp({ signals: false }).get(TELEMETRY)).toEqual({});
  });
});
