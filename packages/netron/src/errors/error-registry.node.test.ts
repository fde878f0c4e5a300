import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { inspect, types } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from './error-registry.js';

describe('ErrorRegistry in Node', () => {
  it('A9: errors of the system keep their code, not file, address or port', async () => {
    let missing: unknown;
    try {
      readFileSync('/nowhere/secret.txt');
    } catch (error) {
      missing = error;
    }
    expect(new ErrorRegistry().encode(missing)).toEqual({ name: 'Error', code: 'unknown', message: 'ENOENT: open failed' });
    const refused = await new Promise((resolve) => connect({ port: 1, host: '127.0.0.1' }).on('error', resolve));
    const wire = JSON.stringify(new ErrorRegistry().encode(refused));
    expect(wire).toContain('ECONNREFUSED');
    expect(wire).not.toContain('127.0.0.1');
  });

  it('errors of another realm are errors', () => {
    const wire = new ErrorRegistry().encode(runInNewContext('new TypeError("there")'));
    expect(wire).toEqual({ name: 'TypeError', code: 'unknown', message: 'there' });
  });

  it('restored errors are errors to Node, and printed under their name', () => {
    class ServiceError extends Error {}
    const errors = new ErrorRegistry();
    errors.register(ServiceError);
    const error = errors.decode(errors.encode(new ServiceError('bad input')));
    expect(types.isNativeError(error)).toBe(true);
    expect(inspect(error)).toContain('ServiceError: bad input');
  });
});
