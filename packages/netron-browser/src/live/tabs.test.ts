import type { Clock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import type { Channel, Locks } from '../util/locks.js';
import type { News, NewsSource, Wish } from './news.js';
import { Tabs } from './tabs.js';

/** Tabs of one browser: a lock, and channels that reach all others. */
function browser() {
  const clock = new TestClock();
  const channels = new Set<Channel>();
  let holder: { lost(): void } | undefined;
  const queue: (() => void)[] = [];
  const locks: Locks = {
    request: (_, { signal, steal }, work) =>
      new Promise((resolve, reject) => {
        const hold = () => {
          const own = { lost: () => reject(new Error('stolen')) };
          holder = own;
          void work().then((value) => {
            if (holder === own) {
              holder = undefined;
              queue.shift()?.();
            }
            resolve(value);
          });
        };
        signal?.addEventListener('abort', () => {
          const at = queue.indexOf(hold);
          if (at < 0) return;
          queue.splice(at, 1);
          reject(new Error('aborted'));
        });
        if (steal === true) {
          holder?.lost();
          hold();
        } else if (holder === undefined) hold();
        else queue.push(hold);
      }),
  };
  const tab = () => {
    const heard: News[] = [];
    const wishes: Wish[] = [];
    let tell: ((news: News) => void) | undefined;
    let given: string | undefined;
    let silent = false;
    const channel: Channel = {
      onmessage: null,
      postMessage(message) {
        if (silent) return;
        for (const other of channels) {
          if (other !== channel) void Promise.resolve().then(() => other.onmessage?.({ data: message } as MessageEvent));
        }
      },
      close: () => void channels.delete(channel),
    };
    channels.add(channel);
    const line = (to: (news: News) => void, cursor: string | undefined): NewsSource => {
      tell = to;
      given = cursor;
      return { cursor: 'log.9', want: (wish) => void wishes.push(wish), wake() {}, close: () => (tell = undefined) };
    };
    const own: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      setTimeout: (action, ms) => clock.setTimeout(() => silent || action(), ms),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    };
    const tabs = new Tabs({ name: 'n', locks, channel, clock: own, line, tell: (news) => void heard.push(news) });
    return {
      tabs,
      heard,
      wishes,
      /** Stops the tab, as if the browser had frozen it. */
      freeze: () => {
        silent = true;
        channels.delete(channel);
      },
      get leads() {
        return tell !== undefined;
      },
      get given() {
        return given;
      },
      say: (news: News) => tell?.(news),
    };
  };
  return { clock, tab };
}

const news: News = { kind: 'outdated', log: 'log', position: 7, tags: new Map([['a', 7]]), within: 0, listening: [] };

describe('tabs', () => {
  it('the first has the stream, combines the subscriptions of all, and notifies all', async () => {
    const { tab } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    one.tabs.want({ tags: ['a'], cursor: 'log.5' });
    two.tabs.want({ tags: ['b'], cursor: 'log.3' });
    await turns();
    expect([one.leads, two.leads]).toEqual([true, false]);
    expect(one.wishes.at(-1)).toEqual({ tags: ['a', 'b'], cursor: 'log.3' });
    one.say(news);
    await turns();
    expect([one.heard, two.heard]).toEqual([[news], [news]]);
  });

  it('no tab requests a position again once a stream has begun', async () => {
    const { clock, tab } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    one.tabs.want({ tags: ['a'], cursor: 'log.5' });
    two.tabs.want({ tags: ['b'], cursor: 'log.3' });
    await turns();
    one.say({ ...news, kind: 'ready' });
    await turns();
    // Until the first tab asks for the others.
    await clock.advance(15_000);
    expect(one.wishes.at(-1)).toEqual({ tags: ['a', 'b'], cursor: undefined });
    two.tabs.want({ tags: ['b'], cursor: 'log.2' });
    await turns();
    expect(one.wishes.at(-1)).toEqual({ tags: ['a', 'b'], cursor: 'log.2' });
  });

  it('the next one takes over where the first has stopped', async () => {
    const { tab } = browser();
    const [one, two] = [tab(), tab()];
    two.tabs.want({ tags: ['b'], cursor: undefined });
    await turns();
    one.say(news);
    await turns();
    one.tabs.close();
    await turns();
    expect([two.leads, two.given]).toEqual([true, 'log.7']);
    expect(two.wishes.at(-1)).toEqual({ tags: ['b'], cursor: undefined });
  });

  it('a tab that is frozen for an hour loses the stream, and joins the others when it is back', async () => {
    const { clock, tab } = browser();
    const [one, two] = [tab(), tab()];
    await clock.advance(14_000);
    expect(two.leads).toBe(false);
    one.freeze();
    await clock.advance(3_600_000);
    expect([one.leads, two.leads]).toEqual([false, true]);
  });

  it('the subscription of a silent tab is forgotten', async () => {
    const { clock, tab } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    one.tabs.want({ tags: ['a'], cursor: undefined });
    two.tabs.want({ tags: ['b'], cursor: undefined });
    await clock.advance(30_000);
    expect(one.wishes.at(-1)?.tags).toEqual(['a', 'b']);
    two.freeze();
    await clock.advance(60_000);
    expect(one.wishes.at(-1)?.tags).toEqual(['a']);
  });
});

it('a tab that may not use locks has a stream of its own, and does not request the lock again', async () => {
  const clock = new TestClock();
  let asked = 0;
  const locks: Locks = {
    request: () => {
      asked += 1;
      return asked > 50 ? new Promise(() => {}) : Promise.reject(new DOMException('an opaque origin', 'SecurityError'));
    },
  };
  const channel: Channel = { onmessage: null, postMessage() {}, close() {} };
  const wishes: Wish[] = [];
  const line = (): NewsSource => ({ cursor: undefined, want: (wish) => void wishes.push(wish), wake() {}, close() {} });
  const tabs = new Tabs({ name: 'n', locks, channel, clock, line, tell() {} });
  await turns();
  tabs.want({ tags: ['t'], cursor: undefined });
  await clock.advance(600_000);
  expect([asked, wishes.at(-1)?.tags]).toEqual([1, ['t']]);
  tabs.close();
});
