import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { NetronError } from '../../errors/netron-error.js';
import type { CallOptions } from '../../service/call/options.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { systemScheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import { Received } from '../../wire/received.js';
import { valueFeatures } from '../../wire/value-features.js';
import { writeValue } from '../../wire/value-writer.js';
import { allParts } from '../link/all-parts.js';
import { arrivedResult, CallPromise } from './call-promise.js';
import type { CallWatcher } from './call-sender.js';
import { Callee } from './callee.js';
import { type CallingLink, OutgoingCalls } from './outgoing.js';

/** Calls over a link whose other end accepts `limit` of them at a time. */
function outgoing(limit = 10) {
  const clock = new VirtualClock();
  const recorded = new RecordedOutbox();
  const reported: unknown[] = [];
  const link: CallingLink = {
    node: { id: 'node', clock, deadlines: new Ticker(clock, 100), requestTimeout: 30_000, parts: allParts },
    outbox: recorded.outbox,
    accepted: { calls: limit },
    owner: { id: 'peer', identity: undefined, outgoingChain: undefined },
    outgoingHandles: { nameOf: undefined },
    reportError: (error) => reported.push(error),
  };
  const calls = new OutgoingCalls(link);
  const callWith = (name: string, args: unknown[], options?: CallOptions, watcher?: CallWatcher) =>
    calls.call(new Callee(5, 2, 'calc', name), args, options, watcher);
  const call = (name: string, options?: CallOptions, watcher?: CallWatcher) => callWith(name, [name], options, watcher);
  /** Returns the packets since the last call, for instance `call 1 add`. */
  const sent = () =>
    recorded.packets().map((packet) => {
      if (packet.kind === 'call') return `call ${packet.id} ${String(packet.args[0])}`;
      return 'id' in packet ? `${packet.kind} ${packet.id}` : packet.kind;
    });
  return { calls, call, callWith, clock, link, recorded, reported, sent };
}

