import { expectTypeOf, it } from 'vitest';
import { toMiddleware } from './adapt.js';
import type { Call, Middleware } from './call.js';
import type { NetronMiddleware } from './shapes.js';

it('every shape of middleware is accepted, others are not', () => {
  class Hooks implements NetronMiddleware {
    async beforeCall(context: Call): Promise<void> {
      expectTypeOf(context.headers.authorization).toEqualTypeOf<string | undefined>();
      context.user = { id: 1 };
    }
    async afterCall(_context: Call, _result: unknown): Promise<void> {}
    async onError(_context: Call, _error: unknown): Promise<void> {}
  }
  class OutgoingChain {
    async handle(context: Call, next: () => Promise<unknown>) {
      context.user = context.headers.authorization;
      return await next();
    }
  }
  expectTypeOf(toMiddleware(Hooks)).toEqualTypeOf<Middleware>();
  toMiddleware(new Hooks());
  toMiddleware(OutgoingChain);
  toMiddleware(new OutgoingChain());
  toMiddleware((next) => (call) => next(call));
  class Needs {
    constructor(readonly key: string) {}
    handle() {}
  }
  toMiddleware(new Needs('k'));
  toMiddleware(Needs);
  // @ts-expect-error a text
  toMiddleware('auth');
});
