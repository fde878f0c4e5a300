import { describe, expect, it, vi } from 'vitest';
import { effect } from './effect.js';
import { createRoot } from './owner.js';
import { type FetchInfo, type Resource, resource } from './resource.js';
import { signal } from './signal.js';
import { Suspension } from './suspend.js';

/** Requests that the test answers. */
function server() {
  const requests: { key: number; info: FetchInfo; answer(value: string): void; fail(error: unknown): void }[] = [];
  const fetch = (key: number, info: FetchInfo) =>
    new Promise<string>((answer, fail) => requests.push({ key, info, answer, fail }));
  return { requests, fetch };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const state = (of: Resource<string>) => [of(), of.loading(), of.error()?.message];

describe('resource (AE-02)', () => {
  it('fetches at once and tells its state', async () => {
    const { requests, fetch } = server();
    const user = resource((info) => fetch(1, info));
    expect(state(user)).toEqual([undefined, true, undefined]);
    requests[0]?.answer('Ada');
    await turn();
    expect(state(user)).toEqual(['Ada', false, undefined]);
  });

  it('answers at once when the fetcher does, and gives the initial value until then', async () => {
    expect(resource(() => 'now').loading()).toBe(false);
    const later = resource(async () => 2, { initial: 1 });
    expect(later()).toBe(1);
    await turn();
    expect(later()).toBe(2);
  });

  it('follows what the fetcher reads before its first await; the last request wins and aborts the older', async () => {
    const { requests, fetch } = server();
    const id = signal(1);
    const user = resource((info) => fetch(id(), info));
    id.set(2);
    expect(requests.map(({ key, info }) => [key, info.signal.aborted])).toEqual([
      [1, true],
      [2, false],
    ]);
    requests[1]?.answer('two');
    await turn();
    requests[0]?.answer('one');
    await turn();
    expect(state(user)).toEqual(['two', false, undefined]);
  });

  it('fetches for each value of its source, follows nothing else, and waits while there is none', async () => {
    const { requests, fetch } = server();
    const id = signal<number | undefined>(undefined);
    const other = signal(0);
    const user = resource(id, (key, info: FetchInfo) => {
      other();
      return fetch(key, info);
    });
    expect([requests.length, user.loading()]).toEqual([0, false]);
    id.set(7);
    other.set(1);
    expect(requests.map(({ key }) => key)).toEqual([7]);
    id.set(undefined);
    expect([requests[0]?.info.signal.aborted, user.loading()]).toEqual([true, false]);
  });

  it('keeps the value while it fetches again and when that fails; every error is an Error', async () => {
    const { requests, fetch } = server();
    const user = resource((info) => fetch(1, info));
    requests[0]?.answer('Ada');
    await turn();
    const again = user.refetch();
    expect(state(user)).toEqual(['Ada', true, undefined]);
    expect(requests[1]?.info.previous).toBe('Ada');
    requests[1]?.fail('offline');
    await again;
    expect(state(user)).toEqual(['Ada', false, 'offline']);
    expect(user.error()).toBeInstanceOf(Error);
    const third = user.refetch();
    requests[2]?.answer('Grace');
    await third;
    expect(state(user)).toEqual(['Grace', false, undefined]);
  });

  it('takes what the fetcher throws for its error', () => {
    const user = resource((): string => {
      throw Object.create(null);
    });
    expect(user.loading()).toBe(false);
    expect(user.error()?.message).toBe('an unprintable value was thrown');
  });

  it('mutate replaces the value and aborts the request under way', async () => {
    const { requests, fetch } = server();
    const user = resource((info) => fetch(1, info));
    user.mutate('mine');
    expect(requests[0]?.info.signal.aborted).toBe(true);
    requests[0]?.answer('theirs');
    await turn();
    expect(state(user)).toEqual(['mine', false, undefined]);
  });

  it('ends with its owner: aborts, ignores the answer, resolves who waits, fetches no more', async () => {
    const { requests, fetch } = server();
    const { user, dispose } = createRoot((dispose) => ({ user: resource((info) => fetch(1, info)), dispose }));
    const waiting = user.refetch();
    dispose();
    await waiting;
    expect(requests.every(({ info }) => info.signal.aborted)).toBe(true);
    requests[1]?.answer('late');
    await turn();
    await user.refetch();
    expect(state(user)).toEqual([undefined, false, undefined]);
    expect(requests).toHaveLength(2);
  });

  it('takes each value of an async iterable, and ends the iteration that was superseded', async () => {
    const steps: ((value: string) => void)[] = [];
    let ended = 0;
    const key = signal(0);
    const feed = resource(key.peek() === 0 ? () => (key(), values()) : values);
    async function* values() {
      try {
        for (;;) yield await new Promise<string>((resolve) => steps.push(resolve));
      } finally {
        ended++;
      }
    }
    const seen: unknown[] = [];
    const end = effect(() => void seen.push(feed()));
    await turn();
    expect(feed.loading()).toBe(true);
    steps.shift()?.('a');
    await turn();
    steps.shift()?.('b');
    await turn();
    expect([feed.loading(), seen]).toEqual([false, [undefined, 'a', 'b']]);
    key.set(1);
    steps.shift()?.('late');
    await turn();
    expect([ended, feed()]).toEqual([1, 'b']);
    end();
  });

  it('with suspend, throws what Suspense waits for until the first answer, then never again', async () => {
    const { requests, fetch } = server();
    const user = resource((info) => fetch(1, info), { suspend: true });
    let suspension: unknown;
    try {
      user();
    } catch (thrown) {
      suspension = thrown;
    }
    expect(suspension).toBeInstanceOf(Suspension);
    requests[0]?.answer('Ada');
    await (suspension as Suspension).until;
    expect(user()).toBe('Ada');
    void user.refetch();
    expect(user()).toBe('Ada');
  });

  it('that is made and read by the same effect is named in the console, in development; one whose answer is kept is not', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const asked = { anew: 0, kept: 0 };
    let kept: string | undefined;
    const ends = [
      effect(() => {
        const user = resource(async () => String(asked.anew++), { name: 'user' });
        if (asked.anew < 50) user.loading();
      }),
      ...Array.from({ length: 20 }, () =>
        effect(() => {
          resource(() => kept ?? Promise.resolve(`${++asked.kept}`).then((name) => (kept = name)))();
        }),
      ),
    ];
    while (asked.anew < 50) await turn();
    for (const end of ends) end();
    expect(asked.kept).toBe(20);
    expect(error.mock.calls.map(([text]) => String(text))).toEqual([expect.stringMatching(/^user: each answer runs the code/)]);
    vi.restoreAllMocks();
  });

  it('with suspend, waits on while its source gives nothing, until there is an answer', async () => {
    const { requests, fetch } = server();
    const id = signal<number | undefined>(1);
    const user = resource(id, (key, info: FetchInfo) => fetch(key, info), { suspend: true });
    let over = false;
    try {
      user();
    } catch (thrown) {
      void (thrown as Suspension).until.then(() => (over = true));
    }
    id.set(undefined);
    const settled = user.refetch();
    await settled;
    await turn();
    expect([over, user.loading(), requests[0]?.info.signal.aborted]).toEqual([false, false, true]);
    id.set(2);
    requests[1]?.answer('two');
    await turn();
    expect([over, user()]).toEqual([true, 'two']);
  });

  it('with suspend, throws the error of the first request', async () => {
    const user = resource(() => Promise.reject<string>(new Error('no')), { suspend: true });
    await turn();
    expect(() => user()).toThrow('no');
  });
});
