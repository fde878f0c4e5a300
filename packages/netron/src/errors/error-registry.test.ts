import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Code, codes } from './codes.js';
import { ErrorRegistry } from './error-registry.js';
import { CircuitOpenError, NotFoundError, namedErrors, PermissionDeniedError, ValidationError } from './named-errors.js';
import { NetronError } from './netron-error.js';
import { RemoteError } from './remote-error.js';
import type { WireError } from './wire-error.js';

/** As in the documentation of services. */
class ServiceError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly statusCode: number = 500,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** Sends an error as plain data, here as JSON. */
function travel(error: unknown, from = new ErrorRegistry(), to = from): Error {
  return to.decode(JSON.parse(JSON.stringify(from.encode(error))) as WireError);
}

describe('ErrorRegistry: registered classes', () => {
  function registry() {
    const errors = new ErrorRegistry();
    errors.register(ServiceError);
    return errors;
  }

  it('SV-34: arrive as instances with fields, name and message; the constructor does not run', () => {
    const error = travel(new ServiceError('bad input', 'VALIDATION_ERROR', 400), registry());
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ name: 'ServiceError', message: 'bad input', code: 'VALIDATION_ERROR', statusCode: 400 });
    expect(error.stack).toContain('ServiceError: bad input');
    class Strict extends Error {
      readonly size: number;
      constructor(input: { size: number }) {
        super('strict');
        this.size = input.size;
      }
    }
    const errors = new ErrorRegistry();
    errors.register(Strict);
    expect(travel(new Strict({ size: 3 }), errors)).toMatchObject({ size: 3, name: 'Strict' });
  });

  it('carry registered and foreign causes, at most 8 levels deep, also with cycles', () => {
    const errors = registry();
    const error = new ServiceError('outer', 'A');
    error.cause = new ServiceError('middle', 'B');
    (error.cause as Error).cause = new TypeError('no such file /etc/secret');
    const back = travel(error, errors) as Error & { cause: Error & { cause: Error } };
    expect(back.cause).toBeInstanceOf(ServiceError);
    expect(back.cause.cause).toMatchObject({ name: 'TypeError', message: 'no such file <path>' });

    const cyclic = new ServiceError('round', 'C');
    cyclic.cause = cyclic;
    let depth = 0;
    for (let at: unknown = travel(cyclic, errors); at !== undefined; at = (at as Error).cause) depth += 1;
    expect(depth).toBe(9);
  });

  it('do not send their cause when registered without it', () => {
    const errors = new ErrorRegistry();
    errors.register(ServiceError, { cause: false });
    const error = new ServiceError('x', 'A');
    error.cause = new Error('secret');
    expect(JSON.stringify(errors.encode(error))).not.toContain('secret');
  });

  it('carry only the listed fields, on both sides', () => {
    class Quota extends Error {
      limit = 5;
      secret = 'key';
      get left() {
        return 2;
      }
    }
    const errors = new ErrorRegistry();
    errors.register(Quota, { fields: ['limit', 'left'], code: 'QUOTA' });
    expect(errors.encode(new Quota('q'))).toEqual({ name: 'Quota', code: 'QUOTA', message: 'q', fields: { limit: 5, left: 2 } });
    const back = errors.decode({ name: 'Quota', code: 'QUOTA', message: 'q', fields: { limit: 1, secret: 'x' } });
    expect(back).toMatchObject({ limit: 1, code: 'QUOTA' });
    expect('secret' in back).toBe(false);
  });

  it('leave out functions, accessors, instances and invalid HTTP statuses; numeric codes stay numbers', () => {
    class Odd extends Error {
      code = 42;
      statusCode = 600;
      run = () => {};
      socket = new Map();
      list = [1, { deep: true }];
    }
    const errors = new ErrorRegistry();
    errors.register(Odd);
    expect(errors.encode(new Odd('odd')).fields).toEqual({ code: 42, list: [1, { deep: true }] });
    expect(travel(new Odd('odd'), errors)).toMatchObject({ code: 42 });
  });

  it('a subclass arrives as its nearest registered ancestor under its own name', () => {
    class DeviceNotFoundError extends NotFoundError {
      override readonly name = 'DeviceNotFoundError';
    }
    const error = travel(new DeviceNotFoundError('no device 7'));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ name: 'DeviceNotFoundError', code: 'not_found', statusCode: 404 });
  });

  it('are built by restore when it is given, and arrive as RemoteError when it fails', () => {
    class Sealed extends Error {
      readonly #size: number;
      constructor(size: number) {
        super('sealed');
        this.#size = size;
      }
      get size() {
        return this.#size;
      }
    }
    const errors = new ErrorRegistry();
    errors.register(Sealed, { fields: ['size'], restore: ({ fields }) => new Sealed(Number(fields?.size)) });
    expect((travel(new Sealed(3), errors) as Sealed).size).toBe(3);
    const picky = new ErrorRegistry();
    picky.register(Sealed, {
      restore() {
        throw new Error('no');
      },
    });
    expect(travel(new Sealed(3), picky)).toBeInstanceOf(RemoteError);
    const late = new ErrorRegistry();
    late.register(Sealed, { restore: (async () => Promise.reject(new Error('unheard'))) as never });
    expect(travel(new Sealed(3), late)).toBeInstanceOf(RemoteError);
  });

  it('refuses options that are unknown: misspelt fields would send all of them', () => {
    class Denied extends Error {}
    expect(() => new ErrorRegistry().register(Denied, { feilds: [] } as never)).toThrow(
      "error class 'Denied': unknown option 'feilds'; known: name, code, fields, cause, restore",
    );
    expect(() => new ErrorRegistry().register(Denied, 7 as never)).toThrow('must be an object, not a number');
  });

  it('refuses a second class for a name, a second name for a class, and a class that is not an error', () => {
    const errors = registry();
    errors.register(ServiceError, { code: 'AGAIN' });
    const Other = class ServiceError extends Error {};
    expect(() => errors.register(Other)).toThrow(TypeError);
    expect(() => errors.register(ServiceError, { name: 'Other' })).toThrow(TypeError);
    expect(() => errors.register(class NetronError extends Error {})).toThrow(TypeError);
    for (const wrong of [undefined, Object, Error, 'Error', () => {}]) {
      expect(() => errors.register(wrong as never)).toThrow(TypeError);
    }
    expect(() => errors.register(class extends Error {}, { name: '__ proto' })).toThrow(TypeError);
    expect(() => errors.register(class A extends Error {}, { fields: ['__proto__'] })).toThrow(TypeError);
    expect(() => errors.register(class B extends Error {}, { code: 'a b' })).toThrow(TypeError);
  });

  it('an application may register its own class under the name of a named error', () => {
    const Own = class ValidationError extends Error {
      issues = ['name'];
    };
    const errors = new ErrorRegistry();
    errors.register(Own);
    expect(travel(new Own('own'), errors)).toBeInstanceOf(Own);
    const ours = travel(new ValidationError('ours'), errors);
    expect(ours).not.toBeInstanceOf(Own);
    expect(ours).toMatchObject({ name: 'ValidationError', code: 'invalid_argument' });
    expect(ours).toBeInstanceOf(NetronError);
  });
});

