import type { Clock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import type { Channel, Locks } from '../util/locks.js';
import type { LiveEvent, LiveEventSource, Subscription } from './live-event.js';
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
    const heard: LiveEvent[] = [];
    const subscriptions: Subscription[] = [];
    let tell: ((event: LiveEvent) => void) | undefined;
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
    const connect = (to: (event: LiveEvent) => void, cursor: string | undefined): LiveEventSource => {
      tell = to;
      given = cursor;
      return {
        cursor: 'log.9',
        subscribe: (subscription) => void subscriptions.push(subscription),
        wake() {},
        close: () => (tell = undefined),
      };
    };
    const own: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      setTimeout: (action, ms) => clock.setTimeout(() => silent || action(), ms),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    };
    const tabs = new Tabs({ name: 'n', locks, channel, clock: own, connect, onEvent: (event) => void heard.push(event) });
    return {
      tabs,
      heard,
      subscriptions,
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
      say: (event: LiveEvent) => tell?.(event),
    };
  };
  /** A tab that runs another version of the page sends `message`. */
  const receive = (message: unknown) => {
    for (const channel of channels) channel.onmessage?.({ data: message } as MessageEvent);
  };
  return { clock, tab, receive };
}

const event: LiveEvent = { kind: 'outdated', log: 'log', position: 7, tags: new Map([['a', 7]]), within: 0, listening: [] };

describe('tabs', () => {
  it('the first has the stream, combines the subscriptions of all, and notifies all', async () => {
    const { tab } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    one.tabs.subscribe({ tags: ['a'], cursor: 'log.5' });
    two.tabs.subscribe({ tags: ['b'], cursor: 'log.3' });
    await turns();
    expect([one.leads, two.leads]).toEqual([true, false]);
    expect(one.subscriptions.at(-1)).toEqual({ tags: ['a', 'b'], cursor: 'log.3' });
    one.say(event);
    await turns();
    expect([one.heard, two.heard]).toEqual([[event], [event]]);
  });

  it('messages of a kind that only another version knows are ignored', async () => {
    const { tab, receive } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    two.tabs.subscribe({ tags: ['b'], cursor: undefined });
    await turns();
    const before = one.subscriptions.length;
    receive({ kind: 'from a later version', tab: 'x', subscription: { tags: ['c'] } });
    receive({ kind: 'from a later version' });
    one.say(event);
    await turns();
    expect([one.subscriptions.length, one.heard, two.heard]).toEqual([before, [event], [event]]);
  });

  it('no tab requests a position again once a stream has begun', async () => {
    const { clock, tab } = browser();
    const [one, two] = [tab(), tab()];
    await turns();
    one.tabs.subscribe({ tags: ['a'], cursor: 'log.5' });
    two.tabs.subscribe({ tags: ['b'], cursor: 'log.3' });
    await turns();
    one.say({ ...event, kind: 'ready' });
    await turns();
    // Until the first tab asks for the others.
    await clock.advance(15_000);
    expect(one.subscriptions.at(-1)).toEqual({ tags: ['a', 'b'], cursor: undefined });
    two.tabs.subscribe({ tags: ['b'], cursor: 'log.2' });
    await turns();
    expect(one.subscriptions.at(-1)).toEqual({ tags: ['a', 'b'], cursor: 'log.2' });
  });

  it('the next one takes over where the first has stopped', async () => {
    const { tab } = browser();
    const [one, two] = [tab(), tab()];
    two.tabs.subscribe({ tags: ['b'], cursor: undefined });
    await turns();
    one.say(event);
    await turns();
    one.tabs.close();
    await turns();
    expect([two.leads, two.given]).toEqual([true, 'log.7']);
    expect(two.subscriptions.at(-1)).toEqual({ tags: ['b'], cursor: undefined });
  });

  it('behaviour 82: a tab that is frozen for an hour loses the stream to another one', async () => {
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
    one.tabs.subscribe({ tags: ['a'], cursor: undefined });
    two.tabs.subscribe({ tags: ['b'], cursor: undefined });
    await clock.advance(30_000);
    expect(one.subscriptions.at(-1)?.tags).toEqual(['a', 'b']);
    two.freeze();
    await clock.advance(60_000);
    expect(one.subscriptions.at(-1)?.tags).toEqual(['a']);
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
  const subscriptions: Subscription[] = [];
  const connect = (): LiveEventSource => ({
    cursor: undefined,
    subscribe: (subscription) => void subscriptions.push(subscription),
    wake() {},
    close() {},
  });
  const tabs = new Tabs({ name: 'n', locks, channel, clock, connect, onEvent() {} });
  await turns();
  tabs.subscribe({ tags: ['t'], cursor: undefined });
  await clock.advance(600_000);
  expect([asked, subscriptions.at(-1)?.tags]).toEqual([1, ['t']]);
  tabs.close();
});
