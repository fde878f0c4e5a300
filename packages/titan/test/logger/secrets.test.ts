import { describe, expect, it } from 'vitest';
import { LoggerModule } from '../../src/index.js';
import { shown } from '../../src/util/secret-names.js';
import { record } from './lines.js';

class Connection {
  readonly #secret = 'not shown by JSON';
  readonly host = 'db';
  password = 'hunter2';
  get length() {
    return this.#secret.length;
  }
}

describe('OB-14: secrets in log lines', () => {
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
  it('hides them in maps, sets, objects of classes, and in what these write as JSON', () => {
    const { logger, text, lines } = record();
    const facts = {
      headers: new Map<string, unknown>([
        ['authorization', 'hunter2'],
        ['accept', '*/*'],
      ]),
      hosts: new Set(['a', 'redis://me:hunter2@host']),
      db: new Connection(),
      url: new URL('https://me:hunter2@example.org/path'),
      user: { toJSON: () => ({ name: 'ada', apiKey: 'hunter2' }) },
      at: new Date(0),
    };
    logger.info(facts, 'cannot reach redis://me:hunter2@host/0, nor amqp://you:hunter2@other');
    expect(text.join()).not.toContain('hunter2');
    expect(lines()[0]).toMatchObject({
      headers: { authorization: '***', accept: '*/*' },
      hosts: ['a', 'redis://me:***@host'],
      db: { host: 'db', password: '***' },
      url: 'https://me:***@example.org/path',
      user: { name: 'ada', apiKey: '***' },
      at: '1970-01-01T00:00:00.000Z',
      msg: 'cannot reach redis://me:***@host/0, nor amqp://you:***@other',
    });
    expect([facts.db.password, facts.headers.get('authorization')]).toEqual(['hunter2', 'hunter2']);
  });
  it('hides them in the fields, texts and causes of errors, which stay errors', () => {
    const { logger, text, lines } = record();
    class RequestError extends Error {
      readonly config = { url: '/pay', headers: { authorization: 'Bearer hunter2' } };
    }
    const cause = new TypeError('no answer from https://me:hunter2@pay.example');
    const error = new RequestError('the payment failed', { cause: Object.assign(cause, { token: 'hunter2' }) });
    logger.error(error);
    logger.error({ error, more: [error] }, 'failed');
    expect(text.join()).not.toContain('hunter2');
    const shown = {
      type: 'RequestError',
      message: 'the payment failed: no answer from https://me:***@pay.example',
      stack: expect.stringMatching(/RequestError|the payment failed[\s\S]*caused by: TypeError/),
      config: { url: '/pay', headers: { authorization: '***' } },
    };
    expect(lines()).toMatchObject([{ err: shown }, { error: shown, more: [{ config: { headers: { authorization: '***' } } }] }]);
    expect([error.config.headers.authorization, error.cause]).toEqual(['Bearer hunter2', cause]);
  });
  it('shows nothing but what was looked at, and loses no line, whatever an object does', () => {
    const { logger, text, lines } = record();
    const throws = () => {
      throw new Error('no');
    };
    const itself = { password: 'hunter2', toJSON: () => itself };
    let asked = 0;
    const changes = { toJSON: () => ({ name: asked++ === 0 ? 'ada' : 'hunter2' }) };
    const chain = { toJSON: () => ({ name: 'ada', toJSON: () => ({ password: 'hunter2' }) }) };
    const writes = Object.assign(new Error('odd'), { toJSON: () => ({ password: 'hunter2' }) });
    const call = Object.assign(() => {}, { toJSON: () => 'hunter2' });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const endless = new (class extends Map<string, string> {
      override *[Symbol.iterator](): Generator<[string, string], undefined> {
        for (;;) yield ['hunter2', 'hunter2'];
      }
    })([['name', 'ada']]);
    const huge = new Proxy([], { get: (list, key) => (key === 'length' ? 2 ** 53 : Reflect.get(list, key)) });
    const facts = {
      ...{ itself, changes, chain, writes, call, endless },
      throwing: { toJSON: throws },
      proxy: new Proxy({}, { ownKeys: throws, get: throws }),
      revoked: revoked.proxy,
      count: 5n,
      boxed: [new Number(5), new String('a'), Object(6n)],
      bytes: Buffer.from('hunter2'),
      huge,
      holes: new Array(2 ** 32 - 1),
    };
    logger.info(facts, 'hostile');
    expect(text.join()).not.toContain('hunter2');
    const [line] = lines() as [Record<string, unknown[]>];
    expect(line).toMatchObject({
      msg: 'hostile',
      itself: { password: '***' },
      changes: { name: 'ada' },
      chain: { name: 'ada' },
      throwing: '(cannot be read)',
      proxy: '(cannot be read)',
      revoked: '(cannot be read)',
      endless: { name: 'ada' },
      count: '5',
      boxed: [5, 'a', {}],
      bytes: '(7 bytes)',
    });
    expect([line.huge?.at(-1), line.holes]).toEqual(['(more)', '(more)']);
    const alone = [
      {
        get method() {
          return throws();
        },
      },
      new Proxy({}, { getPrototypeOf: throws, get: throws, ownKeys: throws }),
      itself,
      [1n],
    ];
    for (const each of alone) logger.info(each, 'alone');
    expect(lines().filter(({ msg }) => msg === 'alone')).toHaveLength(alone.length);
    expect(text.join()).not.toContain('hunter2');
  });
  it('errors whose class gives name and text by getters are lines as well, as fact, as error and as cause', () => {
    const { logger, lines } = record();
    class Hidden extends Error {
      readonly #text = 'redis://me:hunter2@host is away';
      override get message() {
        return this.#text;
      }
    }
    const reason = AbortSignal.abort().reason as Error;
    logger.error(reason);
    logger.warn({ error: reason }, 'given up');
    logger.error({ err: new Error('failed', { cause: reason }) });
    logger.error(new Hidden());
    expect(lines()).toMatchObject([
      { err: { message: reason.message } },
      { error: { message: reason.message }, msg: 'given up' },
      { err: { message: `failed: ${reason.message}` } },
      { err: { message: 'redis://me:***@host is away' } },
    ]);
  });
  it('a getter that fails hides itself alone, in facts, in errors, and in what is bound', () => {
    const { logger, lines } = record();
    const fails = (of: object) => Object.defineProperty(of, 'state', { get: (): never => thrown(), enumerable: true });
    logger.info(fails({ port: 8080 }), 'facts');
    logger.error(fails(new Error('broken')), 'an error');
    logger.child(fails({ module: 'db' })).info('a child');
    expect(lines()).toMatchObject([
      { port: 8080, state: '(cannot be read)', msg: 'facts' },
      { err: { message: 'broken', state: '(cannot be read)' }, msg: 'an error' },
      { module: 'db', state: '(cannot be read)', msg: 'a child' },
    ]);
  });
  it('never throws, and has a bound', () => {
    const { logger, lines } = record();
    const circle: Record<string, unknown> = { token: 'hunter2' };
    circle.self = circle;
    const broken = {
      get value(): never {
        throw new Error('no');
      },
    };
    logger.info({ circle, broken, many: Array.from({ length: 20_000 }, (_, n) => ({ n })) }, 'odd');
    logger.info(broken as object, 'odd as a whole');
    const [line, whole] = lines() as [{ circle: object; broken: object; many: unknown[] }, object];
    expect(line).toMatchObject({ circle: { token: '***', self: '(circular)' }, broken: { value: '(cannot be read)' } });
    expect(line.many[0]).toBe('(more)');
    expect(whole).toMatchObject({ value: '(cannot be read)', msg: 'odd as a whole' });
  });
});

