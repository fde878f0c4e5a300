import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { ErrorRegistry } from '../../errors/error-registry.js';
import type { Subscriber } from '../../events/subscriber.js';
import type { CallPeer } from '../../middleware/call.js';
import type { BoundService } from '../../service/call/bound-service.js';
import { systemScheduler } from '../../util/scheduler.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import type { CallSender } from '../calls/call-sender.js';
import { EventEncoder } from './event-encoder.js';
import { Publisher } from './publisher.js';

const shop = { definition: { name: 'shop', version: '1.0.0', members: [] }, target: {} } as unknown as BoundService;

interface Options {
  readonly names?: string[];
  readonly announced?: string[];
  readonly concealed?: BoundService[];
  readonly selective?: boolean;
  readonly accepted?: Partial<Limits>;
  readonly allow?: (pattern: string) => Promise<void> | undefined;
}

/** A publisher to a peer that accepts two subscriptions, and the bus that it listens to. */
function publishing({ names = [], announced = names, concealed = [], selective = false, accepted, allow }: Options = {}) {
  const recorded = new RecordedOutbox();
  const calls: Parameters<CallSender['call']>[] = [];
  const reported: unknown[] = [];
  const hidden: BoundService[] = [];
  /** Subscribers of the node's bus and of services, with the service that each listens to. */
  const bus = new Map<Subscriber, object | undefined>();
  const state = { names, refusing: false, unseen: [] as BoundService[] };
  const publisher = new Publisher(
    {
      owner: { id: 'peer', identity: undefined } satisfies CallPeer,
      node: { limits: { subscriptions: 2 } },
      outbox: recorded.outbox,
      calls: {
        call: (...call) => {
          calls.push(call);
          return Promise.resolve('answer');
        },
      },
      exports: { get: (handle) => (handle === 3 ? shop : undefined) },
      accepted: { ...defaultLimits, ...accepted },
      conceal: (bound) => void hidden.push(bound),
      reportError: (error) => void reported.push(error),
    },
    {
      events: new EventEncoder(new ErrorRegistry(), undefined),
      selective,
      names: () => state.names,
      unseen: () => state.unseen,
      allow: (_caller, _service, pattern) => allow?.(pattern),
      attach: (service, subscriber) => {
        if (state.refusing) throw new Error('refused');
        bus.set(subscriber, service);
        return () => bus.delete(subscriber);
      },
    },
    announced,
    concealed,
  );
  const emit = (event: string, data: unknown): void => {
    const publication = { event, data };
    for (const subscriber of bus.keys()) subscriber.deliver(publication);
  };
  return { bus, calls, emit, hidden, publisher, recorded, reported, state };
}

