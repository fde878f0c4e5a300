import { NetronError } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import { EventLine } from './event-line.js';
import type { News } from './news.js';

/** A line to a server that answers as it is told. */
function line() {
  const clock = new TestClock();
  const heard: News[] = [];
  const asked: { tags: readonly string[]; cursor: string | undefined; signal: AbortSignal; at: number }[] = [];
  const state: { refuse: NetronError | undefined; controller: ReadableStreamDefaultController<Uint8Array> | undefined } = {
    refuse: undefined,
    controller: undefined,
  };
  const own = new EventLine({
    clock,
    tell: (news) => void heard.push(news),
    open: async (tags, cursor, signal) => {
      asked.push({ tags, cursor, signal, at: clock.now() });
      if (state.refuse !== undefined) throw state.refuse;
      return new ReadableStream<Uint8Array>({
        start(controller) {
          state.controller = controller;
          signal.addEventListener('abort', () => controller.error(signal.reason));
        },
      }).getReader();
    },
  });
  return {
    ...{ clock, heard, asked, state, line: own },
    say: async (text: string) => {
      state.controller?.enqueue(new TextEncoder().encode(text));
      await turns();
    },
  };
}

const ready = (position: number) => `event: ready\nid: log.${position}\ndata: {"tags":{}}\n\n`;

describe('the stream of events', () => {
  it('is opened once for all that is wanted at once, and not for nothing', async () => {
    const { clock, asked, line: own } = line();
    own.want({ tags: [], cursor: undefined });
    await clock.advance(1_000);
    expect(asked).toEqual([]);
    own.want({ tags: ['a'], cursor: 'log.5' });
    own.want({ tags: ['a', 'b'], cursor: 'log.3' });
    await clock.advance(1_000);
    expect(asked).toMatchObject([{ tags: ['a', 'b'], cursor: 'log.3' }]);
  });

  it('stays when less is wanted, is opened anew for more, and ends with the last wish', async () => {
    const { clock, asked, line: own } = line();
    own.want({ tags: ['a', 'b'], cursor: undefined });
    await clock.advance(20);
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(20);
    expect(asked.length).toBe(1);
    own.want({ tags: ['a', 'c'], cursor: undefined });
    await clock.advance(20);
    expect([asked.length, asked[0]?.signal.aborted, asked[1]?.signal.aborted]).toEqual([2, true, false]);
    own.want({ tags: [], cursor: undefined });
    expect(asked[1]?.signal.aborted).toBe(true);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('goes on at its last position, also one that came as a sign of life', async () => {
    const { clock, asked, state, say, line: own } = line();
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(20);
    await say(ready(3));
    await say('id: log.9\n\n');
    expect(own.cursor).toBe('log.9');
    state.controller?.close();
    await clock.advance(2_000);
    expect(asked[1]).toMatchObject({ tags: ['a'], cursor: 'log.9' });
  });

  it('is given up after 45 s without a byte', async () => {
    const { clock, asked, say, line: own } = line();
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(20);
    await clock.advance(44_000);
    await say(':\n\n');
    await clock.advance(44_000);
    expect([asked.length, asked[0]?.signal.aborted]).toEqual([1, false]);
    await clock.advance(1_000);
    expect(asked[0]?.signal.aborted).toBe(true);
    await clock.advance(2_000);
    expect(asked.length).toBe(2);
  });

  it('is tried again in times that grow up to a minute, and at once when the network is back', async () => {
    const { clock, asked, state, line: own } = line();
    state.refuse = new NetronError('unavailable', 'no');
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(600_000);
    const waits = asked.slice(1).map(({ at }, index) => at - asked[index]!.at);
    for (const [failures, wait] of waits.entries()) {
      const base = Math.min(60_000, 1_000 * 2 ** failures);
      expect([wait >= base / 2, wait <= base]).toEqual([true, true]);
    }
    expect(waits.length).toBeGreaterThan(10);
    const before = asked.length;
    own.wake();
    await clock.advance(0);
    expect(asked.length).toBe(before + 1);
  });

  it('waits as long as the server asks for', async () => {
    const { clock, asked, state, line: own } = line();
    state.refuse = Object.assign(new NetronError('resource_exhausted', 'too many'), { retryAfterMs: 30_000 });
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(29_900);
    expect(asked.length).toBe(1);
    await clock.advance(200);
    expect(asked.length).toBe(2);
  });

  it.each(['not_found', 'unauthenticated', 'unimplemented'] as const)('is not asked for again after %s', async (code) => {
    const { clock, asked, state, line: own } = line();
    state.refuse = new NetronError(code, 'no');
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(3_600_000);
    expect([asked.length, clock.pending]).toEqual([1, 0]);
  });

  it('of seals that are no good any more makes all of them out of date, once', async () => {
    const { clock, heard, state, line: own } = line();
    state.refuse = new NetronError('permission_denied', 'no');
    own.want({ tags: ['a~x'], cursor: undefined });
    await clock.advance(60_000);
    expect(heard).toEqual([{ kind: 'reset', log: '', position: 0, tags: new Map(), within: 0, listening: ['a~x'] }]);
  });

  it('that is reset again and again is not asked for as fast as it answers', async () => {
    const { clock, asked, state, say, line: own } = line();
    own.want({ tags: ['a'], cursor: 'old.1' });
    await clock.advance(20);
    for (let round = 0; round < 5; round += 1) {
      await say('event: reset\nid: log.1\ndata: {}\n\n');
      state.controller?.close();
      for (const before = asked.length; asked.length === before; ) await clock.advance(500);
    }
    const waits = asked.slice(1).map(({ at }, index) => at - asked[index]!.at);
    expect(Math.max(...waits)).toBeGreaterThan(4_000);
  });

  it('says nothing more once it is closed', async () => {
    const { clock, heard, asked, say, line: own } = line();
    own.want({ tags: ['a'], cursor: undefined });
    await clock.advance(20);
    own.close();
    await say(ready(3)).catch(() => {});
    own.want({ tags: ['b'], cursor: undefined });
    own.wake();
    await clock.advance(3_600_000);
    expect([heard, asked.length, clock.pending]).toEqual([[], 1, 0]);
  });
});
