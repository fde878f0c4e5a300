import { describe, expect, it } from 'vitest';
import { richReader, richWriter } from '../wire/rich-values.js';
import { readValue } from '../wire/value-reader.js';
import { writeThrown, writeValue } from '../wire/value-writer.js';
import type { Writer } from '../wire/writer.js';
import { ErrorRegistry } from './error-registry.js';
import { NotFoundError } from './named-errors.js';
import { RemoteError } from './remote-error.js';

const errors = new ErrorRegistry();

function travel<T>(value: T, write = writeValue as (writer: Writer, value: unknown) => void): T {
  const writer = Object.assign(richWriter(0), { errors });
  write(writer, value);
  const reader = Object.assign(richReader(), { errors });
  reader.load(writer.buffer.subarray(0, writer.position));
  return readValue(reader) as T;
}

const natives = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;

describe('errors as data', () => {
  it('arrive as instances of their classes, without added fields', () => {
    for (const Class of natives) {
      const error = travel(new Class('wrong'));
      expect(error).toBeInstanceOf(Class);
      expect(Object.getPrototypeOf(error)).toBe(Class.prototype);
      expect(error).not.toBeInstanceOf(RemoteError);
      expect(error).toStrictEqual(new Class('wrong'));
      expect(Object.keys(error)).toEqual([]);
      expect('code' in error).toBe(false);
      expect(error.stack).toBe(`${Class.name}: wrong\n    at a remote peer`);
    }
  });

  it('carry their causes of any kind and the errors of an AggregateError', () => {
    const error = travel(new TypeError('a', { cause: new RangeError('b', { cause: { id: 1 } }) }));
    expect(error.cause).toBeInstanceOf(RangeError);
    expect((error.cause as Error).cause).toEqual({ id: 1 });
    const several = travel(new AggregateError([new TypeError('a'), 'text', new AggregateError([])], 'both'));
    expect(several).toBeInstanceOf(AggregateError);
    expect(several.errors).toStrictEqual([new TypeError('a'), 'text', new AggregateError([])]);
    expect(Object.keys(several)).toEqual([]);
  });

  it('keep their fields; a numeric code stays a number', () => {
    class MongoError extends Error {
      override name = 'MongoError';
      code = 11000;
      keyPattern = { email: 1 };
    }
    class Narrow extends RangeError {
      left = 3;
    }
    const error = travel(new MongoError('duplicate'));
    expect(error).toMatchObject({ name: 'MongoError', code: 11000, keyPattern: { email: 1 }, message: 'duplicate' });
    expect('statusCode' in error).toBe(false);
    const narrow = travel(new Narrow('narrow'));
    expect(narrow).toBeInstanceOf(RangeError);
    expect(narrow.left).toBe(3);
  });

  it('of registered classes arrive as instances of them', () => {
    expect(travel(new NotFoundError('none'))).toBeInstanceOf(NotFoundError);
  });

  it('with a value that cannot be sent fail with its path', () => {
    expect(() => travel([new AggregateError([Symbol('x')])])).toThrow('value[0].fields.errors[0] is a symbol');
  });

  it('with a cycle of causes are cut', () => {
    const error = new Error('round');
    error.cause = error;
    let depth = 0;
    for (let at: unknown = travel(error); at instanceof Error; at = at.cause) depth += 1;
    expect(depth).toBe(9);
  });
});

describe('errors that were thrown', () => {
  it('are instances of the built-in classes, too', () => {
    for (const Class of natives) {
      const error = travel(new Class('wrong'), writeThrown);
      expect(error).toBeInstanceOf(Class);
      expect(error).toBeInstanceOf(RemoteError);
      expect(error).toMatchObject({ name: Class.name, code: 'unknown', statusCode: 500, message: 'wrong' });
    }
    const late = travel(
      new (class TooLate extends RangeError {
        override name = 'TooLate';
      })('late'),
      writeThrown,
    );
    expect(late).toBeInstanceOf(RangeError);
    expect(late.name).toBe('TooLate');
  });

  it('A9: carry no undeclared fields, no causes and no errors of an AggregateError', () => {
    const error = Object.assign(new TypeError('outer', { cause: new Error('secret') }), { password: 'secret', code: 11000 });
    expect(travel(error, writeThrown)).toMatchObject({ code: 11000 });
    const several = travel(new AggregateError([new Error('secret')], 'several'), writeThrown);
    expect(several).toBeInstanceOf(AggregateError);
    expect(several.errors).toEqual([]);
    for (const given of [error, new AggregateError([new Error('secret')])]) {
      const writer = Object.assign(richWriter(0), { errors });
      writeThrown(writer, given);
      expect(Buffer.from(writer.buffer.subarray(0, writer.position)).toString('latin1')).not.toContain('secret');
    }
  });

  it('RemoteError matches no error of another class', () => {
    class Mine extends RemoteError {}
    expect(new RemoteError({ name: 'A', code: 'B', message: 'c' })).not.toBeInstanceOf(Mine);
    for (const value of [null, undefined, 1, {}, new Error('x')]) expect(value).not.toBeInstanceOf(RemoteError);
  });
});