describe('a publisher', () => {
  it('sends events to subscriptions of its peer, with names for patterns', () => {
    const { emit, publisher, recorded } = publishing();
    void publisher.accept(4, 0, 'tick');
    void publisher.accept(5, 0, 'user.*');
    emit('tick', 1);
    expect(recorded.packets()).toEqual([
      { kind: 'event', subscription: 4, name: undefined, data: 1 },
      { kind: 'event', subscription: 5, name: 'tick', data: 1 },
    ]);
  });

  it('accepts a bounded number of subscriptions, each number once, to existing services only', () => {
    const { publisher } = publishing();
    void publisher.accept(4, 3, 'sold');
    expect(() => publisher.accept(4, 0, 'tick')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => publisher.accept(5, 77, 'tick')).toThrow(expect.objectContaining({ code: 'not_found' }));
    void publisher.accept(5, 0, 'tick');
    expect(() => publisher.accept(6, 0, 'tick')).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    publisher.drop(4);
    void publisher.accept(6, 0, 'tick');
    expect(publisher.size).toBe(2);
  });

  it('attaches a subscription only when it is authorized; a pending one counts and can be ended', async () => {
    const answers = new Map<string, (allowed: boolean) => void>();
    const { bus, publisher } = publishing({
      allow: (pattern) =>
        new Promise((resolve, reject) => {
          answers.set(pattern, (allowed) => (allowed ? resolve() : reject(new Error('refused'))));
        }),
    });
    const [yes, no] = [publisher.accept(1, 0, 'yes'), publisher.accept(2, 0, 'no')];
    expect(() => publisher.accept(3, 0, 'more')).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    answers.get('yes')?.(true);
    answers.get('no')?.(false);
    await yes;
    await expect(no).rejects.toThrow('refused');
    expect([publisher.size, [...bus.keys()].map(({ pattern }) => pattern)]).toEqual([1, ['yes']]);
    const late = publisher.accept(2, 0, 'late');
    publisher.drop(2);
    answers.get('late')?.(true);
    await late;
    expect([publisher.size, bus.size]).toEqual([1, 1]);
  });

  it('queues up to 1,000 events while the connection is full, drops the oldest and counts them', () => {
    const { emit, publisher, recorded } = publishing();
    void publisher.accept(4, 0, 'tick');
    recorded.outbox.full = true;
    for (let number = 0; number < 1_003; number += 1) emit('tick', number);
    expect([publisher.waiting, publisher.dropped]).toEqual([1_000, 3]);
    recorded.outbox.drained();
    publisher.drained();
    const packets = recorded.packets();
    expect([packets.length, packets[0], publisher.waiting]).toMatchObject([1_000, { data: 3 }, 0]);
  });

  it('does not send queued events to an ended subscription', () => {
    const { emit, publisher, recorded } = publishing();
    void publisher.accept(4, 0, 'tick');
    void publisher.accept(5, 0, 'tick');
    recorded.outbox.full = true;
    emit('tick', 1);
    publisher.drop(4);
    recorded.outbox.drained();
    publisher.drained();
    expect(recorded.packets()).toMatchObject([{ subscription: 5 }]);
  });

  it('reports data that cannot be sent, and continues', () => {
    const { emit, publisher, recorded, reported } = publishing();
    void publisher.accept(4, 0, 'tick');
    emit('tick', Symbol('x'));
    emit('tick', 1);
    expect([reported.length, recorded.packets().length]).toEqual([1, 1]);
  });

  it('encodes data within the smaller limits of a peer', () => {
    const { emit, publisher, recorded, reported } = publishing({ accepted: { depth: 4 } });
    void publisher.accept(4, 0, 'tick');
    emit('tick', [[[[[1]]]]]);
    emit('tick', [[1]]);
    expect([reported.length, recorded.packets().length]).toEqual([1, 1]);
  });

  it('asks its peer to answer an event, without a time limit by default', async () => {
    const { bus, calls, publisher } = publishing();
    void publisher.accept(4, 0, 'tick');
    const [subscriber] = bus.keys();
    expect(await subscriber?.ask({ event: 'tick', data: 1 }, { timeoutMs: undefined, signal: undefined })).toBe('answer');
    void subscriber?.ask({ event: 'tick', data: 2 }, { timeoutMs: 50, signal: undefined });
    expect(calls.map(([, args, options]) => [args, options])).toEqual([
      [[4, 'tick', 1], { timeout: Infinity }],
      [[4, 'tick', 2], { timeout: 50 }],
    ]);
  });

  it('rechecks subscriptions and visible services when the identity of its peer changes', async () => {
    const refused = new Set<string>();
    const { bus, hidden, publisher, recorded, state } = publishing({
      names: ['shop@1.0.0'],
      selective: true,
      allow: (pattern) => (refused.has(pattern) ? Promise.reject(new Error('refused')) : undefined),
    });
    void publisher.accept(1, 0, 'a');
    void publisher.accept(2, 0, 'b');
    refused.add('a');
    state.names = ['admin@1.0.0'];
    state.unseen = [shop];
    publisher.recheck();
    await systemScheduler.idle();
    expect([[...bus.keys()].map(({ pattern }) => pattern), hidden]).toEqual([['b'], [shop]]);
    expect(recorded.packets()).toEqual([{ kind: 'services', added: ['admin@1.0.0'], removed: ['shop@1.0.0'] }]);
    state.refusing = true;
    publisher.recheck();
    expect([publisher.size, recorded.packets()]).toEqual([0, []]);
  });

  it('moves subscriptions to a replacing service and ends those of a concealed one', () => {
    const { bus, publisher } = publishing();
    void publisher.accept(4, 3, 'sold');
    const after = {};
    publisher.replace(shop.target, after);
    expect([...bus.values()]).toEqual([after]);
    publisher.conceal(after);
    expect([bus.size, publisher.size]).toEqual([0, 0]);
  });

  it('detaches all subscriptions when it is closed', () => {
    const { bus, emit, publisher, recorded } = publishing();
    void publisher.accept(4, 0, 'tick');
    recorded.outbox.full = true;
    emit('tick', 1);
    publisher.close();
    expect([bus.size, publisher.size, publisher.waiting]).toEqual([0, 0, 0]);
  });
});

describe('an event encoder', () => {
  it('encodes an event once for all subscribers, and once more with its name', () => {
    const encoder = new EventEncoder(new ErrorRegistry(), undefined);
    let read = 0;
    const data = {
      get value() {
        read += 1;
        return 1;
      },
    };
    const publication = { event: 'tick', data };
    const plain = encoder.encode(publication, false);
    expect(encoder.encode(publication, false)).toBe(plain);
    expect(encoder.encode(publication, true)).not.toBe(plain);
    expect(encoder.encode(publication, false)).toBe(plain);
    expect(read).toBe(2);
  });

  it('keeps encoded events unchanged, also when one is encoded inside of another', () => {
    const encoder = new EventEncoder(new ErrorRegistry(), undefined);
    const inner = { event: 'inner', data: 'inner' };
    let bytes = '';
    const outer = {
      event: 'outer',
      data: {
        get value() {
          bytes = Buffer.from(encoder.encode(inner, false).bytes).toString('latin1');
          return 'outer';
        },
      },
    };
    const encoded = Buffer.from(encoder.encode(outer, false).bytes).toString('latin1');
    for (let count = 0; count < 5; count += 1) encoder.encode({ event: 'x', data: 'x'.repeat(20_000) }, false);
    expect([bytes.includes('inner'), encoded.includes('inner'), encoded.includes('outer')]).toEqual([true, false, true]);
    expect(Buffer.from(encoder.encode(outer, false).bytes).toString('latin1')).toBe(encoded);
  });

  it('continues after data that cannot be sent', () => {
    const encoder = new EventEncoder(new ErrorRegistry(), undefined);
    const before = encoder.encode({ event: 'a', data: 'a' }, false);
    expect(() => encoder.encode({ event: 'b', data: ['b', Symbol('x')] }, false)).toThrow(/event\[1\] is a symbol/);
    const after = encoder.encode({ event: 'c', data: 'c' }, false);
    expect(after.bytes.byteOffset).toBe(before.bytes.byteOffset + before.bytes.length);
  });
});
