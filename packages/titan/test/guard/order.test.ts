import { type Handler, inPlace, type MiddlewareInput } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Cache, Public, RateLimit, RequireRole, TitanService } from '../../src/index.js';
import { as, code, endAll, running } from './callers.js';

afterEach(endAll);

const places = [
  'node',
  'identity',
  'rights',
  'overload',
  'rate',
  'idempotency',
  'cache',
  'validation',
  'policy',
  'service',
  'output',
] as const;

/** A service with a rule at every step, and the places that its calls pass. */
async function stepped() {
  const passed: string[] = [];
  const noted = (step: string) => (next: Handler) => (call: Parameters<Handler>[0]) => {
    passed.push(step);
    return next(call);
  };
  class Steps {
    go(amount: number) {
      passed.push('method');
      return amount < 0 ? ('a non-empty string' as never) : amount;
    }
  }
  Public()(Steps.prototype, 'go');
  RequireRole('admin')(Steps.prototype, 'go');
  RateLimit({ limit: 4, window: 3_600_000 })(Steps.prototype, 'go');
  Cache({ ttl: 60 })(Steps.prototype, 'go');
  TitanService({
    name: 'steps',
    contract: { go: { input: z.number(), output: z.number() } },
    middleware: [noted('middleware of the service')],
  })(Steps);
  const incoming: MiddlewareInput[] = places.map((place) => inPlace(place, noted(place)));
  const app = await running(Steps, { netron: { middleware: { incoming } } });
  const clients = { ada: await as<Steps>(app, 'ada'), bob: await as<Steps>(app, 'bob'), nobody: await as<Steps>(app, undefined) };
  /** Outcome of a call, and the places that it passed. */
  const call = async (who: keyof typeof clients, amount: unknown): Promise<[string, string[]]> => {
    passed.length = 0;
    const outcome = await code(clients[who].go(amount as number));
    return [outcome, [...passed]];
  };
  return call;
}

describe('the order of a call', () => {
  it('is identity, rights, overload, rate, idempotency, cache, validation, the middleware of the service, the method, its result', async () => {
    const call = await stepped();
    const upTo = (last: string) => places.slice(0, places.indexOf(last as (typeof places)[number]) + 1);
    // Rights are asked first: who is refused spends nothing, and learns nothing of arguments.
    for (let turn = 0; turn < 5; turn++) {
      expect(await call('nobody', 'no number')).toEqual(['unauthenticated', upTo('identity')]);
      expect(await call('bob', 'no number')).toEqual(['permission_denied', upTo('identity')]);
    }
    const [first, all] = await call('ada', 1);
    expect([first, all.filter((step) => step !== 'middleware of the service')]).toEqual(['ok', [...places, 'method']]);
    expect(all.indexOf('middleware of the service')).toBeGreaterThan(all.indexOf('validation'));
    expect(all.indexOf('middleware of the service')).toBeLessThan(all.indexOf('method'));
    // What was kept is counted, and nothing behind it is asked.
    expect(await call('ada', 1)).toEqual(['ok', upTo('idempotency')]);
    // Arguments are checked behind the limit and the cache, before the service.
    expect(await call('ada', 'no number')).toEqual(['invalid_argument', upTo('cache')]);
    // A result against its schema is the fault of the service.
    expect((await call('ada', -1))[0]).toBe('internal');
    // The limit comes before what was kept.
    expect(await call('ada', 1)).toEqual(['resource_exhausted', upTo('overload')]);
  });
});
