import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import { nodes } from './nodes.js';

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
  it('netron:request tells of calls this process makes', async () => {
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    using requests = record('netron:request');
    await remote.now();
    expect(requests.seen).toEqual([
      ['start', { service: 'traced', method: 'now' }],
      ['asyncEnd', { service: 'traced', method: 'now' }],
    ]);
  });

  it('netron:call and rpc:start leave out what the protocol asks on its own', async () => {
    await using pair = await nodes({ services: [service] });
    using calls = record('netron:call');
    const started: string[] = [];
    pair.server.on('rpc:start', ({ service: name, method }) => void started.push(`${name}.${method}`));
    const remote = await pair.peer.queryInterface<typeof service>('traced');
    await remote.now();
    expect(started).toEqual(['traced.now']);
    expect(calls.seen.map(([event, { service: name }]) => `${event} ${name}`)).toEqual(['start traced', 'asyncEnd traced']);
  });

  it('netron:stream tells of both ends of a stream, and why it failed', async () => {
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

  it('netron:connection tells of a conversation from its handshake to its end, on both ends', async () => {
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
