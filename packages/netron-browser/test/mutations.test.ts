import { describe, expect, it, vi } from 'vitest';
import { HttpRemotePeer, type RecordWrites, withOptions } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { FakeServer, gate, problem } from './fake-server.js';

interface Todo {
  id: number;
  text: string;
}

interface Todos {
  list(): Promise<Todo[]>;
  add(text: string): Promise<void>;
  get(id: number): Promise<Todo | undefined>;
}

function setup(recordWrites?: RecordWrites) {
  const server = new FakeServer();
  const clock = new TestClock();
  const stored: Todo[] = [{ id: 1, text: 'one' }];
  let hold: Promise<'ok' | 'fail'> | undefined;
  server
    .on('todos.list', { cache: { ttl: 60, tags: ['todos'] } }, () => structuredClone(stored))
    .on('todos.get', { cache: { ttl: 60, tags: ['todos'] } }, ({ args }) => stored.find(({ id }) => id === args[0]))
    .on('todos.add', { invalidates: ['todos'] }, async ({ args }) => {
      if ((await hold) === 'fail') return problem(409, 'aborted', 'no');
      stored.push({ id: stored.length + 1, text: args[0] as string });
    });
  const peer = new HttpRemotePeer('https://a.example', { fetch: server.fetch, clock, ...(recordWrites && { recordWrites }) });
  return {
    server,
    clock,
    peer,
    stored,
    hold: (until: Promise<'ok' | 'fail'> | undefined) => {
      hold = until;
    },
  };
}

const append = (current: Todo[] | undefined, text: string): Todo[] => [...(current ?? []), { id: -1, text }];

