/** Stores that nodes share and that do not answer: nobody waits for them longer than they may. */
import { setImmediate } from 'node:timers/promises';
import { type Call, type Handler, inPlace, NetronError, outcomeOf, withOptions } from '@omnitron-dev/netron';
import { writeJson } from '@omnitron-dev/netron/http/client';
import { afterEach, expect, it, vi } from 'vitest';
import {
  type CallLimiter,
  createApp,
  defineTitanService,
  Public,
  ResultCache,
  type ResultStore,
  type StoredResult,
  TitanService,
} from '../../src/index.js';
import { endAll, running } from './callers.js';

const pauseTime = () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
afterEach(() => void vi.useRealTimers());
afterEach(endAll);

const kept = (value: unknown): StoredResult => ({ text: writeJson(value, { rich: true }) });

/** A store that answers when `answer` is called, or never. */
function silentStore() {
  const waiting: ((answer: StoredResult) => void)[] = [];
  const released: string[] = [];
  const never = () => new Promise<never>(() => {});
  const store: ResultStore = {
    get: () => new Promise((resolve) => void waiting.push(resolve)),
    set: never,
    release: async (_key, ticket) => void released.push(ticket),
    invalidate: never,
  };
  return { store, waiting, released };
}

it('a result is made anew when its store does not answer in time; one call at a time asks again', async () => {
  pauseTime();
  const { store, waiting, released } = silentStore();
  const failures: unknown[] = [];
  const cache = new ResultCache({ store, storeTimeout: 100, onError: (error) => failures.push(error) });
  const get = (key: string) => cache.get('scope', key, 60, ['tag'], () => `made ${key}`);
  const first = get('a');
  await vi.advanceTimersByTimeAsync(100);
  expect(await first).toBe('made a');
  expect(await get('b')).toBe('made b');
  await vi.advanceTimersByTimeAsync(1_000);
  const probe = get('c');
  expect(await get('d')).toBe('made d');
  expect([waiting.length, failures.length]).toEqual([2, 1]);
  waiting[1]!(kept('kept'));
  expect(await probe).toBe('kept');
  // It works again, and a turn that came too late goes back.
  waiting[0]!({ ticket: 'late' });
  const next = get('e');
  expect(waiting).toHaveLength(3);
  waiting[2]!(kept('kept, too'));
  expect([await next, released]).toEqual(['kept, too', ['late']]);
  const broken = get('f');
  waiting[3]!({ text: 'no result' });
  expect([await broken, failures.length]).toEqual(['made f', 2]);
});

it('neither a result nor an invalidation waits for ever for a store to take it', async () => {
  pauseTime();
  const { store, waiting } = silentStore();
  const cache = new ResultCache({ store });
  const made = cache.get('scope', 'a', 60, ['tag'], () => 'made');
  waiting[0]!({ ticket: 'mine' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await made).toBe('made');
  const done = cache.invalidate('tag');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await done).toBeUndefined();
});

it('a node counts by itself while the shared limiter does not answer', async () => {
  let asked = () => {};
  const question = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const limiter: CallLimiter = {
    checkLimit() {
      asked();
      return new Promise(() => {});
    },
  };
  const lines: string[] = [];
  const app = createApp({
    signals: false,
    logger: { destination: { write: (line) => void lines.push(line) } },
    config: { netron: { transports: {}, server: false, healthPort: false } },
    security: { rateLimit: () => limiter },
  });
  const service = defineTitanService({
    name: 'numbers',
    contract: { one: {} },
    options: { one: { rateLimit: { limit: 2, window: 60_000 } } },
    methods: { one: () => 1 },
  });
  await app.service(service).start();
  const numbers = app.connectToService<{ one(): number }>('numbers');
  pauseTime();
  const first = numbers.one();
  await question;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([await first, await numbers.one()]).toEqual([1, 1]);
  await expect(numbers.one()).rejects.toMatchObject({ code: 'resource_exhausted' });
  expect(lines.filter((line) => line.includes('counting on this node only'))).toHaveLength(1);
  vi.useRealTimers();
  await app.stop();
});

it('a caller that gives up while another node may make the result does not know whether it ran; before and after that, it did not', async () => {
  const { store, waiting } = silentStore();
  let ran = 0;
  class Prices {
    get() {
      ran += 1;
      return ran;
    }
  }
  Public({ cache: { ttl: 60, shared: true } })(Prices.prototype, 'get');
  TitanService({ name: 'prices' })(Prices);
  let refuses = false;
  const refuse = inPlace('policy', (next: Handler) => (call: Call) => {
    if (refuses) throw new NetronError('unavailable', 'the table is away');
    return next(call);
  });
  const app = await running(Prices, { cache: { store }, netron: { middleware: { incoming: [refuse] } } });
  const local = await app.netron!.peer.queryInterface<Prices>('prices');
  const outcome = (made: Promise<unknown>) => made.then((value) => value, outcomeOf);
  const leaves = async () => {
    const end = new AbortController();
    const left = outcome(withOptions(local, { signal: end.signal }).get());
    await setImmediate();
    end.abort();
    return left;
  };
  // The first asks the store, the second waits with it.
  expect([await leaves(), await leaves(), waiting.length, ran]).toEqual(['unknown', 'unknown', 1, 0]);
  refuses = true;
  const refused = outcome(local.get());
  waiting.pop()!({ ticket: 'of a call that nobody waits for' });
  await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 60_000 });
  waiting.pop()!({ ticket: 'its own' });
  expect([await refused, ran]).toEqual(['not_run', 0]);
  refuses = false;
  const answered = outcome(local.get());
  await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 60_000 });
  waiting.pop()!(kept(5));
  expect([await answered, ran]).toEqual([5, 0]);
});
