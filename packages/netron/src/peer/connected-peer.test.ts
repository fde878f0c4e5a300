import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { defaultLimits } from '../wire/limits.js';
import { calledPart } from './called-part.js';
import { ConnectedPeer } from './connected-peer.js';
import type { PeerHello } from './link/hello.js';
import type { Link } from './link/link.js';
import type { PeerOwner, Reconnector } from './owner.js';
import { reconnectPart } from './reconnect-part.js';
import type { PeerEvents } from './state.js';

const nobody = { identity: undefined, expiresInMs: undefined };

/** A peer, its events and those of its node and its reconnector, and links that note how they were treated. */
function peered({ reconnect, called }: Partial<Pick<PeerOwner<ConnectedPeer>, 'reconnect' | 'called'>> = { called: calledPart }) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const note =
    (what: string) =>
    (..._given: unknown[]): void =>
      void told.push(what);
  const node = {
    clock,
    requestTimeout: 1_000,
    limits: defaultLimits,
    logger: { info() {}, warn() {} },
    middleware: undefined,
    peerConnected: note('node: connected'),
    peerDisconnected: (_peer: unknown, final: boolean) => told.push(`node: ${final ? 'gone' : 'disconnected'}`),
    serviceDiscovered: (_peer: unknown, service: string) => told.push(`node: ${service}`),
    ...(reconnect !== undefined && { reconnect }),
    ...(called !== undefined && { called }),
  } as unknown as PeerOwner<ConnectedPeer>;
  const reconnector: Reconnector<ConnectedPeer> = {
    dialed: true,
    lost: note('lost'),
    leaving: note('leaving'),
    ended: note('ended'),
    holdOff: (ms) => told.push(`holds off ${ms}`),
  };
  const peer = new ConnectedPeer(node, 'other', reconnector);
  for (const event of ['connected', 'disconnected', 'draining', 'identity', 'services:added'] as const)
    peer.on(
      event,
      (given?: PeerEvents[keyof PeerEvents]) => void told.push(given === undefined ? event : `${event}: ${String(given)}`),
    );
  const link = (name: string): Link =>
    ({
      open: true,
      imports: { withdraw() {} },
      callerChanged: note(`${name}: another caller`),
      close: (reason: string) => told.push(`${name} closes: ${reason}`),
      sayGoodbye: (code: string) => told.push(`${name} says ${code}`),
    }) as unknown as Link;
  const hello = (given: Partial<PeerHello> = {}): PeerHello => {
    return { services: [], instance: 'run', started: 5, metadata: undefined, expiresInMs: undefined, ...given };
  };
  /** Returns the notes since the last call. */
  const news = (): string[] => told.splice(0);
  return { clock, hello, link, news, peer };
}

it('is connected with its first link, and has the description of the other end', () => {
  const { hello, link, news, peer } = peered();
  expect([peer.state, peer.accepting, peer.link, peer.metadata, peer.dialed]).toEqual(['connecting', false, undefined, {}, true]);
  const first = link('first');
  peer.attach(first, hello({ services: ['shop@1.0.0'], metadata: { zone: 'a' } }), nobody);
  expect(news()).toEqual(['node: connected', 'connected', 'node: shop@1.0.0']);
  expect([peer.state, peer.link, peer.instance, peer.started, peer.metadata]).toEqual(['ready', first, 'run', 5, { zone: 'a' }]);
  peer.servicesChanged(first, ['bank@1.0.0'], []);
  peer.servicesChanged(link('another'), ['post@1.0.0'], []);
  expect([news(), peer.services.names]).toEqual([
    ['services:added: bank@1.0.0', 'node: bank@1.0.0'],
    ['shop@1.0.0', 'bank@1.0.0'],
  ]);
});

it('leaves the handling of a loss to its reconnector, and is notified once that the link is gone', async () => {
  const { hello, link, news, peer } = peered({ reconnect: reconnectPart });
  const first = link('first');
  peer.attach(first, hello(), nobody);
  news();
  peer.linkClosed(first, new Error('cut'));
  peer.linkClosed(first, new Error('cut'));
  expect([news(), peer.state]).toEqual([['disconnected: cut', 'node: disconnected', 'lost'], 'suspended']);
  const waiting = peer.ready(undefined);
  const next = link('next');
  peer.attach(next, hello(), nobody);
  expect([(await waiting) === next, news()]).toEqual([true, ['node: connected', 'connected']]);
  await peer.disconnect();
  expect([news(), peer.state]).toEqual([
    [
      'next says canceled',
      'ended',
      'next closes: disconnect() was called',
      'disconnected: disconnect() was called',
      'node: gone',
    ],
    'closed',
  ]);
});

it('looks for another connection when the other end drains, but not after a final goodbye', async () => {
  const { hello, link, news, peer } = peered();
  const first = link('first');
  peer.attach(first, hello(), nobody);
  news();
  peer.linkGoodbye(first, 'unavailable', 'stopping', 500);
  expect([news(), peer.state]).toEqual([['holds off 500', 'draining: stopping', 'leaving'], 'draining']);
  await expect(peer.ready(undefined)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining("peer 'other' accepts no more calls; reconnecting requires the part reconnect()"),
  });
  peer.linkGoodbye(first, 'canceled', 'leave', undefined);
  expect(news()).toEqual(['ended', 'draining: leave']);
});

it('has its identity until that expires; its links are notified of another caller', async () => {
  const { clock, hello, link, news, peer } = peered();
  peer.attach(link('first'), hello(), { identity: { id: 'ann' }, expiresInMs: 1_000 });
  news();
  peer.identify({ id: 'ann', role: 'admin' }, { expiresInMs: 500 });
  expect([peer.identity, news()]).toEqual([{ id: 'ann', role: 'admin' }, []]);
  await clock.advance(500);
  expect([peer.identity, news()]).toEqual([undefined, ['first: another caller', 'identity']]);
});
