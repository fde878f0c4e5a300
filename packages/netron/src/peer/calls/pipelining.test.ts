import { describe, expect, it } from 'vitest';
import type { CallPeer } from '../../middleware/call.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { flags } from '../../wire/packets.js';
import { allParts } from '../link/all-parts.js';
import { CallPromise } from './call-promise.js';
import { Callee } from './callee.js';
import { OutgoingChain } from './outgoing-chain.js';
import { PendingCalls } from './pending.js';
import { type PipelinedCalls, Pipelining } from './pipelining.js';

/** Pipelining with a table of pending calls; the packet of call `1` has not been sent. */
function pipelining(middleware?: ConstructorParameters<typeof OutgoingChain>[0]) {
  const clock = new VirtualClock();
  const begun: Parameters<PipelinedCalls['begin']>[] = [];
  const pending = new PendingCalls();
  const calls = {
    crowded: false,
    write: () => expect.unreachable(),
    sendOrWait: () => expect.unreachable(),
    discard() {},
    begin: (...call: Parameters<PipelinedCalls['begin']>) => {
      begun.push(call);
      return new CallPromise<unknown>((resolve) => resolve('sent'));
    },
  };
  const amended: number[] = [];
  const outbox = {
    unsent: true,
    writing: false,
    writer: undefined as never,
    holds: () => outbox.unsent,
    amend: (_mark: unknown, flag: number) => amended.push(flag),
  };
  const time = { clock, deadlines: undefined as never };
  const owner: CallPeer & { outgoingChain: OutgoingChain | undefined } = {
    id: 'peer',
    identity: undefined,
    outgoingChain: middleware && new OutgoingChain(middleware, time),
  };
  const pipelines = new Pipelining(
    { node: { id: 'node', clock, parts: allParts }, owner, outbox, outgoingHandles: { nameOf: undefined } },
    pending,
    calls,
  );
  const slot = pending.acquire();
  slot.callee = new Callee(3, 0, 'users', 'get');
  slot.deadline = 700;
  const first = new CallPromise<unknown>((resolve) => (slot.resolve = resolve), pipelines, slot.id);
  return { amended, begun, calls, first, outbox, pending, pipelines, slot };
}

describe('a call on the result of another', () => {
  it('names the first call, asks the callee to hold its result once, and inherits its deadline', () => {
    const { amended, begun, first, pipelines } = pipelining();
    void pipelines.pipe(first, ['profile', 'avatar'], [1]);
    void pipelines.pipe(first, ['name'], undefined);
    expect(amended).toEqual([flags.hold]);
    const named = (path: string[]) => ({ handle: 1, member: 0, path, service: 'users', method: `get().${path.join('.')}` });
    expect(begun).toMatchObject([
      [named(['profile', 'avatar']), [1], undefined, undefined, 700],
      [named(['name']), undefined, undefined, undefined, 700],
    ]);
  });

  it('is not pipelined when the first call has left without the hold flag', () => {
    const { begun, first, outbox, pipelines } = pipelining();
    outbox.unsent = false;
    expect(pipelines.pipe(first, ['name'], [])).toBeUndefined();
    expect(begun).toEqual([]);
  });

  it('is pipelined later when the result is held', () => {
    const { amended, begun, first, outbox, pipelines } = pipelining();
    void pipelines.pipe(first, ['name'], []);
    outbox.unsent = false;
    void pipelines.pipe(first, ['name'], []);
    expect([amended.length, begun.length]).toEqual([1, 2]);
  });

  it.each([
    ['it has been answered', ({ pending, slot }: ReturnType<typeof pipelining>) => pending.release(slot)],
    ['the other end takes no more calls', ({ calls }: ReturnType<typeof pipelining>) => void (calls.crowded = true)],
    ['a packet is being written', ({ outbox }: ReturnType<typeof pipelining>) => void (outbox.writing = true)],
  ])('waits for the result when %s', (_when, change) => {
    const parts = pipelining();
    change(parts);
    expect(parts.pipelines.pipe(parts.first, ['name'], [])).toBeUndefined();
    expect(parts.amended).toEqual([]);
  });

  it('passes middleware, and calls the result itself when it has arrived meanwhile', async () => {
    let go: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { begun, first, pending, pipelines, slot } = pipelining([(next) => async (call) => wait.then(() => next(call))]);
    const called = pipelines.pipe(first, ['greet'], ['Ann']);
    slot.resolve({ greet: (name: string) => `hello ${name}` });
    pending.release(slot);
    go();
    expect(await called).toBe('hello Ann');
    expect(begun).toEqual([]);
  });

  it('is sent with the options that middleware has set', async () => {
    const { begun, first, pipelines } = pipelining([
      (next) => (call) => {
        call.headers.tenant = 'a';
        return next(call);
      },
    ]);
    expect(await pipelines.pipe(first, ['greet'], [])).toBe('sent');
    expect(begun[0]?.[2]).toEqual({ headers: { tenant: 'a' } });
  });
});

describe('the result of a call as an argument', () => {
  it('is sent as the number of a held result', () => {
    const { amended, first, pipelines } = pipelining();
    expect([pipelines.nameOf(first), amended]).toEqual([1, [flags.hold]]);
  });

  it('has no number for another connection, an unsent call, or a call that left without the hold flag', () => {
    const { amended, first, outbox, pipelines, slot } = pipelining();
    expect(pipelining().pipelines.nameOf(first)).toBeUndefined();
    slot.unsent = true;
    expect(pipelines.nameOf(first)).toBeUndefined();
    slot.unsent = false;
    outbox.unsent = false;
    expect(pipelines.nameOf(first)).toBeUndefined();
    expect(amended).toEqual([]);
  });
});