describe('optimistic updates', () => {
  it('are shown at once, and replaced by the answer of the server', async () => {
    const { peer, hold } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    const query = peer.watch<Todos, 'list'>('todos', 'list', []);
    await turns();
    const held = gate<'ok' | 'fail'>();
    hold(held.promise);
    const adding = todos.optimistic(append).invalidateOn(['todos']).add('two');
    await turns();
    expect(query.data?.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(query.data?.[1]?.id).toBe(-1);
    held.open('ok');
    await adding;
    await turns();
    expect(query.data).toEqual([
      { id: 1, text: 'one' },
      { id: 2, text: 'two' },
    ]);
    await peer.close();
  });

  it('that set an item by its key show it once; updates that append show it twice until the next answer', async () => {
    const { peer, stored, hold } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    const query = peer.watch<Todos, 'list'>('todos', 'list', []);
    const put = (current: Todo[] | undefined, text: string) =>
      current?.some((todo) => todo.text === text) ? current : append(current, text);
    const shown = () => query.data?.map(({ text }) => text);
    await turns();
    for (const [update, text, early] of [
      [append, 'a', ['a', 'a']],
      [put, 'b', ['b']],
    ] as const) {
      const held = gate<'ok' | 'fail'>();
      hold(held.promise);
      const adding = todos.optimistic(update).invalidateOn(['todos']).add(text);
      await turns();
      // The server has made the change but not answered yet: a read in the meantime shows it.
      stored.push({ id: 9, text });
      await query.refetch();
      expect(shown()?.filter((each) => each === text)).toEqual(early);
      stored.pop();
      held.open('ok');
      await adding;
      await turns();
      expect(shown()?.filter((each) => each === text)).toEqual([text]);
    }
    await peer.close();
  });

  it('are followed by one fetch of each read on display, whatever invalidates it', async () => {
    const { peer, server } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    const queries = [peer.watch<Todos, 'list'>('todos', 'list', []), peer.watch<Todos, 'get'>('todos', 'get', [1])];
    await turns();
    expect(['todos.list', 'todos.get'].map((name) => server.calls(name).length)).toEqual([1, 1]);
    await todos
      .optimistic({ method: 'list' }, (current: unknown) => append(current as Todo[] | undefined, 'two'))
      .invalidateOn(['todos'])
      .add('two');
    await turns();
    expect(['todos.list', 'todos.get'].map((name) => server.calls(name).length)).toEqual([2, 2]);
    expect(queries[0]?.data).toHaveLength(2);
    await peer.close();
  });

  it('are applied to each answer; an answer for which the update throws is shown unchanged', async () => {
    const { peer, hold, stored, server } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    await todos.list();
    const query = peer.watch<Todos, 'list'>('todos', 'list', []);
    const held = gate<'ok' | 'fail'>();
    hold(held.promise);
    const seen: unknown[] = [];
    const update = (current: unknown) => {
      seen.push(current);
      return [...(current as Todo[]), { id: -1, text: 'two' }];
    };
    const adding = todos.optimistic({ method: 'list' }, update).add('two');
    await turns();
    stored[0] = { id: 1, text: 'uno' };
    await query.refetch();
    expect([query.data?.map(({ text }) => text), query.error]).toEqual([['uno', 'two'], undefined]);
    expect(seen.map((current) => (current as Todo[]).map(({ text }) => text))).toEqual([['one'], ['uno']]);
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    server.on('todos.list', {}, () => null);
    await query.refetch();
    expect([query.data, query.error, query.stale]).toEqual([null, undefined, false]);
    peer.cache.clear();
    expect(told.mock.calls.map(([text]) => text)).toEqual(['an optimistic update failed:']);
    told.mockRestore();
    held.open('ok');
    await adding;
    await peer.close();
  });

  it('behaviour 76: a failure restores the previous value, also when there was none', async () => {
    const { peer, hold } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    hold(Promise.resolve('fail'));
    const absent = peer.watch<Todos, 'get'>('todos', 'get', [99], { refetchOnMount: false });
    await turns();
    expect(absent.data).toBeUndefined();
    const held = gate<'ok' | 'fail'>();
    hold(held.promise);
    const adding = todos.optimistic({ method: 'get', args: [99] }, () => ({ id: 99, text: 'soon' })).add('x');
    await turns();
    expect(absent.data).toEqual({ id: 99, text: 'soon' });
    held.open('fail');
    await expect(adding).rejects.toMatchObject({ code: 'aborted' });
    expect(absent.data).toBeUndefined();
    await peer.close();
  });

  it('leave no new cache entry behind', async () => {
    const { peer, hold } = setup();
    const todos = await peer.queryFluentInterface<Todos>('todos');
    hold(Promise.resolve('fail'));
    await todos
      .optimistic({ method: 'get', args: [5] }, () => ({ id: 5, text: 'x' }))
      .add('x')
      .catch(() => {});
    expect(peer.cache.list(() => true)).toHaveLength(0);
    await peer.close();
  });

  // A thousand schedules, in separate tests, each within the time limit of a test.
  it.each([11, 12, 13, 14])(
    'F8: the page shows the data of the server in whatever order two changes end, fail and are fetched in between (%i)',
    async (seed) => {
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >> 8) % below;
      };
      for (let run = 0; run < 250; run++) {
        const { server, peer, stored } = setup();
        const todos = await peer.queryFluentInterface<Todos>('todos');
        const query = peer.watch<Todos, 'list'>('todos', 'list', []);
        await turns();
        const gates = [gate<'ok' | 'fail'>(), gate<'ok' | 'fail'>()];
        let next = 0;
        server.on('todos.add', { invalidates: ['todos'] }, async ({ args }) => {
          const mine = gates[next++ % 2]!;
          if ((await mine.promise) === 'fail') return problem(409, 'aborted', 'no');
          stored.push({ id: stored.length + 1, text: args[0] as string });
        });
        const waits: Promise<unknown>[] = [];
        const steps = [
          () =>
            waits.push(
              todos
                .optimistic(append)
                .invalidateOn(['todos'])
                .add('a')
                .catch(() => {}),
            ),
          () =>
            waits.push(
              todos
                .optimistic(append)
                .invalidateOn(['todos'])
                .add('b')
                .catch(() => {}),
            ),
          () => gates[0]!.open(random(2) === 0 ? 'ok' : 'fail'),
          () => gates[1]!.open(random(2) === 0 ? 'ok' : 'fail'),
          () => void query.refetch(),
          () => peer.invalidate('todos'),
        ];
        while (steps.length > 0) {
          steps.splice(random(steps.length), 1)[0]?.();
          if (random(2) === 0) for (let turn = random(12); turn > 0; turn--) await Promise.resolve();
        }
        await Promise.all(waits);
        await turns();
        expect(query.data, `run ${run}`).toEqual(stored);
        await peer.close();
      }
    },
  );

  it('that write to signals run once, and their writes are undone when the call fails', async () => {
    let signal = 'before';
    let runs = 0;
    const record: RecordWrites = (action) => {
      const was = signal;
      return {
        result: action(),
        undo: () => {
          signal = was;
        },
      };
    };
    const { peer, hold } = setup(record);
    const todos = await peer.queryFluentInterface<Todos>('todos');
    await todos.list();
    const held = gate<'ok' | 'fail'>();
    hold(held.promise);
    const set = () => {
      runs += 1;
      signal = 'shown';
    };
    const adding = todos.optimistic(set).invalidateOn(['todos']).add('x');
    await turns();
    expect(signal).toBe('shown');
    held.open('fail');
    await expect(adding).rejects.toThrow('no');
    expect(signal).toBe('before');
    expect(runs).toBe(1);
    await peer.close();
  });
});

