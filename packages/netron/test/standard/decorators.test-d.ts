import { describe, it } from 'vitest';
import type { CallContext } from '../../src/service/call/context.js';
import { Public, Service, Stream, UseMiddleware } from '../../src/service/declare/decorators.js';

class Handle {
  handle(context: CallContext, next: () => Promise<unknown>): unknown {
    return context.user === undefined ? undefined : next();
  }
}

class NeedsArguments extends Handle {
  constructor(readonly secret: string) {
    super();
  }
}

describe('decorators of the standard dialect', () => {
  it('fit classes and members of all kinds', () => {
    @Service('all@1.0.0')
    @UseMiddleware(Handle, new NeedsArguments('s'), { beforeCall: () => {} }, (next) => (call) => next(call))
    abstract class All<T> {
      protected constructor(readonly item: T) {}
      @Public() accessor field = 1;
      @Public({ readonly: true }) version = '1';
      @Public() get size(): number {
        return 1;
      }
      @Public() @Stream() async *items<U>(_from: U): AsyncGenerator<T> {}
      overloaded(_a: string): string;
      overloaded(_a: number): number;
      @UseMiddleware(Handle) @Public() overloaded(a: string | number): string | number {
        return a;
      }
      @Public({ context: 1 }) who(_name: string, _context: CallContext): void {}
      @Public() // biome-ignore lint/suspicious/noExplicitAny: it may not get in the way
      loose(_value: any): any {}
    }
    void All;
  });

  it('refuse members that cannot be public', () => {
    class Refused {
      // @ts-expect-error a private method
      @Public() #secret(): void {}
      // @ts-expect-error a static member
      @Public() static shared(): void {}
      // @ts-expect-error a symbol
      @Public() [Symbol.iterator](): void {}
      // @ts-expect-error say where the RequestContext goes: @Public({ context: 0 })
      @Public() who(_context: CallContext): void {}
      // @ts-expect-error not an option
      @Public({ readOnly: true }) field = 1;
      @Public() use(): void {
        this.#secret();
      }
    }
    void Refused;
  });

  it('refuse middleware of an unknown shape', () => {
    UseMiddleware(NeedsArguments); // made by the option `construct`
    // @ts-expect-error no middleware
    UseMiddleware('auth');
    // @ts-expect-error no hook of that name
    UseMiddleware({ before: () => {} });
    // @ts-expect-error no option of that name
    Service({ name: 'x', verison: '1.0.0' });
  });
});
