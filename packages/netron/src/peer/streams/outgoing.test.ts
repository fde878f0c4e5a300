import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { StreamSource, streamSource } from '../../service/call/stream-source.js';
import { InFlight } from '../../util/in-flight.js';
import { systemScheduler } from '../../util/scheduler.js';
import { defaultLimits } from '../../wire/limits.js';
import { initialCredit } from './credit-window.js';
import { OutgoingStreams } from './outgoing.js';

const turn = () => systemScheduler.idle();

/** Streams of a link whose other end accepts two of them, and messages of 1 MiB. */
function outgoing() {
  const recorded = new RecordedOutbox({ message: 2 ** 20 });
  const reported: unknown[] = [];
  const streams = new OutgoingStreams({
    node: { limits: { streams: 100 }, clock: { now: () => 5 }, inFlight: new InFlight() },
    owner: { id: 'peer' },
    outbox: recorded.outbox,
    accepted: { ...defaultLimits, streams: 2, message: 2 ** 20 },
    reportError: (error) => reported.push(error),
  });
  return { recorded, reported, streams };
}

/** A source of these values that notes when it is read and when it is closed. */
function source(values: Iterable<unknown>, call?: CallContext, kind: 'iterable' | 'steps' = 'iterable') {
  const state = { asked: 0, closed: 0 };
  const iterator = values[Symbol.iterator]();
  const made = new StreamSource(
    kind,
    {
      next: (value?: unknown) => {
        state.asked += 1;
        return iterator.next(value as undefined);
      },
      return: () => {
        state.closed += 1;
        return { done: true, value: undefined };
      },
    },
    call,
  );
  return Object.assign(state, { made });
}

/** A call as streams see it. */
function producing() {
  const did: string[] = [];
  const call = {
    service: 'shop',
    method: 'list',
    followed: false,
    tracking: false,
    follow() {},
    abort: ({ message }: Error) => did.push(`abort: ${message}`),
    release: () => did.push('release'),
  } as unknown as CallContext;
  return { call, did };
}

