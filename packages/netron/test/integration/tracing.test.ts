import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import {
  type CallRecord,
  defineService,
  getCallContext,
  type Handler,
  NetronError,
  type RemotePeer,
  withOptions,
} from '../../src/index.js';
import { nodes, until } from './nodes.js';

type Facts = Record<string, unknown>;

/** Collects what is published under `tracing:<name>:*` until disposed. */
function record(name: string): { seen: [string, Facts][]; [Symbol.dispose](): void } {
  const seen: [string, Facts][] = [];
  const listeners = (['start', 'error', 'asyncEnd'] as const).map((event) => {
    const listener = (facts: unknown): void => void seen.push([event, { ...(facts as Facts) }]);
    channel(`tracing:${name}:${event}`).subscribe(listener);
    return () => channel(`tracing:${name}:${event}`).unsubscribe(listener);
  });
  return {
    seen,
    [Symbol.dispose]() {
      for (const off of listeners) off();
    },
  };
}

const service = defineService({
  name: 'traced@1.0.0',
  methods: {
    now: () => 1,
    async *items(): AsyncGenerator<number> {
      yield 1;
      throw new Error('the end');
    },
  },
});

describe('diagnostics channels', () => {
  it('netron:request reports outgoing calls', async () => {
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    using requests = record('netron:request');
    await remote.now();
    const facts = {
      node: 'client',
      peer: 'server',
      service: 'traced',
      version: '1.0.0',
      method: 'now',
      kind: 'method',
      local: false,
    };
    expect(requests.seen).toMatchObject([
      ['start', { ...facts, args: [], duration: undefined, result: undefined }],
      ['asyncEnd', { ...facts, args: [], duration: expect.any(Number), result: 1, error: undefined, refused: false }],
    ]);
    expect(requests.seen[1]?.[1].address).toMatch(/^memory:/);
    expect(requests.seen[1]?.[1].id).toBeGreaterThan(0);
  });

  it('netron:request starts before the packet is written: a trace set by a listener is sent and passed to nested calls', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const seen: unknown[] = [];
    const inner = defineService({
      name: 'inner@1.0.0',
      methods: { trace: () => seen.push(getCallContext().trace?.traceparent) },
    });
    const outer = defineService({
      name: 'outer@1.0.0',
      methods: {
        trace: async () => {
          const { trace } = getCallContext();
          await Promise.resolve();
          await back?.call('inner', 'trace');
          return trace?.traceparent;
        },
      },
    });
    let back: RemotePeer | undefined;
    await using pair = await nodes({ services: [outer] });
    await pair.client.peer.exposeService(inner);
    back = pair.back;
    await until(() => pair.back.hasService('inner'));
    const start = channel('tracing:netron:request:start');
    const set = (record: unknown): void => {
      if ((record as CallRecord).node === 'client') (record as CallRecord).trace = { traceparent };
    };
    start.subscribe(set);
    try {
      expect(await pair.peer.call('outer', 'trace')).toBe(traceparent);
    } finally {
      start.unsubscribe(set);
    }
    expect(seen).toEqual([traceparent]);
  });

  it('calls in one message arrive with their own traces', async () => {
    const told = defineService({ name: 'told@1.0.0', methods: { trace: (_argument?: string) => getCallContext().trace } });
    await using pair = await nodes({ services: [told] });
    const service = await pair.peer.queryInterface<typeof told>('told');
    const one = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const other = { ...one, tracestate: 'vendor=1' };
    const traces = [one, one, undefined, one, other, other, one];
    const calls = traces.map((trace) => (trace === undefined ? service : withOptions(service, { trace })).trace());
    const long = withOptions(service, { trace: one }).trace('x'.repeat(100_000));
    expect(await Promise.all([...calls, long])).toEqual([...traces, one]);
  });

  it('netron:call: a trace set by a listener is the trace of the call', async () => {
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    const asked = defineService({
      name: 'asked@1.0.0',
      methods: {
        later: async () => {
          await Promise.resolve();
          return getCallContext().trace?.traceparent;
        },
      },
    });
    await using pair = await nodes({ services: [asked] });
    const start = channel('tracing:netron:call:start');
    const set = (record: unknown): void => {
      (record as CallRecord).trace = { traceparent };
    };
    start.subscribe(set);
    try {
      expect(await pair.peer.call('asked', 'later')).toBe(traceparent);
    } finally {
      start.unsubscribe(set);
    }
  });

  it('stores bound to the channels are set while the method runs', async () => {
    const store = new AsyncLocalStorage<{ span: string }>();
    const asked = defineService({
      name: 'asked@1.0.0',
      methods: {
        later: async () => {
          await Promise.resolve();
          return store.getStore()?.span;
        },
      },
    });
    await using pair = await nodes({ services: [asked] });
    const start = channel('tracing:netron:call:start');
    start.bindStore(store, (record) => ({ span: (record as CallRecord).method }));
    try {
      expect(await pair.peer.call('asked', 'later')).toBe('later');
      expect(await pair.server.call('asked', 'later')).toBe('later');
    } finally {
      start.unbindStore(store);
    }
  });

  it('netron:call reports local calls and refused ones', async () => {
    const guard =
      (next: Handler): Handler =>
      (call) => {
        if (call.headers.no === 'yes') throw new NetronError('permission_denied', 'no');
        return next(call);
      };
    await using pair = await nodes({ services: [service], server: { middleware: { incoming: [guard] }, limits: { calls: 1 } } });
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    const local = await pair.server.peer.queryInterface<typeof service>('traced');
    using calls = record('netron:call');
    await local.now();
    await withOptions(remote, { headers: { no: 'yes' } })
      .now()
      .catch(() => {});
    const caller = { id: 'x', identity: undefined, transport: 'queue', address: 'queue:1' };
    await pair.server.dispatch({ service: 'traced', method: 'now', caller, timeout: 0 }).catch(() => {});
    const ends = calls.seen.filter(([event]) => event === 'asyncEnd').map(([, facts]) => facts);
    expect(ends).toMatchObject([
      { local: true, node: 'server', peer: 'server', address: undefined, method: 'now', result: 1, refused: false },
      { local: false, peer: 'client', method: 'now', refused: true, error: { code: 'permission_denied' } },
      { local: false, peer: 'x', address: 'queue:1', method: 'now', refused: true, error: { code: 'deadline_exceeded' } },
    ]);
  });

  it('netron:request reports local calls, too, with a trace set by a listener', async () => {
    const asked = defineService({
      name: 'asked@1.0.0',
      methods: {
        trace: () => getCallContext().trace?.traceparent,
        fail: async () => {
          throw new NetronError('not_found', 'nothing');
        },
      },
    });
    await using pair = await nodes({ services: [asked] });
    const local = await pair.server.peer.queryInterface<typeof asked>('asked');
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    const start = channel('tracing:netron:request:start');
    const onStart = (facts: unknown): void => {
      (facts as CallRecord).trace = { traceparent };
    };
    using requests = record('netron:request');
    using calls = record('netron:call');
    start.subscribe(onStart);
    try {
      expect(await local.trace()).toBe(traceparent);
      await local.fail().catch(() => {});
      await withOptions(local, { timeout: 0 })
        .trace()
        .catch(() => {});
    } finally {
      start.unsubscribe(onStart);
    }
    const ends = requests.seen.filter(([event]) => event === 'asyncEnd').map(([, facts]) => facts);
    const facts = { node: 'server', peer: 'server', address: undefined, service: 'asked', local: true };
    expect(ends).toMatchObject([
      { ...facts, method: 'trace', result: traceparent, refused: false },
      { ...facts, method: 'fail', error: { code: 'not_found' }, refused: false },
      { ...facts, method: 'trace', error: { code: 'deadline_exceeded' }, refused: true },
    ]);
    expect(ends[0]?.id).toBe(calls.seen[0]?.[1].id);
  });

  it('netron:event reports sent and received events', async () => {
    await using pair = await nodes({ server: { remoteEvents: true } });
    const heard: unknown[] = [];
    await pair.peer.subscribe('tick', (data) => heard.push(data));
    using seen = record('netron:event');
    void pair.server.publish('tick', 5);
    await until(() => heard.length === 1);
    expect(seen.seen.filter(([event]) => event === 'start').map(([, facts]) => facts)).toEqual([
      { peer: 'client', direction: 'out', event: 'tick', data: 5 },
      { peer: 'server', direction: 'in', event: 'tick', data: 5 },
    ]);
  });

  it('netron:call and rpc:start leave out internal calls of the protocol', async () => {
    await using pair = await nodes({ services: [service] });
    using calls = record('netron:call');
    const started: string[] = [];
    pair.server.on('rpc:start', ({ service: name, method }) => void started.push(`${name}.${method}`));
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    await remote.now();
    expect(started).toEqual(['traced.now']);
    expect(calls.seen.map(([event, { service: name }]) => `${event} ${name}`)).toEqual(['start traced', 'asyncEnd traced']);
  });

  it('netron:stream reports both ends of a stream, and its error', async () => {
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    using streams = record('netron:stream');
    const read = async (): Promise<void> => {
      for await (const _ of remote.items());
    };
    await expect(read()).rejects.toThrow('the end');
    expect(streams.seen.map(([event, { direction }]) => `${direction} ${event}`).sort()).toEqual(
      ['in start', 'in error', 'in asyncEnd', 'out start', 'out error', 'out asyncEnd'].sort(),
    );
    expect(streams.seen.every(([event, { error }]) => event !== 'error' || (error as Error).message === 'the end')).toBe(true);
  });

  it('netron:connection reports a connection from handshake to end, on both ends', async () => {
    using connections = record('netron:connection');
    {
      await using _pair = await nodes({ services: [service] });
    }
    const events = connections.seen.map(([event]) => event);
    expect(events.filter((event) => event === 'start')).toHaveLength(2);
    expect(events.filter((event) => event === 'asyncEnd')).toHaveLength(2);
    expect(connections.seen.every(([, { peer, address }]) => typeof peer === 'string' && typeof address === 'string')).toBe(true);
  });
});

