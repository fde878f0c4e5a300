/** Errors that know too much: what their answers must not tell, whichever door they leave by. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { NetronError } from '../../src/index.js';

export const secret = 'hunter2';
export const path = '/srv/app/private/users.ts';

/** Methods that throw errors as they are really thrown. */
export const thrown: Record<string, () => unknown> = {
  plain: () => {
    throw new Error(`reading ${path} failed`);
  },
  cause: () => {
    throw new NetronError('internal', 'declared', { cause: new Error(`${secret} in ${path}`) });
  },
  causeOfPlain: () => {
    throw new Error('outer', { cause: new Error(`${secret} in ${path}`) });
  },
  typeError: () => (undefined as unknown as { x: number }).x,
  later: async () => {
    await null;
    throw Object.assign(new Error('with fields'), { password: secret, file: path, stack: `at ${path}` });
  },
  system: () => readFile(path),
  text: () => {
    throw `${secret} at ${path}`;
  },
  object: () => {
    throw { secret, path };
  },
  hostile: () => {
    throw Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error(secret);
      },
    });
  },
  aggregate: () => {
    throw new AggregateError([new Error(secret)], 'several');
  },
  stream: async function* () {
    yield 1;
    throw new Error(`while ${path} was read`, { cause: secret });
  },
  textOfStream: async function* () {
    yield 1;
    throw secret;
  },
  unsendable: () => ({ token: Symbol(secret) }),
  notUnderstood: () => JSON.parse('{ bad'),
};

const forbidden = [secret, path, 'node_modules', 'file:/', import.meta.dirname, '.ts:', '\n    at '];

/** Fails when an answer tells what is nobody's business. */
export function expectNothingIn(bytes: string, why: string): void {
  for (const word of forbidden) expect(bytes.includes(word), `${why} tells ${JSON.stringify(word)}`).toBe(false);
}