describe('idempotency keys', () => {
  it('are sent with changes when the server stores keys; each retry has the same key (C19)', async () => {
    const { server, clock, peer } = setup();
    let lost = 2;
    const keys: (string | null)[] = [];
    server.on('todos.pay', {}, ({ headers }) => {
      keys.push(headers.get('idempotency-key'));
      if (lost-- > 0) throw new TypeError('fetch failed');
      return 'paid';
    });
    Object.assign(server.services.get('todos')!.members.at(-1)!, { idempotencyWindow: 120_000 });
    const todos = (await peer.queryFluentInterface<{ pay(): Promise<string> }>('todos')).retry({ attempts: 3, jitter: 0 });
    const paying = todos.pay();
    await clock.advance(5_000);
    expect(await paying).toBe('paid');
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    const again = todos.pay();
    await clock.advance(5_000);
    await again;
    expect(new Set(keys).size).toBe(2);
    await peer.close();
  });

  it.each([
    [{}, 'unknown_outcome'],
    [{ idempotencyKey: 'mine' }, 'unavailable'],
  ])('that were generated for a lost call do not make it safe to repeat: with %o the error is %s', async (options, code) => {
    const { server, peer } = setup();
    server.on('todos.pay', {}, () => Promise.reject(new TypeError('fetch failed')));
    Object.assign(server.services.get('todos')!.members.at(-1)!, { idempotencyWindow: 120_000 });
    const todos = await peer.queryInterface<{ pay(): Promise<string> }>('todos');
    await expect(withOptions(todos, options).pay()).rejects.toMatchObject({ code, outcome: 'unknown' });
    await peer.close();
  });

  it('stop retries at the error of the method, which the server stores under the key', async () => {
    const { server, clock, peer } = setup();
    let asked = 0;
    server.on('todos.pay', {}, () => {
      asked += 1;
      return problem(503, 'unavailable', 'the bank is closed');
    });
    Object.assign(server.services.get('todos')!.members.at(-1)!, { idempotencyWindow: 120_000 });
    const todos = (await peer.queryFluentInterface<{ pay(): Promise<string> }>('todos')).retry(3);
    const paying = todos.pay().catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await paying).toMatchObject({ code: 'unavailable', outcome: 'ran' });
    expect(asked).toBe(1);
    await peer.close();
  });

  it('behaviour 80: without a key a change is not retried, whatever its settings', async () => {
    const { server, peer } = setup();
    let asked = 0;
    server.on('todos.pay', {}, () => {
      asked += 1;
      throw new TypeError('fetch failed');
    });
    const todos = (await peer.queryFluentInterface<{ pay(): Promise<string> }>('todos')).retry(5);
    await expect(todos.pay()).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(asked).toBe(1);
    await peer.close();
  });
});

describe('a change whose first attempt was lost and whose second attempt could not be made', () => {
  /** A change that is sent and runs, but whose answer is lost; then `fails` is true. */
  async function lostOnce(options: { later?: () => Response; token?: (fails: boolean) => string }) {
    const server = new FakeServer();
    const clock = new TestClock();
    let value = 'before';
    let sent = 0;
    server
      .on('values.get', { cache: { ttl: 60, tags: ['values'] } }, () => value)
      .on('values.set', { idempotent: true }, ({ args }) => {
        if (++sent > 1) return options.later?.();
        value = args[0] as string;
        throw new TypeError('the connection was lost');
      });
    const { token } = options;
    const peer = new HttpRemotePeer('https://a.example', {
      fetch: server.fetch,
      clock,
      ...(token && { token: () => token(sent > 0) }),
    });
    const values = await peer.queryFluentInterface<{ get(): Promise<string>; set(text: string): Promise<void> }>('values');
    expect(await values.get()).toBe('before');
    const setting = values
      .retry({ attempts: 1, jitter: 0 })
      .invalidateOn(['values'])
      .set('after')
      .catch((failed: unknown) => failed);
    await clock.advance(5_000);
    const error = await setting;
    const seen = await values.get().catch(() => 'out of date');
    await peer.close();
    return { error, seen, sent };
  }

  it('may have run: the values that it invalidates are stale', async () => {
    const busy = () => problem(503, 'unavailable', 'busy', { outcome: 'not_run' });
    expect(await lostOnce({ later: busy })).toMatchObject({
      error: { message: 'busy', outcome: 'unknown' },
      seen: 'after',
      sent: 2,
    });
  });

  it('may have run when there is no token for the second attempt', async () => {
    const token = (fails: boolean) => {
      if (fails) throw new TypeError('nobody answers');
      return 'ada';
    };
    expect(await lostOnce({ token })).toMatchObject({
      error: { code: 'unavailable', outcome: 'unknown' },
      seen: 'out of date',
      sent: 1,
    });
  });
});

it('a call whose method refused the token has run when there is no other token', async () => {
  const server = new FakeServer().on('values.set', {}, () => problem(401, 'unauthenticated', 'log in again'));
  const peer = new HttpRemotePeer('https://a.example', {
    fetch: server.fetch,
    token: () => 'ada',
    refresh: () => Promise.reject(new TypeError('nobody answers')),
  });
  const values = await peer.queryInterface<{ set(): Promise<void> }>('values');
  await expect(values.set()).rejects.toMatchObject({ code: 'unavailable', outcome: 'unknown' });
  await peer.close();
});
