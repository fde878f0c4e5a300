import { describe, expectTypeOf, it } from 'vitest';
import { type AuthContext, Authorize, type Policy } from '../index.js';

describe('policies', () => {
  it('get a known caller and unknown arguments, unless they say more', () => {
    Authorize((caller, ...args) => {
      expectTypeOf(caller).toEqualTypeOf<AuthContext>();
      expectTypeOf(args).toEqualTypeOf<readonly unknown[]>();
      return true;
    });
    Authorize((caller: { userId: string; team: number }, id: string) => caller.team > id.length);
    Authorize(async (caller: AuthContext | undefined) => caller?.userId === 'ada');
    expectTypeOf<Parameters<Policy>>().toEqualTypeOf<[caller: AuthContext, ...args: unknown[]]>();
  });
  it('answer yes or no', () => {
    // @ts-expect-error a policy says true or false
    Authorize(() => 'yes');
  });
});
