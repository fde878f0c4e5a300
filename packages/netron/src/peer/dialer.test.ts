import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { Connection, ConnectOptions } from '../transport/transport.js';
import type { DialOptions } from './dial.js';
import { Dialer } from './dialer.js';
import { isFinal } from './final-error.js';
import type { PeerOwner, RemotePeer } from './remote-peer.js';
import { SingleDial } from './single-dial.js';

/** A dialer whose attempts fail with one error after the other, and from then on with the last one. */
function dialing(errors: readonly NetronError[], target: string | readonly string[] = 'test:a') {
  const clock = new VirtualClock();
  const attempts: [at: number, address: string][] = [];
  const told: string[] = [];
  let credentials: unknown;
  const node = {
    id: 'own',
    instance: 'run',
    started: 0,
    metadata: undefined,
    clock,
    random: () => 0.5,
    randomBytes: (length: number) => new Uint8Array(length),
    announced: { message: 1_024 },
    services: { names: () => [] },
    advertised: () => ({ services: [], bodies: [] }),
    parts: {},
    logger: { debug: () => void told.push('failed'), info() {}, warn() {} },
  } as unknown as PeerOwner;
  const connect = (address: string, options: ConnectOptions): Promise<Connection> => {
    attempts.push([clock.now(), address]);
    const error = errors[Math.min(attempts.length, errors.length) - 1];
    if (error !== undefined) return Promise.reject(error);
    return new Promise((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason)));
  };
  const options = (): DialOptions => ({
    node,
    transport: {
      name: 'test',
      schemes: ['test'],
      supports: { reconnection: true },
      connect,
    } as unknown as DialOptions['transport'],
    target,
    settings: { transportOptions: {}, credentials, expect: undefined, timeout: 1_000 },
    peerKey: { ordinal: 1, session: undefined },
    adopt: () => {
      throw new Error('no connection is made here');
    },
  });
  const dialer = (firstAttempts = 0): Dialer =>
    new Dialer({
      ...options(),
      settings: { ...options().settings, attempts: 2, firstAttempts, delay: 100, session: undefined },
      renamed() {},
    });
  /** A peer whose connection was lost. */
  const peer = {
    life: { close: (reason: string) => void told.push(`closed: ${reason}`) },
    reportError: (error: Error) => void told.push(`reported: ${error.message}`),
  } as unknown as RemotePeer;
  const shows = (given: unknown): void => {
    credentials = given;
  };
  return { attempts, clock, dialer, peer, shows, single: () => new SingleDial(options()), told };
}

const nobody = new NetronError('unavailable', 'nobody there');
const refused = new NetronError('unauthenticated', 'wrong');

it('a single connection is tried once at each address, until a permanent error', async () => {
  const everywhere = dialing([nobody], ['test:a', 'test:b', 'test:c']);
  await expect(everywhere.single().connect(undefined)).rejects.toBe(nobody);
  expect(everywhere.attempts.map(([, address]) => address)).toEqual(['test:b', 'test:c', 'test:a']);
  const stranger = dialing([refused], ['test:a', 'test:b']);
  await expect(stranger.single().connect(undefined)).rejects.toBe(refused);
  expect(stranger.attempts).toHaveLength(1);
  expect([isFinal(refused), isFinal(nobody), isFinal(new Error('a transport of its own'))]).toEqual([true, false, false]);
});

it('a single connection closes its peer when it is lost, and names the part that would restore it', () => {
  const { peer, single, told } = dialing([nobody]);
  single().lost(peer, new Error('cut'));
  expect(told).toEqual([expect.stringMatching(/^closed: cut; reconnecting requires the part reconnect\(\)/)]);
});

it.each(['single', 'dialer'] as const)('%s: credentials have the time of an attempt, and its end', async (kind) => {
  const { attempts, clock, shows, [kind]: make } = dialing([nobody]);
  shows(() => new Promise(() => {}));
  await expect(clock.settle(make().connect(undefined))).rejects.toMatchObject({
    code: 'deadline_exceeded',
    message: 'the credentials were not available within 1000 ms',
  });
  const stop = new AbortController();
  const connecting = make().connect(stop.signal);
  stop.abort('enough');
  await expect(connecting).rejects.toMatchObject({ code: 'canceled', cause: 'enough' });
  expect([attempts, clock.size]).toEqual([[], 0]);
});

it('the first connection is retried as often as configured, with growing delays', async () => {
  const { attempts, clock, dialer } = dialing([nobody]);
  await expect(clock.settle(dialer(2).connect(undefined))).rejects.toBe(nobody);
  expect(attempts.map(([at]) => at)).toEqual([0, 50, 150]);
});

it('waits as long as a refusal asks for', async () => {
  const { attempts, clock, dialer } = dialing([new NetronError('unavailable', 'full', { retryAfterMs: 5_000 }), refused]);
  await expect(clock.settle(dialer(2).connect(undefined))).rejects.toBe(refused);
  expect(attempts.map(([at]) => at)).toEqual([0, 5_050]);
});

it('a lost peer is connected again so often, then closed with the last error', async () => {
  const { attempts, clock, dialer, peer, told } = dialing([nobody]);
  dialer().lost(peer, new Error('cut'));
  await clock.advance(10_000);
  expect(attempts.map(([at]) => at)).toEqual([50, 150]);
  expect(told).toEqual(['failed', 'reported: nobody there', 'closed: nobody there']);
});

it('is not connected again once it was released', async () => {
  const { attempts, clock, dialer, peer, told } = dialing([nobody]);
  const one = dialer();
  one.lost(peer, new Error('cut'));
  one.ended();
  await clock.advance(10_000);
  one.lost(peer, new Error('cut again'));
  expect([attempts, told, clock.size]).toEqual([[], ['closed: connecting was canceled', 'closed: cut again'], 0]);
});

it('a draining peer is not closed when the next connection fails', async () => {
  const { attempts, clock, dialer, peer, told } = dialing([nobody]);
  dialer().leaving(peer);
  await clock.advance(10_000);
  expect([attempts.length, told.filter((line) => line.startsWith('closed'))]).toEqual([2, []]);
});
