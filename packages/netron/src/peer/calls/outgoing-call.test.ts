import { describe, expect, it, vi } from 'vitest';
import { deriveCall } from '../../middleware/derived-call.js';
import { plainMember } from '../../middleware/member.js';
import type { RepeatOptions } from '../../service/call/options.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { notTicking, Ticker } from '../../util/ticker.js';
import { endWith } from '../streams/end-with.js';
import { OutgoingCall, type Send } from './outgoing-call.js';

const peer = { id: 'peer', identity: undefined };

/** A call of `calc.add(1, 2)`, and the options that it is sent with. */
function outgoing(options?: RepeatOptions) {
  const clock = new VirtualClock();
  const deadlines = new Ticker(clock, 100);
  const send = vi.fn<Send>(async () => 3);
  const time = { clock, deadlines };
  const call = new OutgoingCall(plainMember('calc', 'add', 'method', '1.0.0'), undefined, [1, 2], peer, options, send, time);
  return { call, clock, deadlines, send };
}

describe('a call before it is sent', () => {
  it('shows middleware its member, arguments, peer and options', () => {
    const { call, clock } = outgoing({ headers: new Map([['a', 'b']]), trace: { traceparent: '00-a' }, idempotencyKey: 'k' });
    expect(call).toMatchObject({ service: 'calc', version: '1.0.0', method: 'add', args: [1, 2], peer, attempt: 0, clock });
    expect(call.idempotencyKey).toBe('k');
    expect([{ ...call.headers }, call.trace, call.deadline]).toEqual([{ a: 'b' }, { traceparent: '00-a' }, undefined]);
    expect(call.state).toBe(call.state);
    expect(call.signal.aborted).toBe(false);
  });

  it('is named after its target when that differs from the member', () => {
    const { clock, deadlines, send } = outgoing();
    const target = { service: 'shop', method: 'get().add' };
    const call = new OutgoingCall(plainMember('calc', 'add'), target, [], peer, undefined, send, { clock, deadlines });
    expect([call.service, call.method]).toEqual(['shop', 'get().add']);
  });

  it('counts its time from the first access', () => {
    const { call, clock } = outgoing({ timeout: 500 });
    const end = clock.now() + 500;
    expect([call.deadline, call.deadline]).toEqual([end, end]);
  });
});

describe('a call that is sent', () => {
  it('has its original options when middleware has changed nothing', async () => {
    const options = { headers: { a: 'b' } };
    const { call, send } = outgoing(options);
    expect(await call.sendAs(call)).toBe(3);
    expect(send).toHaveBeenCalledExactlyOnceWith([1, 2], options, call);
    expect(send.mock.calls[0]?.[1]).toBe(options);
  });

  it('has the headers and the trace that middleware has set', async () => {
    const { call, send } = outgoing({ timeout: 500, headers: { a: 'b' } });
    call.headers.tenant = 'x';
    call.trace = { traceparent: '00-b' };
    await call.sendAs(call);
    expect(send.mock.calls[0]?.[1]).toEqual({ timeout: 500, headers: { a: 'b', tenant: 'x' }, trace: { traceparent: '00-b' } });
  });

  it('refuses invalid headers from middleware, and sends nothing', () => {
    const { call, send } = outgoing();
    call.headers.count = 5 as never;
    expect(() => call.sendAs(call)).toThrow("header 'count' must be a string, not a number");
    expect(send).not.toHaveBeenCalled();
  });

  it('has the remaining time when its deadline was read', async () => {
    const { call, clock, send } = outgoing({ timeout: 500 });
    void call.deadline;
    await clock.advance(200);
    await call.sendAs(call);
    await clock.advance(400);
    await call.sendAs(call);
    expect(send.mock.calls.map(([, options]) => options?.timeout)).toEqual([300, 0]);
  });

  it('has all of its time when it is sent at once; a call sent later has the rest', async () => {
    const { call, clock, send } = outgoing({ timeout: 500 });
    await call.sendAs(call);
    call.begun();
    await clock.advance(200);
    await call.sendAs(call);
    expect(send.mock.calls.map(([, options]) => options?.timeout)).toEqual([500, 300]);
  });

  it.each([
    [
      'which its callee is told in part',
      { timeout: 500, within: 400 },
      [
        { timeout: 300, within: 200 },
        { timeout: 0, within: 0 },
      ],
    ],
    ['which its callee is not told', { within: 400 }, [{ within: 200 }, { within: 0 }]],
  ])('has what is left of the time of a repeat, %s', async (_, options, left) => {
    const { call, clock, send } = outgoing(options);
    const end = clock.now() + 400;
    expect(call.deadline).toBe(end);
    await clock.advance(200);
    await call.sendAs(call);
    await clock.advance(400);
    await call.sendAs(deriveCall(call, {}));
    expect(send.mock.calls.map(([, sent]) => sent)).toMatchObject(left);
    expect(send.mock.calls[1]?.[1]).toHaveProperty('within', 0);
    expect(Object.hasOwn(send.mock.calls[1]?.[1] ?? {}, 'timeout')).toBe('timeout' in options);
  });

  it('sends its callee the deadline that middleware has set', async () => {
    const { call, clock, send } = outgoing({ within: 400 });
    await call.sendAs(deriveCall(call, { deadline: clock.now() + 100 }));
    expect(send.mock.calls[0]?.[1]).toMatchObject({ timeout: 100, within: 400 });
  });

  it('counts by the ticker of deadlines, which reads the clock once for many, when it was sent at once', async () => {
    const { call, clock, deadlines } = outgoing({ timeout: 500 });
    deadlines.add({ tick: () => true, tickerPlace: notTicking });
    const { now } = deadlines;
    await clock.advance(30);
    await call.sendAs(call);
    call.begun();
    expect(call.deadline).toBe(now + deadlines.period + 500);
  });

  it('may be sent as another that was derived from it, with its own arguments, attempt and signal', async () => {
    const { call, send } = outgoing({ idempotencyKey: 'k' });
    const { signal } = new AbortController();
    await call.sendAs(deriveCall(call, { args: [5], attempt: 2, signal: () => signal }));
    expect(send).toHaveBeenCalledExactlyOnceWith([5], { idempotencyKey: 'k', attempt: 2, signal }, call);
  });

  it('ends a stream that a derived call has opened with the own signal of the caller', async () => {
    const controller = new AbortController();
    const { call, send } = outgoing({ signal: controller.signal });
    const tied = vi.fn();
    send.mockResolvedValue({ [endWith]: tied });
    await call.sendAs(call);
    expect(tied).not.toHaveBeenCalled();
    const attempt = new AbortController();
    await call.sendAs(deriveCall(call, { signal: () => attempt.signal }));
    expect(tied).toHaveBeenCalledExactlyOnceWith(controller.signal);
  });
});
