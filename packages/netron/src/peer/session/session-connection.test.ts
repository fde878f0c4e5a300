import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { VirtualScheduler } from '../../testing/virtual-scheduler.js';
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';
import { BufferPool } from '../link/buffer-pool.js';
import type { SessionConnection } from './session-connection.js';
import { Sessions } from './sessions.js';

/** A connection of a session, controlled by the test. */
class Carrier {
  readonly sent: string[] = [];
  room = true;
  terminated = false;
  paused = false;
  closedWith: string | undefined;
  readonly connection: Connection;

  constructor(readonly name = 'carrier') {
    this.connection = {
      remoteAddress: name,
      pending: 0,
      start: () => {},
      send: (message) => {
        this.sent.push(Buffer.from(message).toString());
        return this.room;
      },
      pause: () => {
        this.paused = true;
      },
      resume: () => {
        this.paused = false;
      },
      close: (code, reason) => {
        this.closedWith = `${code} ${reason}`;
      },
      terminate: () => {
        this.terminated = true;
      },
    };
  }
}

const text = (message: string): Uint8Array => new TextEncoder().encode(message);

function setup(bounds = { window: 30_000, buffer: 64 * 1024 }) {
  const scheduler = new VirtualScheduler();
  const clock = new VirtualClock(0, scheduler);
  const sessions = new Sessions({ clock, scheduler, buffers: new BufferPool() }, undefined);
  const first = new Carrier('first');
  const session: SessionConnection = sessions.open(first.connection, bounds);
  const seen = { messages: [] as string[], drained: 0, closed: [] as (Error | undefined)[], acks: [] as number[] };
  const interrupted: string[] = [];
  session.interrupted = (reason) => interrupted.push(reason);
  const receiver = session.begin({
    message: (bytes) => seen.messages.push(Buffer.from(bytes).toString()),
    drained: () => {
      seen.drained += 1;
    },
    closed: (error) => seen.closed.push(error),
    acknowledge: (count) => seen.acks.push(count),
  });
  const lose = (from: ConnectionReceiver = receiver): void => from.closed(lost);
  return { scheduler, clock, sessions, session, first, receiver, seen, interrupted, lose };
}

const lost = Object.assign(new (class extends Error {})('pulled'), {});

describe('SessionConnection', () => {
  it('resends unacknowledged messages in order over the next connection', () => {
    const { session, first, interrupted, receiver, seen } = setup();
    for (const message of ['a', 'b', 'c']) session.send(text(message));
    expect(session.acknowledged(1)).toBe(true);
    session.interrupt('silent');
    expect(first.terminated).toBe(true);
    expect(interrupted).toEqual(['silent']);
    expect(session.away).toBe(true);
    session.send(text('d'));
    receiver.message(text('too late'));
    const next = new Carrier('next');
    expect([0, 1, 3, 4, 5].map((count) => session.covers(count))).toEqual([false, true, true, true, false]);
    session.goOn(next.connection, 2);
    expect(next.sent).toEqual(['c', 'd']);
    expect(session.remoteAddress).toBe('next');
    expect(seen.messages).toEqual([]);
    expect(seen.closed).toEqual([]);
  });

  it('acknowledges after 32 messages, 64 KiB or 100 ms, and never acknowledges acknowledgements', async () => {
    const { clock, receiver, seen } = setup();
    for (let number = 0; number < 32; number += 1) receiver.message(text('x'));
    expect(seen.acks).toEqual([32]);
    receiver.message(text('x'.repeat(65_536)));
    expect(seen.acks).toEqual([32, 33]);
    receiver.message(text('x'));
    await clock.advance(99);
    expect(seen.acks).toEqual([32, 33]);
    await clock.advance(2);
    expect(seen.acks).toEqual([32, 33, 34]);
    receiver.message(Uint8Array.of(25, 1, 5));
    await clock.advance(10_000);
    expect(seen.acks).toEqual([32, 33, 34]);
    expect(clock.size).toBe(0);
  });

  it('reports no room while its buffer is full, then reports room', async () => {
    const { session, scheduler, seen } = setup();
    const long = new Uint8Array(40_000);
    expect(session.send(long)).toBe(true);
    expect(session.send(long)).toBe(false);
    session.acknowledged(1);
    await scheduler.idle();
    expect(seen.drained).toBe(0);
    session.acknowledged(2);
    await scheduler.idle();
    expect(seen.drained).toBe(1);
  });

  it('reports room when the full connection is lost', async () => {
    const { session, first, scheduler, seen } = setup();
    first.room = false;
    expect(session.send(text('a'))).toBe(false);
    session.interrupt('silent');
    session.goOn(new Carrier().connection, 0);
    await scheduler.idle();
    expect(seen.drained).toBe(1);
  });

  it('keeps nothing for an end that never acknowledges, and works as long as its connection', () => {
    const { session, sessions, first, seen } = setup();
    for (let number = 0; number < 6; number += 1) session.send(new Uint8Array(40_000));
    expect(first.sent).toHaveLength(6);
    expect(sessions.kept).toBe(0);
    expect(session.covers(6)).toBe(false);
    session.interrupt('silent');
    expect(session.interrupt('silent')).toBe(false);
    expect(seen.closed).toEqual([]);
  });

  it('ends with resume_failed when no connection comes in time', async () => {
    const { session, clock, seen, sessions } = setup();
    session.send(text('a'));
    session.interrupt('silent');
    await clock.advance(29_999);
    expect(seen.closed).toEqual([]);
    await clock.advance(1);
    expect(seen.closed).toMatchObject([{ code: 'unavailable', details: { reason: 'resume_failed' } }]);
    expect([session.over, session.away, sessions.kept, clock.size]).toEqual([true, false, 0, 0]);
  });

  it('ends with a connection that was closed cleanly or for a local error', () => {
    const clean = setup();
    clean.receiver.closed(undefined);
    expect(clean.seen.closed).toEqual([undefined]);
    const fault = setup();
    fault.lose();
    expect(fault.seen.closed).toEqual([lost]);
    expect(fault.interrupted).toEqual([]);
  });

  it('closes while there is no connection, in a later turn', async () => {
    const { session, scheduler, seen, clock } = setup();
    session.interrupt('silent');
    session.close(1000, 'bye');
    expect(seen.closed).toEqual([]);
    await scheduler.idle();
    expect(seen.closed).toEqual([undefined]);
    expect(clock.size).toBe(0);
  });

  it('resumes reading over the next connection unless it is paused', () => {
    const { session, first } = setup();
    session.pause();
    expect(first.paused).toBe(true);
    session.interrupt('silent');
    const next = new Carrier();
    session.goOn(next.connection, 0);
    expect(next.paused).toBe(true);
    session.resume();
    expect(next.paused).toBe(false);
  });

  it('refuses an acknowledgement of unsent messages, and ignores repeated ones', () => {
    const { session } = setup();
    session.send(text('a'));
    expect(session.acknowledged(2)).toBe(false);
    expect(session.acknowledged(1)).toBe(true);
    expect(session.acknowledged(0)).toBe(true);
  });

  it('shares one limit with all sessions of its node', () => {
    const { sessions } = setup();
    const many = Array.from({ length: 70 }, () => {
      const session = sessions.open(new Carrier().connection, { window: 1_000, buffer: 1024 * 1024 });
      session.send(new Uint8Array(1_000_000), true);
      return session;
    });
    expect(sessions.kept).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(many.filter((session) => session.covers(0)).length).toBe(67);
  });
});
