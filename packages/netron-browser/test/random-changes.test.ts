/** Random reads, changes, users and invalidations at random times: in the end, queries show the data of the server and of their user. */
import { expect, it, vi } from 'vitest';
import { HttpCacheManager, HttpRemotePeer } from '../src/index.js';
import { TestClock } from './clock.js';
import { FakeServer, ok, problem } from './fake-server.js';

interface Numbers {
  list(rest: number): Promise<number[]>;
  add(value: number): Promise<void>;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const users = ['ada', 'bob', 'ada b'] as const;
const jwt = (sub: string, n: number) => `x.${btoa(JSON.stringify({ sub, n })).replaceAll('=', '')}.y`;
const userOf = (headers: Headers) =>
  (JSON.parse(atob(headers.get('authorization')?.split('.')[1] ?? '')) as { readonly sub: string }).sub;

/** Even numbers, odd ones, or all. */
const some = (numbers: readonly number[], rest: number) => numbers.filter((value) => rest === 2 || value % 2 === rest);

/** Runs one schedule and returns what each query shows, what its listeners have seen last, and what it should show. */
async function run(seed: number): Promise<readonly [shown: unknown, seen: unknown, expected: unknown][]> {
  let state = seed;
  const pick = (count: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >> 8) % count;
  };
  const pause = async () => {
    for (let turns = pick(5); turns > 0; turns--) await turn();
  };
  const numbers = new Map<string, number[]>(users.map((user) => [user, []]));
  const server = new FakeServer();
  // Tags of the member, or of each answer.
  const declares = pick(2) === 0;
  const reads = { ttl: 60 * pick(2), ...(declares && { tags: ['numbers'] }) };
  server.on('values.list', { safe: true, cache: reads }, async ({ headers, args: [rest] }) => {
    const isLate = pick(2) === 0;
    if (isLate) await pause();
    const found = some(numbers.get(userOf(headers))!, rest as number);
    if (!isLate) await pause();
    return ok(found, declares ? {} : { 'netron-tags': 'numbers' });
  });
  server.on('values.add', { idempotent: true }, async ({ headers, args: [value] }) => {
    await pause();
    if (pick(4) === 0) return problem(400, 'invalid_argument', 'no');
    numbers.get(userOf(headers))!.push(value as number);
    return pause();
  });
  const clock = new TestClock();
  const cache = new HttpCacheManager({ clock, maxEntries: pick(3) === 0 ? 2 : 1_000 });
  let tokens = 0;
  let user: string = users[0];
  const peer = new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, cache, token: jwt(user, tokens++) });
  const values = (await peer.queryFluentInterface<Numbers>('values')).invalidateOn(['numbers']);
  const queries: { readonly rest: number; readonly query: ReturnType<typeof watch>; seen: unknown }[] = [];
  const watch = (rest: number) => peer.watch<Numbers, 'list'>('values', 'list', [rest], { cache: { maxAge: 60_000 * pick(2) } });
  const settled: Promise<unknown>[] = [];
  // Changes may be refused, and reads may be those of a user who has left.
  const waitFor = (call: Promise<unknown>) => void settled.push(call.catch(() => {}));
  const change = (value: number) => {
    const how = pick(3);
    const add = (current: number[] | undefined) => current && [...current, value];
    if (how === 0) return values.add(value);
    if (how === 1) return values.optimistic(add as never).add(value);
    const rest = pick(3);
    const isOf = rest === 2 || value % 2 === rest;
    return values.optimistic({ method: 'list', args: [rest] }, ((now: number[]) => (isOf ? add(now) : now)) as never).add(value);
  };
  for (let step = 0; step < 30; step++) {
    const kind = pick(9);
    if (kind === 0) {
      user = users[pick(3)] as string;
      const token = jwt(user, tokens++);
      peer.setToken([token, () => token, () => pause().then(() => token)][pick(3)]);
    } else if (kind === 1) {
      const rest = pick(3);
      const query = watch(rest);
      const shown: (typeof queries)[number] = { rest, query, seen: undefined };
      const see = () => {
        shown.seen = [query.data, query.error, query.fetching];
      };
      query.subscribe(see);
      see();
      queries.push(shown);
    } else if (kind === 2) queries.splice(pick(3), 1)[0]?.query[Symbol.dispose]();
    else if (kind === 3) waitFor(peer.queryFluentInterface<Numbers>('values').then((service) => service.list(pick(3))));
    else if (kind < 6) waitFor(change(pick(200)));
    else if (kind === 6) cache.invalidate('numbers');
    else await turn();
  }
  await Promise.all(settled);
  for (let turns = 0; turns < 40; turns++) await turn();
  const results = queries.map(({ rest, query, seen }): [unknown, unknown, unknown] => {
    const expected = [some(numbers.get(user)!, rest), undefined, false];
    return [[query.data, query.error, query.fetching], seen, expected];
  });
  await peer.close();
  return results;
}

it.each([1, 2, 3, 4])('queries end with the data of the server, and of their user (%i)', async (part) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  let checked = 0;
  for (let seed = part * 1_000; seed < part * 1_000 + 150; seed++) {
    for (const [shown, seen, expected] of await run(seed)) {
      expect([seed, shown, seen]).toEqual([seed, expected, expected]);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(150);
  vi.restoreAllMocks();
});
