import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { NetronError } from '../../errors/netron-error.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { systemScheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import { defaultLimits } from '../../wire/limits.js';
import { Received } from '../../wire/received.js';
import { initialCredit } from './credit-window.js';
import { IncomingStreams } from './incoming.js';
import type { ConsumingLink } from './incoming-stream.js';

const done = { done: true, value: undefined };
const item = (value: unknown) => ({ done: false, value });

/** Streams of a link that accepts two at a time. */
function incoming(streamTimeout = Infinity) {
  const clock = new VirtualClock();
  const recorded = new RecordedOutbox();
  const violations: NetronError[] = [];
  const link: ConsumingLink = {
    node: {
      clock,
      deadlines: new Ticker(clock, 100),
      limits: { ...defaultLimits, streams: 2 },
      scheduler: { ...systemScheduler, collects: false },
      streamTimeout,
    },
    owner: { id: 'peer' },
    outbox: recorded.outbox,
    lineLength: () => undefined,
    violated: (error) => violations.push(error),
  };
  const streams = new IncomingStreams(link);
  /** Returns the packets to the producer since the last call, for instance `stop 4`. */
  const sent = () =>
    recorded.packets().map((packet) => {
      if (packet.kind === 'credit') return `credit ${packet.stream} ${packet.bytes}`;
      return packet.kind === 'stop' ? `stop ${packet.stream}` : packet.kind;
    });
  return { clock, sent, streams, violations };
}

/** A received packet with one reference, and the fate of the reference. */
function holding() {
  const became: string[] = [];
  const received = new Received();
  received.add({ transfer: () => became.push('transferred'), [Symbol.dispose]: () => became.push('disposed') });
  return { received, became };
}

describe('a received stream', () => {
  it('in arguments is stopped at the end of its call unless it was read', () => {
    const { sent, streams } = incoming();
    const [unread, read] = [streams.open(4), streams.open(5)];
    void read.next();
    for (const stream of [unread, read]) stream[Symbol.dispose]();
    expect(sent()).toEqual(['stop 4']);
  });

  it('is listed with the call that it came with, and so are those in its items', () => {
    const { streams } = incoming();
    const received = new Received();
    const outer = streams.open(4);
    received.add(outer);
    received.transfer(undefined, 'shop.list');
    const inner = new Received();
    inner.add(streams.open(5));
    streams.item(4, 'a', 2, inner);
    expect(streams.list().map(({ id, owner }) => [id, owner])).toEqual([
      [4, 'shop.list'],
      [5, 'shop.list'],
    ]);
  });

  it('yields its items in order, requested before or after arrival, then its end', async () => {
    const { streams } = incoming();
    const stream = streams.open(4);
    const asked = [stream.next(), stream.next()];
    streams.item(4, 'a', 2);
    streams.item(4, 'b', 2);
    streams.item(4, 'c', 2);
    streams.end(4, 'returned');
    expect(await Promise.all([...asked, stream.next(), stream.next(), stream.next()])).toEqual([
      item('a'),
      item('b'),
      item('c'),
      { done: true, value: 'returned' },
      done,
    ]);
    expect([streams.size, stream.over]).toEqual([0, true]);
  });

  it('rejects once with its error, after the items before it', async () => {
    const { streams } = incoming();
    const stream = streams.open(4);
    streams.item(4, 'a', 2);
    streams.fail(4, new Error('broken'));
    expect(await stream.next()).toEqual(item('a'));
    await expect(stream.next()).rejects.toThrow('broken');
    expect(await stream.next()).toEqual(done);
  });

  it('rejects the first waiting read and ends the others', async () => {
    const { streams } = incoming();
    const stream = streams.open(4);
    const asked = [stream.next(), stream.next()];
    streams.fail(4, new Error('broken'));
    await expect(asked[0]).rejects.toThrow('broken');
    expect(await asked[1]).toEqual(done);
  });

  it('gives credit for items read, not for items received', async () => {
    const { sent, streams, violations } = incoming();
    const stream = streams.open(4);
    for (let count = 0; count < 4; count += 1) streams.item(4, count, initialCredit / 4 - 16);
    expect(sent()).toEqual([]);
    await stream.next();
    expect(sent()).toEqual([]);
    await stream.next();
    expect(sent()).toEqual([`credit 4 ${initialCredit / 2}`]);
    for (let count = 0; count < 3; count += 1) streams.item(4, count, initialCredit / 4 - 16);
    expect(violations).toEqual([]);
  });

  it('reports a violation when items exceed the credit', () => {
    const { streams, violations } = incoming();
    streams.open(4);
    // The last one may be of any length.
    streams.item(4, 'a', initialCredit - 16);
    streams.item(4, 'b', 10 * initialCredit);
    expect(violations).toEqual([]);
    const { received, became } = holding();
    streams.item(4, 'c', 1, received);
    expect([violations[0]?.code, became]).toEqual(['resource_exhausted', ['disposed']]);
  });

  it('counts a fixed cost for each item, which bounds empty items', () => {
    const { streams, violations } = incoming();
    streams.open(4);
    for (let count = 0; count < initialCredit / 16 + 2; count += 1) streams.item(4, undefined, 0);
    expect(violations).toHaveLength(1);
  });

  it('stops the producer once when it is left, and releases unread items', async () => {
    const { sent, streams } = incoming();
    const stream = streams.open(4);
    const { received, became } = holding();
    streams.item(4, 'a', 2, received);
    stream.stop();
    stream.stop();
    expect([sent(), became, streams.size]).toEqual([['stop 4'], ['disposed'], 0]);
    expect(await stream.next()).toEqual(done);
    streams.item(4, 'late', 2, received);
    streams.end(4);
  });

  it('transfers references with their item', async () => {
    const { streams } = incoming();
    const stream = streams.open(4);
    const { received, became } = holding();
    streams.item(4, 'a', 2, received);
    expect(became).toEqual([]);
    expect([await stream.next(), became]).toEqual([item('a'), ['transferred']]);
  });

  it('releases an unread return value', () => {
    const { streams } = incoming();
    const stream = streams.open(4);
    const { received, became } = holding();
    streams.end(4, 'returned', received);
    stream.stop();
    expect(became).toEqual(['disposed']);
  });

  it('times out while an item is awaited, not while it is unread', async () => {
    const { clock, sent, streams } = incoming(1_000);
    const stream = streams.open(4);
    await clock.advance(5_000);
    const asked = stream.next().then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    streams.open(5);
    await clock.advance(900);
    expect(sent()).toEqual([]);
    await clock.advance(300);
    expect(await asked).toMatchObject({ code: 'deadline_exceeded', message: 'no item arrived for 1000 ms' });
    expect([sent(), clock.size]).toEqual([['stop 4'], 0]);
  });

  it('restarts its time limit with each item', async () => {
    const { clock, sent, streams } = incoming(1_000);
    const stream = streams.open(4);
    for (let count = 0; count < 3; count += 1) {
      const asked = stream.next();
      await clock.advance(900);
      streams.item(4, count, 1);
      expect(await asked).toEqual(item(count));
    }
    await clock.advance(5_000);
    expect(sent()).toEqual([]);
  });
});

