import { describe, expect, it, onTestFinished } from 'vitest';
import { Logger, LoggerModule, type LogLine } from '../../src/index.js';
import { prettyLine } from '../../src/logger/pretty.js';
import { record } from './lines.js';

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
  it('what the program gives for its log, and what fails in it, fails no call that logs', async () => {
    const fails = (): never => {
      throw new Error('no');
    };
    const { logger, lines } = record({ filter: fails, context: fails });
    logger.info({ n: 1 }, 'written');
    expect(lines()).toMatchObject([{ n: 1, msg: 'written', context: '(cannot be read)' }]);
    const warned: string[] = [];
    const heard = (warning: Error) => warning.name === 'LogWarning' && warned.push(warning.message);
    process.on('warning', heard);
    onTestFinished(() => void process.off('warning', heard));
    for (const write of [fails, () => Promise.reject(new Error('no'))])
      for (const _ of [1, 2]) new LoggerModule({ destination: { write } }).info('lost');
    const full = new LoggerModule({ destination: { write: fails } });
    full.info('lost');
    full.child({ a: 1 }).info('lost as well');
    await new Promise((resolve) => setImmediate(resolve));
    expect(warned).toEqual(Array(5).fill('cannot write log lines: no'));
  });
  it('texts of callers begin no line of their own in a terminal, and do not move its cursor', () => {
    const { logger, text } = record({ pretty: true });
    const evil = 'a\n12:00:00.000 INFO  paid\r\u001b[2J\u009b2J\u0007\u2028\u202e';
    const seen = 'a\\n12:00:00.000 INFO  paid\\u000d\\u001b[2J\\u009b2J\\u0007\\u2028\\u202e';
    logger.child({ module: evil }).info({ [evil]: evil, list: [evil] }, evil);
    expect(text[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}]+\n$/u);
    expect(text[0]?.split(seen)).toHaveLength(5);
    logger.error(new Error(evil));
    const lines = text[1]?.trimEnd().split('\n') ?? [];
    expect(lines.slice(1).every((line) => /^ {2}[^\p{Cc}\p{Cf}\p{Zl}]+$/u.test(line))).toBe(true);
    expect(lines[2]).toBe('  12:00:00.000 INFO  paid\\u000d\\u001b[2J\\u009b2J\\u0007\\u2028\\u202e');
    for (const err of [5, { stack: 5 }, { code: 'E' }, ['x'], false]) logger.info({ err }, 'odd');
    expect(text.slice(2).map((line) => line.split('\n')[1])).toEqual(['  5', '  5', '  {"code":"E"}', '  ["x"]', '  false']);
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
