import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { defineService, Netron, NetronError, NotFoundError, RemoteError, safe, ValidationError } from '../../src/index.js';
import { failure, nodes, quiet, settled, transports } from './nodes.js';

class QuotaError extends Error {
  override readonly name = 'QuotaError';
  readonly code = 'QUOTA';
  readonly limit: number;
  constructor(message: string, limit: number, options?: ErrorOptions) {
    super(message, options);
    this.limit = limit;
  }
}

class ServiceError extends Error {
  readonly code: string;
  readonly statusCode: number;
  constructor(message: string, code: string, statusCode: number) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

function thrower() {
  const things: Record<string, () => unknown> = {
    error: () => new Error('plain'),
    type: () => new TypeError('type'),
    netron: () =>
      new NetronError('aborted', 'try again', { details: { a: 1 }, retryAfterMs: 5, cause: new Error('secret cause') }),
    named: () => new NotFoundError('no such user'),
    validation: () => new ValidationError('bad', { details: { field: 'name' } } as never),
    quota: () => new QuotaError('too much', 7, { cause: new QuotaError('inner', 1) }),
    service: () => new ServiceError('Invalid', 'VALIDATION_ERROR', 400),
    status600: () => new ServiceError('odd', 'ODD', 600),
    path: () => new Error('cannot open /var/lib/app/secret.db at file:///home/ann/x.js'),
    text: () => 'a text',
    number: () => 42,
    undefined: () => undefined,
    null: () => null,
    object: () => ({ password: 'x' }),
    promise: () => Promise.resolve(1),
    frozen: () => Object.freeze(new Error('frozen')),
    getter: () =>
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('from the getter');
        },
      }),
    huge: () => new NetronError('internal', 'y'.repeat(100_000), { details: { big: 'z'.repeat(3_000_000) } }),
    cyclic: () => {
      const error = new QuotaError('cycle', 1);
      (error as { cause?: unknown }).cause = error;
      return error;
    },
    aggregate: () => new AggregateError([new Error('a')], 'several'),
    abort: () => new DOMException('stop', 'AbortError'),
  };
  return defineService({
    name: 'thrower@1.0.0',
    methods: {
      now(what: string) {
        throw things[what]?.();
      },
      async later(what: string) {
        await null;
        throw things[what]?.();
      },
      async *items(what: string) {
        yield 1;
        throw things[what]?.();
      },
      file: () => readFile('/nonexistent/secret/file'),
      names: () => Object.keys(things),
    },
  });
}
type Thrower = ReturnType<typeof thrower>;

describe.each(transports)('errors over %s', (transport) => {
  it('29, A9, 50: any thrown value reaches the caller as an error without stack, path or cause', async () => {
    await using pair = await nodes({ transport, services: [thrower()] });
    const remote = await pair.peer.queryInterface<Thrower>('thrower');
    for (const what of await remote.names()) {
      const errors = [
        await failure(remote.now(what)),
        await failure(remote.later(what)),
        await failure(async () => {
          for await (const _ of remote.items(what));
        }),
      ];
      for (const error of errors) {
        expect(error, what).toBeInstanceOf(Error);
        expect(typeof error.code, what).toBe('string');
        const all = `${error.stack} ${error.message} ${JSON.stringify({ ...error })} ${String(error.cause)}`;
        expect(all, what).not.toMatch(/errors\.test|node_modules|secret|password|\/home|from the getter/);
      }
    }
    const file = await failure(remote.file());
    expect(`${file.message} ${JSON.stringify({ ...file })}`).not.toContain('secret');
    await settled();
    expect(pair.peer.state).toBe('ready');
  });

  it('51, SV-34: name, message, code, status and declared fields survive', async () => {
    await using pair = await nodes({ transport, services: [thrower()] });
    const remote = await pair.peer.queryInterface<Thrower>('thrower');
    expect(await failure(remote.now('service'))).toMatchObject({ code: 'VALIDATION_ERROR', message: 'Invalid', statusCode: 400 });
    const odd = (await failure(remote.now('status600'))) as RemoteError;
    expect(odd).toBeInstanceOf(RemoteError);
    expect(odd.statusCode).toBe(500);
    expect(await failure(remote.now('netron'))).toMatchObject({
      code: 'aborted',
      details: { a: 1 },
      retryAfterMs: 5,
      retryable: true,
    });
    expect(await failure(remote.now('named'))).toBeInstanceOf(NotFoundError);
    expect(await failure(remote.now('named'))).toMatchObject({ code: 'not_found', statusCode: 404 });
    expect(await failure(remote.now('validation'))).toBeInstanceOf(ValidationError);
    expect(await failure(remote.now('type'))).toMatchObject({ name: 'TypeError', message: 'type' });
    expect(await failure(remote.later('abort'))).toMatchObject({ code: 'canceled' });
  });

  it('registered classes arrive as instances with fields and causes; unknown ones as RemoteError', async () => {
    const errors = [QuotaError] as const;
    await using pair = await nodes({ transport, services: [thrower()], server: { errors }, client: { errors } });
    const remote = await pair.peer.queryInterface<Thrower>('thrower');
    const error = (await failure(remote.now('quota'))) as QuotaError;
    expect(error).toBeInstanceOf(QuotaError);
    expect(error).toMatchObject({ message: 'too much', limit: 7, code: 'QUOTA' });
    expect(error.cause).toBeInstanceOf(QuotaError);
    expect(error.cause).toMatchObject({ limit: 1 });
    await using stranger = await Netron.create({ id: 'stranger', logger: quiet, additionalTransports: pair.client.transports });
    const other = await (await stranger.connect(pair.address)).queryInterface<Thrower>('thrower');
    expect(await failure(other.now('quota'))).toMatchObject({ name: 'QuotaError', code: 'QUOTA', limit: 7 });
    expect(await failure(other.now('quota'))).not.toBeInstanceOf(QuotaError);
  });
});

describe('safe', () => {
  it('returns a result instead of throwing', async () => {
    await using pair = await nodes({ services: [thrower()] });
    const remote = await pair.peer.queryInterface<Thrower>('thrower');
    const bad = await safe(remote.now('service'));
    const good = await safe(remote.names());
    expect(bad).toMatchObject({ ok: false, error: { code: 'VALIDATION_ERROR' } });
    expect(good.ok && good.value.length).toBeGreaterThan(10);
  });
});