describe('the streams of a link', () => {
  it('are bounded in number', () => {
    const { streams } = incoming();
    streams.open(1);
    streams.open(2);
    expect(() => streams.open(3)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    streams.end(1);
    streams.open(3);
  });

  it('have unique numbers', () => {
    const { streams } = incoming();
    streams.open(1);
    expect(() => streams.open(1)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('are stopped by a refused item and fail after the items before it', async () => {
    const { sent, streams } = incoming();
    const stream = streams.open(4);
    streams.item(4, 'a', 2);
    streams.abort(4, new Error('refused'));
    streams.abort(77, new Error('refused'));
    expect(sent()).toEqual(['stop 4']);
    expect(await stream.next()).toEqual(item('a'));
    await expect(stream.next()).rejects.toThrow('refused');
  });

  it('fail with the connection', async () => {
    const { clock, sent, streams } = incoming(1_000);
    const stream = streams.open(4);
    const asked = stream.next();
    streams.close('the connection was lost', { reason: 'resume_failed' });
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'resume_failed' } });
    expect([streams.size, sent(), clock.size]).toEqual([0, [], 0]);
  });
});

it('a stream fails for an item or end with a value that cannot be received', async () => {
  const { sent, streams } = incoming();
  const failure = () => Object.assign(new Received(), { failure: new NetronError('not_found', 'released') });
  const [one, other] = [streams.open(1), streams.open(2)];
  streams.item(1, 'a', 3, failure());
  streams.end(2, 'a', failure());
  await expect(one.next()).rejects.toMatchObject({ code: 'not_found' });
  await expect(other.next()).rejects.toMatchObject({ code: 'not_found' });
  expect(sent()).toContain('stop 1');
});
