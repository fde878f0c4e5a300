import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type LivingPeer, PeerLifecycle } from './lifecycle.js';
import { Readiness } from './readiness.js';

/** A lifecycle, its notifications, and links that note how they were closed. */
function living({ waits = true } = {}) {
  const told: string[] = [];
  const peer: LivingPeer = {
    id: 'other',
    node: { clock: new VirtualClock(), requestTimeout: 1_000 },
    letGo: () => told.push('ended'),
    linkGone: (reason, final) => told.push(`${final ? 'closed' : 'suspended'}: ${reason}`),
  };
  const life = new PeerLifecycle<ReturnType<typeof link>>(peer, waits ? new Readiness(peer) : undefined);
  const link = (name: string) => ({ name, close: (reason: string) => void told.push(`${name} closes: ${reason}`) });
  return { life, told, link };
}

it('is ready when its services were found on the link, suspended when that is lost, and ready on the next link', async () => {
  const { life, told, link } = living();
  const first = link('first');
  const waiting = life.ready(undefined);
  expect([life.take(first), life.state, life.begin(first), life.state]).toEqual([true, 'connecting', true, 'ready']);
  expect(await waiting).toBe(first);
  expect([life.lost(first, 'cut'), life.state, life.link]).toEqual([true, 'suspended', undefined]);
  const second = link('second');
  life.take(second);
  expect([life.begin(first), life.begin(second), life.state]).toEqual([false, true, 'ready']);
  expect(told).toEqual(['suspended: cut']);
});

it('keeps a leaving link beside the next one until it has ended', () => {
  const { life, told, link } = living();
  const [old, next] = [link('old'), link('next')];
  life.take(old);
  life.begin(old);
  expect([life.goodbye(old), life.goodbye(next), life.state]).toEqual([true, false, 'draining']);
  life.take(next);
  life.begin(next);
  expect(life.links).toEqual([next, old]);
  expect([life.lost(old, 'done'), life.state, life.links]).toEqual([false, 'ready', [next]]);
  expect(told).toEqual(['suspended: a new connection takes over']);
});

it('a link that has not been noticed as lost is closed when the next one is attached', () => {
  const { life, told, link } = living();
  const [old, next] = [link('old'), link('next')];
  life.take(old);
  life.begin(old);
  life.take(next);
  expect([life.link, told[0]]).toEqual([next, 'old closes: a new connection takes over']);
});

it('finish closes the peer with its present link; without a link its calls are refused', async () => {
  const { life, told, link } = living();
  const last = link('last');
  life.take(last);
  life.begin(last);
  life.finish('stopping');
  expect([life.ending, life.state, await life.ready(undefined)]).toEqual([true, 'ready', last]);
  life.lost(last, 'gone');
  expect(life.take(link('late'))).toBe(false);
  await expect(life.ready(undefined)).rejects.toThrow("peer 'other' is closed: stopping");
  expect(told).toEqual(['ended', 'suspended: gone', "late closes: peer 'other' is closed: stopping"]);
});

it('never leaves the state closed, and reports it once', () => {
  const { life, told, link } = living();
  const only = link('only');
  life.take(only);
  life.leave('not needed');
  life.leave('again');
  life.finish('again');
  life.close('again');
  expect([life.begin(only), life.goodbye(only), life.lost(only, 'x'), life.state]).toEqual([false, false, false, 'closed']);
  expect(told).toEqual(['ended', 'only closes: not needed', 'closed: not needed']);
});
