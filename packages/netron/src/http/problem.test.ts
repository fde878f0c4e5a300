import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../errors/error-registry.js';
import { CircuitOpenError, NotFoundError, ValidationError } from '../errors/named-errors.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { RemoteError } from '../errors/remote-error.js';
import { readProblem, reportedOutcome, writeProblem } from './problem.js';

const errors = new ErrorRegistry();

describe('problem details', () => {
  it('contain type, title, status, detail, code, name and outcome', () => {
    const { status, body } = writeProblem(new NotFoundError('no user 7'), { errors, outcome: 'not_run' });
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({
      type: 'urn:netron:not_found',
      title: 'Not found',
      status: 404,
      detail: 'no user 7',
      code: 'not_found',
      name: 'NotFoundError',
      outcome: 'not_run',
    });
  });

  it.each([
    ['not_run', 'not_run'],
    ['unknown', 'unknown'],
    ['ran', undefined],
  ] as const)('say of a call what is known of it: %s', (outcome, told) => {
    const error = withOutcome(new NetronError('canceled', 'the node was stopped'), outcome);
    expect(reportedOutcome(error)).toBe(told);
    const { status, body } = writeProblem(error, { errors, outcome: reportedOutcome(error) });
    expect(readProblem(body, status, errors).outcome).toBe(told);
    expect(readProblem(body.replace(/"outcome":"[^"]*"/, '"outcome":"else"'), status, errors).outcome).toBeUndefined();
  });

  it('behaviour 51: fields, cause, code and status of a registered class arrive, dates as dates', () => {
    class OrderError extends Error {
      override name = 'OrderError';
      readonly statusCode = 422;
      readonly code = 'ORDER_CLOSED';
      constructor(
        readonly order: string,
        readonly closed: Date,
        options?: ErrorOptions,
      ) {
        super(`order ${order} is closed`, options);
      }
    }
    const own = new ErrorRegistry();
    own.register(OrderError);
    const { status, body } = writeProblem(new OrderError('a7', new Date(9), { cause: new ValidationError('late') }), {
      errors: own,
    });
    expect(status).toBe(422);
    const { error, known, outcome } = readProblem(body, status, own);
    expect(known).toBe(true);
    expect(outcome).toBeUndefined();
    expect(error).toBeInstanceOf(OrderError);
    expect(error).toMatchObject({ code: 'ORDER_CLOSED', order: 'a7', closed: new Date(9), message: 'order a7 is closed' });
    expect(error.cause).toBeInstanceOf(ValidationError);
  });

  it('behaviour 51: the status is always an error status', () => {
    for (const status of [0, 99, 200, 302, 600, 1e9, Number.NaN]) {
      expect(writeProblem(Object.assign(new Error('x'), { status }), { errors }).status).toBe(500);
    }
    expect(writeProblem(new CircuitOpenError(), { errors }).status).toBe(503);
  });

  it('A9: contain no stack, no path and no thrown value that is not an error', () => {
    const { body } = writeProblem(new Error('cannot open /etc/passwd'), { errors });
    expect(body).not.toContain('/etc');
    expect(body).not.toContain('problem.test');
    expect(JSON.parse(writeProblem('secret', { errors }).body).detail).toBe('thrown value is not an error but a string');
  });

  it('are read from any body', () => {
    for (const body of [
      '',
      '<html>502 Bad Gateway</html>',
      '[]',
      'null',
      '{"code":7}',
      '{"code":"x","t":[["d","nowhere"]]}',
      '{"__proto__":1}',
    ]) {
      const { error, known, outcome } = readProblem(body, 502, errors);
      expect(error, body).toBeInstanceOf(NetronError);
      expect(error).toMatchObject({ code: 'unavailable' });
      expect(known).toBe(false);
      expect(outcome).toBeUndefined();
    }
    const wrong = '{"code":7.5,"name":{},"detail":[],"fields":"x","cause":1}'.replace('7.5', '"made_up"');
    expect(readProblem(wrong, 500, errors).error).toBeInstanceOf(RemoteError);
  });

  it('keep retryAfterMs and details', () => {
    const { status, body } = writeProblem(
      new NetronError('resource_exhausted', 'slow down', { retryAfterMs: 1_500, details: { a: [1n] } }),
      { errors },
    );
    expect(status).toBe(429);
    expect(readProblem(body, status, errors).error).toMatchObject({
      retryAfterMs: 1_500,
      details: { a: [1n] },
      code: 'resource_exhausted',
    });
  });
});
