import { describe, expect, it } from 'vitest';
import { Logger, type LogLine } from '../../src/index.js';
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