it('peer.streams and peer.references list owner, time and size', async () => {
  async function* letters() {
    for (;;) yield 'y';
  }
  const held = defineService({
    name: 'held@1.0.0',
    methods: {
      async *endless(): AsyncGenerator<string> {
        for (;;) yield 'x'.repeat(1_000);
      },
      greeter: () => (name: string) => `hello ${name}`,
      async *nested() {
        yield letters();
      },
      take: async (given: AsyncIterable<string>) => {
        await given[Symbol.asyncIterator]().next();
        await new Promise(() => {});
      },
    },
  });
  await using pair = await nodes({ services: [held] });
  const remote = await pair.peer.queryInterface<typeof held>('held');
  const items = remote.endless();
  await items.next();
  using greeter = await remote.greeter();
  expect(await greeter('ann')).toBe('hello ann');
  await until(() => (pair.peer.streams[0]?.size ?? 0) > 0);
  expect(pair.back.streams).toEqual([
    { id: 1, direction: 'out', owner: 'held.endless', opened: expect.any(Number), size: expect.any(Number) },
  ]);
  expect(pair.back.streams[0]?.size).toBeGreaterThan(1_000);
  expect(pair.peer.streams).toMatchObject([{ id: 1, direction: 'in', owner: 'held.endless' }]);
  remote.take(letters()).catch(() => {});
  await until(() => (pair.back.streams[1]?.size ?? 0) > 0);
  expect(pair.back.streams[1]).toMatchObject({ id: 1, direction: 'in', owner: 'held.take' });
  expect(pair.peer.streams).toContainEqual(expect.objectContaining({ direction: 'out', owner: 'held.take' }));
  for await (const inner of remote.nested()) {
    const iterator = inner[Symbol.asyncIterator]();
    await iterator.next();
    // The outer one may have come to its end already.
    const owners = new Set(pair.back.streams.map(({ direction, owner }) => `${direction} ${owner}`));
    expect([...owners].sort()).toEqual(['in held.take', 'out held.endless', 'out held.nested']);
    await iterator.return?.();
  }
  expect(pair.back.references).toMatchObject([{ direction: 'out', owner: 'function@0.0.0', size: 1 }]);
  expect(pair.peer.references).toContainEqual(expect.objectContaining({ direction: 'in', owner: 'function@0.0.0', size: 1 }));
  await items.return();
  await until(() => pair.back.streams.every(({ direction }) => direction === 'in'));
});
