import { describe, expect, it } from 'vitest';
import { toMiddleware } from './adapt.js';
import type { Call, Handler, Middleware } from './call.js';
import { compose } from './compose.js';
import { plainMember } from './member.js';

const call = { service: 'calc', method: 'add', args: [2, 3], headers: {}, user: undefined } as unknown as Call;
const member = plainMember('calc', 'add');
const add: Handler = ({ args }) => (args as number[]).reduce((sum, n) => sum + n, 0);

function error(action: () => unknown): unknown {
  try {
    return action();
  } catch (caught) {
    return caught;
  }
}

describe('compose', () => {
  it('makes the first middleware the outermost', () => {
    const log: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      (given) => {
        log.push(`${name} before`);
        const result = next(given);
        log.push(`${name} after`);
        return result;
      };
    expect(compose([named('a'), named('b')], add, member)(call)).toBe(5);
    expect(log).toEqual(['a before', 'b before', 'b after', 'a after']);
  });

  it('wraps once, when composed, and costs nothing without middleware', () => {
    let wrapped = 0;
    const handler = compose(
      [
        (next) => {
          wrapped += 1;
          return next;
        },
      ],
      add,
      member,
    );
    handler(call);
    handler(call);
    expect(wrapped).toBe(1);
    expect(compose([], add, member)).toBe(add);
  });

  it('refuses a middleware that returns no handler', () => {
    const broken = (() => undefined) as unknown as Middleware;
    expect(() => compose([broken], add, member)).toThrow(/'broken' must return a handler/);
  });
});

describe('toMiddleware', () => {
  it('accepts a function unchanged', () => {
    const middleware: Middleware = (next) => next;
    expect(toMiddleware(middleware)).toBe(middleware);
  });

  it('MW-03: accepts an object with handle, and a class of such objects, which is constructed once', async () => {
    let made = 0;
    class AuthMiddleware {
      constructor() {
        made += 1;
      }
      async handle(context: Call, next: () => Promise<unknown>) {
        context.user = 'ann';
        return Number(await next()) * 10;
      }
    }
    for (const input of [AuthMiddleware, new AuthMiddleware()]) {
      const given = { ...call } as Call;
      const handler = compose([toMiddleware(input)], add, member);
      expect(await handler(given)).toBe(50);
      await handler(given);
      expect(given.user).toBe('ann');
    }
    expect(made).toBe(2);
  });

  it('gives handle a next that returns a promise, also for a handler that returns or throws synchronously', async () => {
    const seen: unknown[] = [];
    const object = {
      handle: (_context: Call, next: () => Promise<unknown>) =>
        next().then(
          (value) => value,
          (caught: Error) => caught.message,
        ),
    };
    seen.push(await compose([toMiddleware(object)], add, member)(call));
    const fail = () => {
      throw new Error('at once');
    };
    seen.push(await compose([toMiddleware(object)], fail, member)(call));
    expect(seen).toEqual([5, 'at once']);
  });

  it('lets handle answer without calling next, or call it twice', async () => {
    let calls = 0;
    const flaky: Handler = async () => {
      calls += 1;
      if (calls === 1) throw new Error('flaky');
      return 'second';
    };
    const retry = { handle: (_context: Call, next: () => Promise<unknown>) => next().catch(() => next()) };
    expect(await compose([toMiddleware(retry)], flaky, member)(call)).toBe('second');
    expect(await compose([toMiddleware({ handle: () => 'cached' })], flaky, member)(call)).toBe('cached');
    expect(calls).toBe(2);
  });

  describe('MW-01: hooks', () => {
    function traced(over: object = {}) {
      const log: unknown[] = [];
      const hooks = {
        beforeCall: () => void log.push('before'),
        afterCall: (_call: Call, result: unknown) => void log.push(`after ${result}`),
        onError: (_call: Call, caught: unknown) => void log.push(`error ${(caught as Error).message}`),
        ...over,
      };
      return { log, run: (handler: Handler) => compose([toMiddleware(hooks)], handler, member)(call) };
    }
    const throwing = (text: string) => () => {
      throw new Error(text);
    };
    const rejecting = (text: string) => () => Promise.reject(new Error(text));

    it('run before and after the call; a synchronous call stays synchronous', () => {
      const { log, run } = traced();
      expect(run(add)).toBe(5);
      expect(log).toEqual(['before', 'after 5']);
    });

    it('run in order around asynchronous handlers, and when they are asynchronous themselves', async () => {
      const { log, run } = traced();
      expect(await run(async (given) => add(given))).toBe(5);
      expect(log.splice(0)).toEqual(['before', 'after 5']);
      const slow = traced({
        beforeCall: async () => {
          await Promise.resolve();
          log.push('slow before');
        },
        afterCall: async () => {
          await Promise.resolve();
          log.push('slow after');
        },
      });
      expect(
        await slow.run((given) => {
          log.push('call');
          return add(given);
        }),
      ).toBe(5);
      expect(log).toEqual(['slow before', 'call', 'slow after']);
    });

    it('onError gets an error once, and the caller gets the same error', async () => {
      for (const failing of [throwing, rejecting]) {
        const { log, run } = traced();
        const caught = await Promise.resolve(error(() => run(failing('down')))).catch((rejected: unknown) => rejected);
        expect(caught).toMatchObject({ message: 'down' });
        expect(log).toEqual(['before', 'error down']);
      }
    });

    it('a beforeCall that fails stops the call', async () => {
      for (const failing of [throwing, rejecting]) {
        let ran = false;
        const { log, run } = traced({ beforeCall: failing('denied') });
        const handler = () => {
          ran = true;
        };
        const caught = await Promise.resolve(error(() => run(handler))).catch((rejected: unknown) => rejected);
        expect(caught).toMatchObject({ message: 'denied' });
        expect([ran, log]).toEqual([false, ['error denied']]);
      }
    });

    it('an afterCall that fails fails the call', async () => {
      const { log, run } = traced({ afterCall: rejecting('after') });
      await expect(run(add)).rejects.toThrow('after');
      expect(log).toEqual(['before', 'error after']);
    });

    it('an onError that fails replaces the error', async () => {
      await expect(traced({ onError: rejecting('translated') }).run(rejecting('raw'))).rejects.toThrow('translated');
      expect(error(() => traced({ onError: throwing('translated') }).run(throwing('raw')))).toMatchObject({
        message: 'translated',
      });
    });

    it('may be a class, and every hook is optional', async () => {
      class Only {
        static seen: unknown[] = [];
        afterCall(_context: Call, result: unknown) {
          Only.seen.push(result);
        }
      }
      expect(compose([toMiddleware(Only)], add, member)(call)).toBe(5);
      expect(Only.seen).toEqual([5]);
      expect(compose([toMiddleware({ beforeCall() {} })], add, member)(call)).toBe(5);
    });
  });

  it('refuses any other value with a reason', () => {
    class Empty {}
    class Needs {
      constructor(readonly service: object) {}
      handle() {}
    }
    const wrong: [unknown, RegExp][] = [
      [undefined, /undefined is not middleware/],
      [null, /null is not middleware/],
      ['auth', /string is not middleware/],
      [{}, /not middleware: expected \(next, member\)/],
      [{ beforeCall: 'x' }, /not middleware/],
      [Empty, /class 'Empty' is not middleware/],
      [Needs, /class 'Needs' requires constructor arguments: pass an instance/],
      [function three(_context: unknown, _next: unknown, _more: unknown) {}, /'three' has 3 parameters/],
    ];
    for (const [input, message] of wrong) expect(() => toMiddleware(input as never)).toThrow(message);
  });
});
