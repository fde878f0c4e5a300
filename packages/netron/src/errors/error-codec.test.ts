import { describe, expect, it } from 'vitest';
import { createErrorCodec, httpStatusOf, NetronError, NotFoundError, outcomeOf } from '../index.js';
import { withOutcome } from './outcome.js';

class Broke extends Error {
  override readonly name = 'Broke';
  readonly amount: number;

  constructor(amount: number) {
    super(`${amount} is too much`);
    this.amount = amount;
  }
}

describe('createErrorCodec', () => {
  it('encodes and decodes errors: named errors always, others when they are registered', () => {
    const codec = createErrorCodec([[Broke, { code: 'PAYMENT', fields: ['amount'] }]]);
    const broke = codec.encode(new Broke(7));
    expect(broke).toEqual({ name: 'Broke', code: 'PAYMENT', message: '7 is too much', fields: { amount: 7 } });
    expect(codec.decode(broke)).toBeInstanceOf(Broke);
    expect(codec.decode(codec.encode(new NotFoundError('no user')))).toBeInstanceOf(NotFoundError);
    expect(createErrorCodec().decode(broke)).toMatchObject({ name: 'Broke', code: 'PAYMENT', amount: 7 });
    expect(() => createErrorCodec([Object as never])).toThrow(TypeError);
  });

  it("HTTP status: the error's own, else that of its code, else 500", () => {
    const codec = createErrorCodec();
    const statusOf = (error: unknown) => httpStatusOf(codec.encode(error));
    expect(statusOf(new NetronError('unauthenticated', 'x'))).toBe(401);
    expect(statusOf(new RangeError('x'))).toBe(500);
    expect(statusOf(Object.assign(new Error('x'), { statusCode: 418 }))).toBe(418);
    expect(httpStatusOf({ code: 'PAYMENT' })).toBe(500);
    expect(httpStatusOf({ code: 'not_found', fields: { status: 99 } })).toBe(404);
  });
});

describe('outcome', () => {
  it('is set on errors but neither printed nor encoded', () => {
    const error = withOutcome(new NetronError('unavailable', 'x'), 'not_run');
    expect(error.outcome).toBe('not_run');
    expect(Object.keys(error)).not.toContain('outcome');
    expect(createErrorCodec().encode(error).fields).toBeUndefined();
    expect(outcomeOf(withOutcome(error, 'ran'))).toBe('ran');
  });

  it('is left out where it cannot be set', () => {
    expect(outcomeOf(withOutcome('text', 'ran'))).toBeUndefined();
    expect(outcomeOf(withOutcome(Object.freeze(new Error('x')), 'ran'))).toBeUndefined();
    expect(outcomeOf(Object.assign(new Error('x'), { outcome: 'mine' }))).toBeUndefined();
  });
});
