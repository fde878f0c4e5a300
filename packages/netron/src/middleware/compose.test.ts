import { describe, expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { nodeMiddleware } from '../peer/node-middleware.js';
import { defineService } from '../service/declare/define-service.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { Ticker } from '../util/ticker.js';
import type { Call, Handler, Middleware } from './call.js';
import { compose } from './compose.js';
import type { MemberInfo } from './member.js';

const member = { service: 'shop', version: '1.0.0', name: 'buy', kind: 'method' } as MemberInfo;
const handler: Handler = () => 'bought';

describe('middleware in front of a handler', () => {
  it('runs in the order of its list; middleware that returns `next`, and an empty list, cost nothing', () => {
    const named =
      (name: string): Middleware =>
      (next) =>
      (call) =>
        `${name} ${String(next(call))}`;
    expect(compose([named('a'), (next) => next, named('b')], handler, member)({} as Call)).toBe('a b bought');
    expect(compose([(next) => next], handler, member)).toBe(handler);
    expect(compose([], handler, member)).toBe(handler);
  });

  it('that returns no handler is refused with its name', () => {
    const lazy = async (next: Handler): Promise<Handler> => next;
    expect(() => compose([lazy as never], handler, member)).toThrow("middleware 'lazy' must return a handler, not object");
  });

  it('that fails is named, with the member; an error with a code is passed on', () => {
    function broken(): Handler {
      throw new Error('no settings');
    }
    const hooked = ((_context: unknown, next: () => unknown) => next()) as never;
    expect(() => compose([broken], handler, member)).toThrow(
      "middleware 'broken' failed to wrap shop.buy: no settings; expected (next, member) => handler",
    );
    expect(() => compose([hooked], handler, member)).toThrow(/next is not a function.*; expected \(next, member\) => handler$/);
    const coded = new NetronError('failed_precondition', 'no secret');
    const refusing = (): Handler => {
      throw coded;
    };
    expect(() => compose([refusing], handler, member)).toThrow(coded);
  });
});

describe('the middleware of a node and of a service', () => {
  const clock = new VirtualClock();
  const made = (middleware: unknown) => () =>
    nodeMiddleware({ middleware: middleware as never }, { clock, deadlines: new Ticker(clock, 20) });

  it('is refused under an unknown name, and when it is not a list', () => {
    expect(made({ inbound: [] })).toThrow("middleware: unknown list 'inbound'; known: incoming, outgoing");
    expect(made({ incoming: () => handler })).toThrow('middleware.incoming must be an array, not a function');
    expect(made({ incoming: undefined, outgoing: [] })().outgoingChain).toBeUndefined();
    const methods = { buy: () => 'bought' };
    expect(() => defineService({ name: 'shop', methods, middleware: ((next: Handler) => next) as never })).toThrow(
      "service 'shop': middleware must be an array, not a function",
    );
    expect(() => defineService({ name: 'shop', methods, middlewares: [] } as never)).toThrow(
      "service 'shop': unknown key 'middlewares'; known: name, version, methods,",
    );
  });
});
