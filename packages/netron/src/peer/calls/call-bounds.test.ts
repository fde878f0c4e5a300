import { describe, expect, it, vi } from 'vitest';
import { NetronError } from '../../errors/netron-error.js';
import { plainMember } from '../../middleware/member.js';
import type { BoundMember } from '../../service/call/bound-service.js';
import { CallContext } from '../../service/call/context.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { InFlight } from '../../util/in-flight.js';
import type { CallHeader } from '../../wire/packets.js';
import { abortedBefore, deadlineOf, headerOf, whenAborted } from './call-bounds.js';

const target = { service: 'calc', method: 'add' };

const member: BoundMember = {
  service: { name: 'outer', version: '1.0.0', members: [] },
  name: 'run',
  kind: 'method',
  info: plainMember('outer', 'run'),
  handler: () => undefined,
  usesContext: false,
  internal: true,
};

/** A parent call. */
function parentCall(deadline?: number, header?: CallHeader): CallContext {
  const home = { clock: new VirtualClock(), inFlight: new InFlight(), callContext: false, outdated: () => {} };
  return new CallContext(1, member, [], { id: 'caller', identity: undefined }, header, deadline, home);
}

describe('the time of a call', () => {
  it.each([
    ['that of the node', undefined, undefined, 31_000],
    ['its own', { timeout: 500 }, undefined, 1_500],
    ['none', { timeout: Infinity }, undefined, Infinity],
    ['no time at all', { timeout: 0 }, undefined, 1_000],
    ['what is left of the call that it is made for', undefined, 1_200, 1_200],
    ['its own, when that is shorter', { timeout: 100 }, 1_200, 1_100],
    ['not longer than that of the call that it is made for', { timeout: Infinity }, 1_200, 1_200],
  ])('is %s', (_, options, parent, expected) => {
    expect(deadlineOf(1_000, 30_000, options, parent === undefined ? undefined : parentCall(parent))).toBe(expected);
  });
});

describe('the header of a call', () => {
  it('is absent when nothing was set', () => {
    expect(headerOf(31_000, 1_000, undefined, undefined)).toBeUndefined();
    expect(headerOf(31_000, 1_000, {}, parentCall())).toBeUndefined();
  });

  it('has the remaining time, rounded up and never below 0, when a limit was set', () => {
    expect(headerOf(1_500.2, 1_000, { timeout: 500 }, undefined)).toEqual({ timeoutMs: 501 });
    expect(headerOf(900, 1_000, undefined, parentCall(900))).toEqual({ timeoutMs: 0 });
    expect(headerOf(Infinity, 1_000, { timeout: Infinity }, undefined)).toBeUndefined();
  });

  it('has the time in addition to the options, and the trace of its parent call', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const header = headerOf(1_100, 1_000, { timeout: 100, idempotencyKey: 'k' }, parentCall(undefined, { traceparent }));
    expect(header).toEqual({ timeoutMs: 100, idempotencyKey: 'k', traceparent });
  });
});

describe('a call that is given up', () => {
  it('before it started, by its signal or with its parent call', () => {
    expect(abortedBefore(target, undefined, undefined)).toBeUndefined();
    expect(abortedBefore(target, { signal: new AbortController().signal }, parentCall())).toBeUndefined();
    expect(abortedBefore(target, { signal: AbortSignal.abort('enough') }, undefined)).toMatchObject({
      code: 'canceled',
      message: 'calc.add was canceled',
      cause: 'enough',
    });
    const parent = parentCall();
    parent.abort(new NetronError('deadline_exceeded', 'too late'));
    expect(abortedBefore(target, undefined, parent)).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('while it runs, by whichever comes first', () => {
    const canceled = vi.fn();
    const signal = new AbortController();
    whenAborted({ signal: signal.signal }, parentCall(), canceled);
    signal.abort('enough');
    expect(canceled).toHaveBeenCalledTimes(1);

    const parent = parentCall();
    whenAborted({ signal: new AbortController().signal }, parent, canceled);
    parent.abort(new NetronError('canceled', 'the caller left'));
    expect(canceled).toHaveBeenCalledTimes(2);
  });

  it('is not notified any more once it has ended', () => {
    const canceled = vi.fn();
    const signal = new AbortController();
    const parent = parentCall();
    whenAborted({ signal: signal.signal }, parent, canceled)?.();
    whenAborted(undefined, parent, canceled)?.();
    signal.abort();
    parent.abort(new NetronError('canceled', 'the caller left'));
    expect(canceled).not.toHaveBeenCalled();
    expect(whenAborted(undefined, undefined, canceled)).toBeUndefined();
  });
});