describe('ErrorRegistry: the errors of this package', () => {
  it('every code arrives with details and retryAfterMs and without cause', () => {
    for (const code of Object.keys(codes) as Code[]) {
      const error = new NetronError(code, `it was ${code}`, { details: { n: 1 }, retryAfterMs: 5, cause: new Error('inner') });
      const back = travel(error);
      expect(back).toBeInstanceOf(NetronError);
      expect(back.constructor).toBe(NetronError);
      expect(back).toMatchObject({ code, message: `it was ${code}`, details: { n: 1 }, retryAfterMs: 5 });
      expect((back as NetronError).statusCode).toBe(codes[code].http);
      expect(back.cause).toBeUndefined();
    }
  });

  it('A9: a wrapped error does not leak paths', () => {
    const wrapped = NetronError.from(new Error('cannot read /etc/shadow'), 'internal');
    expect(travel(wrapped)).toMatchObject({ code: 'internal', message: 'cannot read <path>' });
    const detailed = new NetronError('internal', 'x', { details: { file: '/etc/shadow' } });
    expect(travel(detailed)).toMatchObject({ details: { file: '<path>' } });
  });

  it('SV-35: named errors come back as instances without being registered', () => {
    for (const [, Class, code] of namedErrors) {
      const error = travel(new Class('why', { details: { a: [1] } }));
      expect(error.constructor).toBe(Class);
      expect(error).toMatchObject({ name: Class.name, code, message: 'why', details: { a: [1] } });
      expect(NetronError.is(error, code)).toBe(true);
    }
    expect(new CircuitOpenError().message).not.toBe('');
    expect(new PermissionDeniedError().statusCode).toBe(403);
  });

  it('a foreign class of the same name is not treated as one of them', () => {
    const error = new Error('theirs');
    error.name = 'ValidationError';
    const back = travel(Object.assign(error, { code: 'VALIDATION_ERROR', statusCode: 422 }));
    expect(back).not.toBeInstanceOf(ValidationError);
    expect(back).toMatchObject({ name: 'ValidationError', code: 'VALIDATION_ERROR', statusCode: 422 });
    const other = new ErrorRegistry().decode({ name: 'ValidationError', code: 'internal', message: 'm' });
    expect(other).not.toBeInstanceOf(ValidationError);
  });
});

