import { expect, it } from 'vitest';
import type { Link } from './link/link.js';
import { PeerSubscriptions } from './subscriptions.js';

/** A connection that notes subscriptions; `ending` is called when one ends. */
function connection(ending: () => Promise<void> = () => Promise.resolve()) {
  const log: string[] = [];
  const subscribe = (_handle: number, pattern: string) => {
    log.push(`+${pattern}`);
    return Promise.resolve(() => {
      log.push(`-${pattern}`);
      return ending();
    });
  };
  return { link: { subscriptions: { subscribe } } as unknown as Link, log };
}

function subscriptions(link: Link) {
  const reported: unknown[] = [];
  const peer = {
    node: { clock: { now: () => 0 }, requestTimeout: 1_000 },
    accepting: true,
    link,
    ready: () => Promise.resolve(link),
    reportError: (error: unknown) => reported.push(error),
  };
  return { reported, mine: new PeerSubscriptions(peer as never) };
}

it.each([
  ['never answers', () => new Promise<void>(() => {})],
  ['fails', () => Promise.reject(new Error('gone'))],
])('renews a subscription on the next connection although the end of the previous one %s', async (_name, ending) => {
  const previous = connection(ending);
  const next = connection();
  const { mine } = subscriptions(previous.link);
  const end = await mine.add({ pattern: 'tick', listener: () => {} });
  await mine.renew(next.link);
  expect([previous.log, next.log]).toEqual([['+tick', '-tick'], ['+tick']]);
  await end();
  expect(next.log).toEqual(['+tick', '-tick']);
});

it('events of a service are those of its reference, which holds the service until the request is sent', async () => {
  const { link, log } = connection();
  const { mine } = subscriptions(link);
  const on = async (event: string) => {
    log.push(`+shop ${event}`);
    return async () => void log.push(`-shop ${event}`);
  };
  const binding = { query: 'shop', referenceOn: (of: object) => (of === link ? { on } : undefined) };
  const end = await mine.add({ binding, pattern: 'sold', listener: () => {} });
  await mine.renew(connection().link);
  await end();
  expect(log).toEqual(['+shop sold', '-shop sold']);
});

it('ends a subscription that was canceled while it was renewed', async () => {
  const previous = connection();
  const next = connection();
  const { mine, reported } = subscriptions(previous.link);
  const end = await mine.add({ pattern: 'tick', listener: () => {} });
  const renewed = mine.renew(next.link);
  await end();
  await renewed;
  expect([next.log, reported, mine.size]).toEqual([['+tick', '-tick'], [], 0]);
});
