import { expectTypeOf, it } from 'vitest';
import { ErrorRegistry } from './error-registry.js';
import { NotFoundError } from './named-errors.js';
import type { NetronError } from './netron-error.js';
import { safe } from './safe.js';

it('safe tells value and error apart', async () => {
  const result = await safe(Promise.resolve(5));
  if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
  else expectTypeOf(result.error).toEqualTypeOf<unknown>();
  const typed = await safe<number, NetronError>(Promise.resolve(5));
  if (!typed.ok) expectTypeOf(typed.error).toEqualTypeOf<NetronError>();
});

it('register accepts error classes with any constructor parameters', () => {
  const errors = new ErrorRegistry();
  errors.register(
    class extends Error {
      constructor(readonly input: { size: number }) {
        super(`${input.size}`);
      }
    },
  );
  errors.register(NotFoundError, { restore: () => new NotFoundError() });
  // @ts-expect-error an object that is no error
  errors.register(class {});
  // @ts-expect-error restore builds another class
  errors.register(NotFoundError, { restore: () => new Error('x') });
});