describe('ErrorRegistry: unregistered errors', () => {
  it('keep name, message, code and the declared fields', () => {
    const back = travel(
      Object.assign(new ServiceError('bad', 'CIRCUIT_OPEN', 503), {
        details: { breaker: 'db' },
        retryAfterMs: 9,
        status: 503,
        config: { key: 's' },
      }),
    );
    expect(back).toBeInstanceOf(RemoteError);
    expect(back).toMatchObject({
      name: 'ServiceError',
      message: 'bad',
      code: 'CIRCUIT_OPEN',
      statusCode: 503,
      status: 503,
      details: { breaker: 'db' },
      retryAfterMs: 9,
    });
    expect('config' in back).toBe(false);
    expect(travel(new Error('Division by zero'))).toMatchObject({ name: 'Error', message: 'Division by zero', code: 'unknown' });
  });

  it('B51: the HTTP status is always 100 to 599', () => {
    for (const statusCode of [0, 42, 99, 600, 1e9, -1, 4.5, Number.NaN, '404', null, {}]) {
      expect(travel(Object.assign(new Error('x'), { statusCode, status: statusCode }))).toMatchObject({ statusCode: 500 });
    }
    expect(travel(Object.assign(new Error('x'), { code: 'not_found' }))).toMatchObject({ statusCode: 404 });
    expect(travel(Object.assign(new Error('x'), { code: 11000 }))).toMatchObject({ code: 11000, statusCode: 500 });
  });

  it('A9, B29: no stack, cause or path leaves the process', () => {
    const error = new Error("Cannot find module '/srv/app/secret/config.js'\nRequire stack:\n- /srv/app/node_modules/x/y.js", {
      cause: new Error('inner'),
    });
    Object.assign(error, { details: { file: '/srv/app/a.js', text: 'at file:///srv/app/b.mjs:1:2' }, path: '/srv/app' });
    const text = JSON.stringify(new ErrorRegistry().encode(error));
    for (const leak of ['srv', 'stack":', 'inner', 'b.mjs', 'node_modules']) expect(text).not.toContain(leak);
    expect(text).toContain("Cannot find module '<path>'");
  });

  it('aborts and timeouts of the platform get their code', () => {
    const abort = AbortSignal.abort().reason as unknown;
    expect(travel(abort)).toMatchObject({ name: 'AbortError', code: 'canceled' });
    expect(travel(new DOMException('late', 'TimeoutError'))).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('a thrown value that is no error becomes an error that names its kind, not its content', () => {
    for (const thrown of [
      'secret',
      42,
      10n,
      true,
      null,
      undefined,
      Symbol('secret'),
      { secret: 1 },
      ['secret'],
      () => 'secret',
    ]) {
      const wire = new ErrorRegistry().encode(thrown);
      expect(wire).toMatchObject({ name: 'NetronError', code: 'unknown' });
      expect(wire.message).toMatch(/^thrown value is not an error but (a|an|null|undefined)/);
      expect(JSON.stringify(wire)).not.toContain('secret');
    }
  });

  it('an error that throws while it is read becomes a generic error', () => {
    const bad = new Error('x');
    Object.defineProperty(bad, 'message', {
      get() {
        throw new Error('gotcha');
      },
    });
    const proxy = new Proxy(new Error('x'), {
      get() {
        throw new Error('gotcha');
      },
      getPrototypeOf() {
        throw new Error('gotcha');
      },
    });
    for (const error of [bad, proxy]) expect(new ErrorRegistry().encode(error).message).toBe('thrown error cannot be read');
  });

  it('a long message is cut', () => {
    expect(new ErrorRegistry().encode(new Error('x'.repeat(1e6))).message).toHaveLength(8192);
  });
});

describe('ErrorRegistry: errors from a hostile peer', () => {
  const errors = new ErrorRegistry();
  errors.register(ServiceError);

  it('wrong types, reserved names and oversized fields decode to a plain error', () => {
    const hostile: unknown[] = [
      undefined,
      null,
      'text',
      42,
      [],
      { name: 5, code: {}, message: [] },
      { name: '__proto__', code: '__proto__', message: 'm', fields: JSON.parse('{"__proto__":{"polluted":1}}') },
      { name: 'constructor', code: 'constructor', message: 'm' },
      {
        name: 'toString',
        code: 'unknown',
        message: 'm',
        fields: { toString: 'x', message: 'y', stack: 'z', constructor: 2, ...JSON.parse('{"then":1}') },
      },
      { name: 'ServiceError', code: 'x', message: 'm', fields: { toString: 'x', name: { a: 1 }, cause: 1 } },
      { name: 'NetronError', code: 'made_up', message: 'm' },
      { name: 'NotFoundError', code: 'not_found', message: 'm', fields: { details: 'text', retryAfterMs: -1, code: 'internal' } },
      { name: 'x'.repeat(1e5), code: 'y'.repeat(1e5), message: 'z'.repeat(1e6) },
    ];
    for (const wire of hostile) {
      const error = errors.decode(wire as WireError);
      expect(error).toBeInstanceOf(Error);
      expect(typeof error.message).toBe('string');
      expect(typeof (error as { code?: unknown }).code).toBe('string');
      expect(String(error)).toContain(error.message);
      expect(error.message.length).toBeLessThanOrEqual(8192);
      expect(error.name.length).toBeLessThanOrEqual(128);
      expect(Object.hasOwn(error, 'then')).toBe(false);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('fields do not replace members of a registered class', () => {
    class Rich extends Error {
      get level() {
        return 'fixed';
      }
      describe() {
        return 'described';
      }
    }
    const registry = new ErrorRegistry();
    registry.register(Rich);
    const error = registry.decode({
      name: 'Rich',
      code: 'unknown',
      message: 'm',
      fields: { level: 'x', describe: 'y', plain: 1 },
    }) as Rich;
    expect([error.level, error.describe(), (error as Rich & { plain: number }).plain]).toEqual(['fixed', 'described', 1]);
  });

  it('causes nest at most 8 deep', () => {
    let wire: WireError = { name: 'Error', code: 'unknown', message: 'end' };
    for (let i = 0; i < 10_000; i += 1) wire = { name: 'Error', code: 'unknown', message: 'm', cause: wire };
    let depth = 0;
    for (let at: unknown = errors.decode(wire); at !== undefined; at = (at as Error).cause) depth += 1;
    expect(depth).toBe(9);
  });

  it('any input decodes to an error', () => {
    const field = fc.oneof(fc.anything(), fc.string(), fc.constantFrom('ServiceError', 'NetronError', 'not_found', '__proto__'));
    const wire = fc.record(
      { name: field, code: field, message: field, fields: fc.anything(), cause: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(wire, (given) => {
        const error = errors.decode(given as WireError);
        expect(error).toBeInstanceOf(Error);
        expect(String(error)).toContain(error.message);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('any thrown value encodes to plain data, which a second hop does not change', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const wire = errors.encode(Object.assign(new Error('x'), { details: thrown }));
        const again = errors.encode(errors.decode(wire));
        expect(again).toEqual(wire.name === 'Error' ? { ...wire, fields: { ...wire.fields, statusCode: 500 } } : wire);
        errors.encode(thrown);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