const thrown = (): never => {
  throw new Error('no');
};

describe('texts of strangers', () => {
  const parts = [
    '',
    ' ',
    ';',
    '=',
    '; ',
    ';=',
    '= ',
    ';a=',
    'a ',
    '"',
    "'",
    ';a="',
    '://',
    '://a:',
    '@',
    '?a=',
    '&',
    'http://',
    '-',
    '.',
    'password',
    ';password=',
    '\u00a0',
    'x',
  ];
  it('are looked through once, whatever they repeat', () => {
    // Where each part, or each beginning, were looked at from each of its characters, one of these texts would take hours.
    for (const beginning of ['=;', '://=;?', ';a="']) {
      for (const [at, one] of parts.entries()) {
        // Two parts in turns are the same text in either order, but for its ends.
        for (const other of parts.slice(at)) {
          const text = beginning + (one + other).repeat(60_000);
          expect((shown(text) as string).length).toBeGreaterThan(0);
        }
      }
    }
  });
  it('show no part of a connection string that has the name of a secret', () => {
    const cases: Record<string, string> = {
      'Server=db;Password=hunter2;Port=1': 'Server=db;Password=***;Port=1',
      'Server=db; User Id = me ; Password = hunter2 ': 'Server=db; User Id = me ; Password = ***',
      'Password="a;hunter2";x=1': 'Password=***;x=1',
      "x=1;pwd='hunter2": 'x=1;pwd=***',
      'x="a;password=b";secret=hunter2': 'x="a;password=b";secret=***',
      'failed: Server=db;Password=hunter2': 'failed: Server=db;Password=***',
      'Password=;x=1': 'Password=;x=1',
      'a;b=c;': 'a;b=c;',
      ';;Password=hunter2;;': ';;Password=***;;',
    };
    for (const [text, safe] of Object.entries(cases)) expect(shown(text)).toBe(safe);
  });
});
