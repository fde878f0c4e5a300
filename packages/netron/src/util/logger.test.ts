import { describe, expect, it } from 'vitest';
import { type LogLevel, leveled } from './logger.js';

/** A log at the time `clock.time`. */
function log(level: LogLevel = 'debug') {
  const clock = { time: 0, now: () => clock.time };
  const lines: [string, object, string][] = [];
  const note = (name: string) => (facts: object, message: string) => void lines.push([name, facts, message]);
  const target = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  return { clock, lines, logger: leveled(target, level, clock) };
}

describe('the log', () => {
  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ] as [LogLevel, string[]][])('contains entries of level %s and above', (level, expected) => {
    const { lines, logger } = log(level);
    for (const name of ['debug', 'info', 'warn', 'error'] as const) logger[name]({ name }, name);
    expect(lines).toEqual(expected.map((name) => [name, { name }, name]));
  });

  it('ignores failures of its logger, synchronous or not', async () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const reject: () => unknown = async () => fail();
    for (const broken of [fail, reject as () => void]) {
      const logger = leveled({ debug: broken, info: broken, warn: broken, error: broken }, 'debug', { now: () => 0 });
      expect(() => logger.warn({}, 'refused')).not.toThrow();
    }
    await Promise.resolve();
  });

  it('B15: writes a message 10 times a second; the next line counts the skipped ones', () => {
    const { clock, lines, logger } = log();
    for (let number = 0; number < 1_000; number += 1) {
      clock.time = number;
      logger.warn({ number }, 'refused');
    }
    expect(lines.map(([, facts]) => facts)).toEqual(Array.from({ length: 10 }, (_, number) => ({ number })));
    clock.time = 1_000;
    logger.warn({ number: 'next' }, 'refused');
    logger.warn({ number: 'too early' }, 'refused');
    clock.time = 1_001;
    logger.warn({ number: 'after' }, 'refused');
    clock.time = 9_000;
    logger.warn({ number: 'last' }, 'refused');
    expect(lines.slice(10).map(([, facts]) => facts)).toEqual([
      { number: 'next', suppressed: 990 },
      { number: 'after', suppressed: 1 },
      { number: 'last' },
    ]);
  });

  it('B15: counts each message separately and ignores lower levels', () => {
    const { lines, logger } = log('info');
    for (let number = 0; number < 100; number += 1) {
      logger.debug({}, 'small');
      logger.info({}, 'one');
      logger.error({}, 'two');
    }
    logger.info({}, 'small');
    expect(lines.filter(([, , message]) => message === 'one')).toHaveLength(10);
    expect(lines.filter(([, , message]) => message === 'two')).toHaveLength(10);
    expect(lines.filter(([, , message]) => message === 'small')).toHaveLength(1);
  });
});
