import { expect, it } from 'vitest';
import { explained } from '../src/plan/output.js';

const raise = (): never => {
  throw new Error('not to be read');
};
const odd: unknown[] = [Object.create(null), new Proxy({}, new Proxy({}, { get: () => raise }))];

it.each([0, 1])('a thrown value without a text is reported, alone and as a cause (%i)', (at) => {
  const thrown = odd[at];
  const text = 'an unprintable value was thrown';
  expect(explained(thrown)).toEqual({ message: text });
  const { message, stack } = explained(new Error('it failed', { cause: thrown }));
  expect(message).toBe('it failed');
  expect(stack).toMatch(new RegExp(`it failed[^]*\\ncaused by: ${text}$`));
});