describe('a sent stream', () => {
  it('sends its items and its end, beginning in the next turn', async () => {
    const { recorded, streams } = outgoing();
    expect(streams.open(streamSource(['a', new Uint8Array([1, 2])]))).toBe(1);
    expect(recorded.packets()).toEqual([]);
    await turn();
    expect(recorded.packets()).toMatchObject([
      { kind: 'item', stream: 1, value: 'a' },
      { kind: 'bytes', stream: 1, chunk: Buffer.of(1, 2) },
      { kind: 'end', stream: 1, value: undefined },
    ]);
    expect(streams.size).toBe(0);
  });

  it('sends what its generator returns', async () => {
    const { recorded, streams } = outgoing();
    streams.open(
      streamSource(
        (function* () {
          yield 1;
          return 'last';
        })(),
      ),
    );
    await turn();
    expect(recorded.packets()).toMatchObject([{ kind: 'item' }, { kind: 'end', value: 'last' }]);
  });

  it('reads its source only while there is credit', async () => {
    const { recorded, streams } = outgoing();
    const endless = source(
      (function* () {
        for (;;) yield 'x'.repeat(1_000);
      })(),
    );
    streams.open(endless.made);
    await turn();
    const most = Math.ceil(initialCredit / 1_000);
    expect(endless.asked).toBeGreaterThan(most - 5);
    expect(endless.asked).toBeLessThanOrEqual(most);
    const { asked } = endless;
    streams.credit(1, 10);
    await turn();
    expect(endless.asked).toBeLessThanOrEqual(asked + 1);
    streams.credit(1, 3_000);
    await turn();
    expect(endless.asked).toBeGreaterThan(asked);
    expect(endless.asked).toBeLessThanOrEqual(asked + 4);
    recorded.packets();
  });

  it('waits while the connection has no room', async () => {
    const { recorded, streams } = outgoing();
    const { made } = source(['a']);
    recorded.outbox.full = true;
    streams.open(made);
    await turn();
    expect(recorded.packets()).toEqual([]);
    recorded.outbox.drained();
    streams.drained();
    await turn();
    expect(recorded.packets()).toHaveLength(2);
  });

  it('cuts long chunks, each piece of which is a message of its own', async () => {
    const { recorded, streams } = outgoing();
    streams.open(streamSource([new Uint8Array(150 * 1024).fill(77)]));
    const pieces: number[][] = [];
    for (let turns = 0; turns < 3; turns += 1) {
      await turn();
      recorded.endTurn();
      pieces.push(recorded.messages.splice(0).flatMap(({ 0: first, length }) => (first === 77 ? length : [])));
      streams.credit(1, 64 * 1024 + 16);
    }
    // Each piece uses up all the credit.
    expect(pieces).toEqual([[64 * 1024], [64 * 1024], [22 * 1024]]);
  });

  it('fails when its source fails, and releases its call', async () => {
    const { recorded, streams } = outgoing();
    const { call, did } = producing();
    const broken = source(
      (function* () {
        yield 1;
        throw new NetronError('data_loss', 'broken');
      })(),
      call,
    );
    streams.open(broken.made);
    await turn();
    expect(recorded.packets()).toMatchObject([{ kind: 'item' }, { kind: 'fail', error: { code: 'data_loss' } }]);
    expect([streams.size, did]).toEqual([0, ['release']]);
  });

  it('fails with an item that cannot be sent, and closes its source', async () => {
    const { recorded, streams } = outgoing();
    const odd = source([1, Symbol('x'), 2]);
    streams.open(odd.made);
    await turn();
    expect(recorded.packets()).toMatchObject([{ kind: 'item' }, { kind: 'fail', error: { code: 'invalid_argument' } }]);
    expect([odd.asked, odd.closed]).toEqual([2, 1]);
  });

  it('that belongs to a call fails with `internal` for what cannot be sent: an item, or what a generator returns', async () => {
    const { recorded, streams } = outgoing();
    const returning = (function* () {
      yield 1;
      return Symbol('x');
    })();
    for (const items of [[Symbol('x')], returning]) streams.open(source(items, producing().call).made);
    await turn();
    const failed = { kind: 'fail', error: { code: 'internal' } };
    expect(recorded.packets()).toMatchObject([failed, { kind: 'item' }, failed]);
  });

  it('fails when its source yields an invalid step', async () => {
    const { recorded, streams } = outgoing();
    streams.open(new StreamSource('iterable', { next: () => undefined as never }));
    await turn();
    const message = 'next() of a stream must return { done, value }, not undefined';
    expect(recorded.packets()).toMatchObject([{ kind: 'fail', error: { name: 'TypeError', message } }]);
  });

  it('ends its source and call when the consumer leaves, and sends nothing more', async () => {
    const { recorded, streams } = outgoing();
    const { call, did } = producing();
    let give: (value: unknown) => void = () => {};
    const waiting = new Promise((resolve) => {
      give = resolve;
    });
    const slow = { next: () => waiting as Promise<IteratorResult<unknown>> };
    let closed = 0;
    streams.open(new StreamSource('iterable', slow, call, () => (closed += 1)));
    await turn();
    streams.stop(1);
    streams.stop(1);
    give({ done: false, value: 'late' });
    await turn();
    expect([recorded.packets(), closed, did]).toEqual([[], 1, ['release', 'abort: the consumer left the stream']]);
  });

  it('keeps its call until its last stream has ended', async () => {
    const { streams } = outgoing();
    const { call, did } = producing();
    streams.open(source(['a'], call).made);
    streams.open(new StreamSource('iterable', { next: () => new Promise(() => {}) }, call));
    await turn();
    expect(did).toEqual([]);
    streams.stop(2);
    expect(did[0]).toBe('release');
  });

  it('of steps sends one item per request and passes values and errors of the consumer to its generator', async () => {
    const { recorded, streams } = outgoing();
    const heard: unknown[] = [];
    function* talk(): Generator<unknown, unknown, unknown> {
      for (;;) {
        try {
          heard.push(yield heard.length);
        } catch (error) {
          heard.push(error);
        }
      }
    }
    const generator = talk();
    streams.open(new StreamSource('steps', generator));
    await turn();
    expect(recorded.packets()).toEqual([]);
    streams.step(1, { thrown: false, value: 'first' });
    streams.step(1, { thrown: false, value: 'second' });
    streams.step(1, { thrown: true, value: 'thrown' });
    await turn();
    expect(heard).toEqual(['second', 'thrown']);
    expect(recorded.packets()).toMatchObject([{ value: 0 }, { value: 1 }, { value: 2 }]);
  });

  it('queues at most 1,000 steps, and refuses steps without the option', () => {
    const { streams } = outgoing();
    const never = { next: () => new Promise<never>(() => {}) };
    streams.open(new StreamSource('steps', never));
    for (let count = 0; count <= 1_000; count += 1) streams.step(1, { thrown: false, value: 1 });
    expect(() => streams.step(1, { thrown: false, value: 1 })).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    streams.open(new StreamSource('iterable', never));
    expect(() => streams.step(2, { thrown: false, value: 1 })).toThrow(expect.objectContaining({ code: 'failed_precondition' }));
    streams.step(77, { thrown: false, value: 1 });
  });
});

describe('the streams that a link sends', () => {
  it('are bounded in number', () => {
    const { streams } = outgoing();
    const open = () => streams.open(new StreamSource('iterable', { next: () => new Promise(() => {}) }));
    expect([open(), open()]).toEqual([1, 2]);
    expect(open).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    streams.stop(1);
    expect(open()).toBe(3);
  });

  it('can be withdrawn before they are announced, without touching their sources', async () => {
    const { recorded, streams } = outgoing();
    const { made, closed, asked } = source(['a']);
    streams.withdraw(streams.open(made));
    await turn();
    expect([recorded.packets(), closed, asked, streams.size]).toEqual([[], 0, 0, 0]);
  });

  it('fail when the identity of their caller changes; streams in own arguments continue', async () => {
    const { recorded, streams } = outgoing();
    const { call } = producing();
    const never = { next: () => new Promise<never>(() => {}) };
    streams.open(new StreamSource('iterable', never, call), call);
    streams.open(new StreamSource('iterable', never));
    expect(streams.list()).toMatchObject([
      { id: 1, owner: 'shop.list', opened: 5 },
      { id: 2, owner: '' },
    ]);
    streams.revoke(new NetronError('permission_denied', 'changed'));
    expect(recorded.packets()).toMatchObject([{ kind: 'fail', stream: 1, error: { code: 'permission_denied' } }]);
    expect(streams.size).toBe(1);
  });

  it('end with the connection, together with their sources and calls', async () => {
    const { streams } = outgoing();
    const { call, did } = producing();
    const state = source(['a'], call);
    streams.open(state.made);
    streams.close();
    expect([streams.size, state.closed, did]).toEqual([0, 1, ['release', 'abort: the connection was lost']]);
  });
});