describe('outgoing calls', () => {
  it('resolve with their results, in any order of the answers', async () => {
    const { calls, call, sent } = outgoing();
    const both = [call('add'), call('sub')];
    expect(sent()).toEqual(['call 1 add', 'call 2 sub']);
    calls.result(2, 'b');
    calls.result(1, 'a');
    expect(await Promise.all(both)).toEqual(['a', 'b']);
    expect(calls.size).toBe(0);
  });

  it('own the references of their results, which belong to the called object', () => {
    const { calls } = outgoing();
    const callee = new Callee(5, 2, 'calc', 'a');
    callee.reference = { pin() {}, unpin() {} };
    void calls.call(callee, ['a']);
    const became: unknown[] = [];
    const holding = (): Received => {
      const received = new Received();
      received.add({
        transfer: (parent) => became.push(['transferred', parent]),
        [Symbol.dispose]: () => became.push('disposed'),
      });
      return received;
    };
    calls.result(1, 'a', holding());
    const late = holding();
    calls.result(1, 'again', late);
    late.release();
    expect(became).toEqual([['transferred', callee.reference], 'disposed']);
  });

  it('fail for a result with a value that cannot be received', async () => {
    const { calls, call } = outgoing();
    const refused = call('a');
    calls.result(1, 'a', Object.assign(new Received(), { failure: new NetronError('not_found', 'released') }));
    await expect(refused).rejects.toMatchObject({ code: 'not_found', outcome: 'ran' });
    const naming = call('b');
    calls.result(2, 'b', Object.assign(new Received(), { awaited: [{}] }));
    await expect(naming).rejects.toMatchObject({ code: 'invalid_argument', outcome: 'ran' });
  });

  it('fail with their error, which says whether the method ran', async () => {
    const { calls, call } = outgoing();
    const failed = call('add');
    calls.error(1, new NetronError('not_found', 'nothing'), 'not_run');
    await expect(failed).rejects.toMatchObject({ code: 'not_found', outcome: 'not_run' });
  });

  it('wait above the limit of the peer and are sent in order as others are answered', () => {
    const { calls, call, sent } = outgoing(2);
    for (const name of ['a', 'b', 'c', 'd']) call(name).catch(() => {});
    expect(sent()).toEqual(['call 1 a', 'call 2 b']);
    expect([calls.sent, calls.waiting]).toEqual([2, 2]);
    calls.result(2, undefined);
    expect(sent()).toEqual(['call 3 c']);
    calls.error(1, new Error('x'), 'ran');
    expect(sent()).toEqual(['call 4 d']);
  });

  it('wait while the connection has no room', () => {
    const { calls, call, sent, recorded } = outgoing();
    recorded.outbox.full = true;
    call('a').catch(() => {});
    expect(sent()).toEqual([]);
    recorded.outbox.drained();
    calls.drained();
    expect(sent()).toEqual(['call 1 a']);
  });

  it("reject at once when canceled, but count toward the peer's limit until it answers", async () => {
    const { calls, call, sent } = outgoing(1);
    const controller = new AbortController();
    const canceled = call('a', { signal: controller.signal });
    call('b').catch(() => {});
    controller.abort();
    await expect(canceled).rejects.toMatchObject({ code: 'canceled', outcome: 'unknown' });
    expect(sent()).toEqual(['call 1 a', 'cancel 1']);
    calls.error(1, new NetronError('canceled', 'x'), 'ran');
    expect(sent()).toEqual(['call 2 b']);
  });

  it('fail at their deadline and cancel at the peer', async () => {
    const { call, clock, sent, recorded } = outgoing();
    const failureOf = (promise: Promise<unknown>) =>
      promise.then(
        () => expect.unreachable(),
        (error: unknown) => error,
      );
    const long = failureOf(call('long'));
    const short = failureOf(call('short', { timeout: 500 }));
    const [, packet] = recorded.packets();
    expect(packet).toMatchObject({ header: { timeoutMs: 500 } });
    await clock.advance(600);
    expect(await short).toMatchObject({
      code: 'deadline_exceeded',
      outcome: 'unknown',
      message: 'calc.short did not answer before its deadline',
    });
    expect(sent()).toEqual(['cancel 2']);
    await clock.advance(30_000);
    expect(await long).toMatchObject({ code: 'deadline_exceeded' });
    expect(clock.size).toBe(0);
  });

  it('are not sent when their signal was aborted before', async () => {
    const { call, sent } = outgoing();
    const canceled = call('a', { signal: AbortSignal.abort() });
    await expect(canceled).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
    expect(sent()).toEqual([]);
  });

  it('fail when the connection ends: sent ones with unknown_outcome, waiting ones as not run', async () => {
    const { calls, call } = outgoing(1);
    const both = [call('a'), call('b')];
    calls.close('the connection was closed', { reason: 'resume_failed' });
    await expect(both[0]).rejects.toMatchObject({
      code: 'unknown_outcome',
      outcome: 'unknown',
      message: 'calc.a: the connection was closed before the result arrived',
      details: { reason: 'resume_failed' },
    });
    await expect(both[1]).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    expect(calls.size).toBe(0);
    await expect(call('c')).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
  });

  it('are refused once sealed; waiting ones are still sent', async () => {
    const { calls, call, sent } = outgoing(1);
    for (const name of ['a', 'b']) call(name).catch(() => {});
    calls.seal('the peer says goodbye');
    await expect(call('c')).rejects.toMatchObject({ code: 'unavailable', message: 'calc.c: the peer says goodbye' });
    calls.result(1, undefined);
    expect(sent()).toEqual(['call 1 a', 'call 2 b']);
  });

  it('fail as not run when an argument cannot be sent; their slot is freed and their streams end', async () => {
    const { calls, call, callWith, sent } = outgoing(1);
    let ended = 0;
    const stream = { [Symbol.asyncIterator]: () => ({ next: () => expect.unreachable(), return: () => (ended += 1) }) };
    await expect(callWith('a', [stream, Symbol('x')])).rejects.toMatchObject({
      code: 'invalid_argument',
      outcome: 'not_run',
    });
    expect([ended, calls.inFlight]).toEqual([1, 0]);
    call('b').catch(() => {});
    expect(sent()).toEqual(['call 2 b']);
  });

  it('ignore answers that no call waits for', () => {
    const { calls, call } = outgoing();
    call('a').catch(() => {});
    calls.result(1, 'a');
    calls.result(1, 'again');
    calls.result(77, 'x');
    expect(calls.size).toBe(0);
    calls.error(1, new Error('x'), 'ran');
  });

  it('cannot be made by a getter while another call is written', async () => {
    const { call, callWith, sent } = outgoing();
    let thrown: unknown;
    const value = {
      get inside() {
        try {
          void call('inside');
        } catch (error) {
          thrown = error;
        }
        return 1;
      },
    };
    callWith('a', ['a', value]).catch(() => {});
    expect(thrown).toMatchObject({ code: 'invalid_argument' });
    expect(sent()).toEqual(['call 1 a']);
  });

  it('pipeline on an unanswered call, whose result is held until it is dropped', async () => {
    const { calls, call, recorded } = outgoing();
    const first = call('a') as unknown as { name(): Promise<unknown> } & Promise<unknown>;
    const second = first.name();
    const [held, pipe] = recorded.packets();
    expect([held, pipe]).toMatchObject([
      { kind: 'call', id: 1, flags: 0x40 },
      { kind: 'pipe', id: 2, source: 1, path: ['name'] },
    ]);
    calls.result(1, { name: 'x' });
    calls.result(2, 'x');
    expect(await second).toBe('x');
    expect(recorded.packets()).toEqual([{ kind: 'drop', id: 1 }]);
  });

  it('wait for an unanswered call among their arguments when the peer cannot name results', async () => {
    const { calls, call, callWith, recorded } = outgoing();
    const { writer } = recorded.outbox;
    writer.features &= ~valueFeatures.results;
    writer.handles = {
      encode(value) {
        if (!(value instanceof CallPromise)) return false;
        writeValue(writer, arrivedResult(value));
        return true;
      },
      owns: () => false,
    };
    const first = call('a');
    const second = callWith('b', ['b', first]);
    expect(recorded.packets()).toMatchObject([{ id: 1 }]);
    calls.result(1, 'of a');
    await first;
    await systemScheduler.idle();
    expect(recorded.packets()).toMatchObject([{ id: 3, args: ['b', 'of a'] }]);
    calls.result(3, 'of b');
    expect([await second, calls.inFlight]).toEqual(['of b', 0]);
  });

  it('notify their watcher, which may settle a failed call itself', async () => {
    const { calls, call } = outgoing();
    const heard: unknown[] = [];
    const watcher = {
      parent: undefined,
      answered: (result: unknown) => void heard.push(result),
      failed: (error: unknown, settler: { resolve(value: unknown): void }) => {
        heard.push(error);
        settler.resolve('from elsewhere');
        return true;
      },
    };
    const both = [call('a', undefined, watcher), call('b', undefined, watcher)];
    const error = new NetronError('unavailable', 'x');
    calls.result(1, 'a');
    calls.error(2, error, 'not_run');
    expect([await Promise.all(both), heard]).toEqual([
      ['a', 'from elsewhere'],
      ['a', error],
    ]);
  });
});
