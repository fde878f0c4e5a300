import { afterEach, describe, expect, it, vi } from 'vitest';
import { NetronError } from '../../errors/netron-error.js';
import { withOutcome } from '../../errors/outcome.js';
import type { CallRecord } from '../../service/call/call-record.js';
import type { CallOptions } from '../../service/call/options.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { requests } from '../tracing.js';
import { callPromise } from './call-promise.js';
import { Callee } from './callee.js';
import { traceCall } from './traced-call.js';

afterEach(() => void vi.restoreAllMocks());

/** Observes calls over a link whose clock is at 10. */
function traced() {
  const clock = new VirtualClock();
  const told: [string, CallRecord][] = [];
  for (const step of ['run', 'end', 'error', 'asyncEnd'] as const) {
    const own = requests[step].bind(requests) as (...given: unknown[]) => unknown;
    const spy = vi.spyOn(requests, step) as unknown as { mockImplementation(to: (...given: unknown[]) => unknown): void };
    spy.mockImplementation((record, ...rest) => {
      told.push([step, record as CallRecord]);
      return own(record, ...rest);
    });
  }
  const link = { node: { id: 'near', clock }, owner: { id: 'far', address: 'memory:far', identity: undefined } };
  const call = (send: (options: CallOptions | undefined) => Promise<unknown>, options?: CallOptions) =>
    traceCall(link, new Callee(3, 0, 'users', 'get'), [7], options, send);
  return { call, clock, told };
}

describe('a call that observers are told of', () => {
  it('is reported before it is written, then with its number, then with its result and duration', async () => {
    const { call, clock, told } = traced();
    const started = clock.now();
    const settler = { resolve: (_value: unknown) => {}, reject: (_reason: unknown) => {} };
    const result = call(() => {
      expect(told.map(([step]) => step)).toEqual(['run']);
      expect(told[0]?.[1]).toMatchObject({
        node: 'near',
        peer: 'far',
        address: 'memory:far',
        started,
        id: 0,
        duration: undefined,
      });
      return callPromise(settler, undefined, 5);
    });
    const record = told[0]?.[1];
    expect([told.map(([step]) => step), record?.id]).toEqual([['run', 'end'], 5]);
    await clock.advance(40);
    settler.resolve('Ann');
    expect(await result).toBe('Ann');
    expect(told.map(([step]) => step)).toEqual(['run', 'end', 'asyncEnd']);
    const facts = { service: 'users', method: 'get', version: '0.0.0', kind: 'method', args: [7], local: false };
    expect(record).toMatchObject({ ...facts, result: 'Ann', error: undefined, refused: false, duration: 40 });
  });

  it.each([
    ['refused', 'not_run', true],
    ['failed', 'ran', false],
  ] as const)('that is %s is told with its error', async (_what, outcome, refused) => {
    const { call, told } = traced();
    const error = withOutcome(new NetronError('unavailable', 'away'), outcome);
    await expect(call(() => Promise.reject(error))).rejects.toBe(error);
    expect(told.map(([step]) => step)).toEqual(['run', 'end', 'error', 'asyncEnd']);
    expect(told[0]?.[1]).toMatchObject({ error, refused, result: undefined });
  });

  it('carries the trace that its listener sets; otherwise its options are unchanged', async () => {
    const { call } = traced();
    const options = { timeout: 5, trace: { traceparent: '00-a' } };
    const sent: unknown[] = [];
    const send = async (given: CallOptions | undefined): Promise<void> => void sent.push(given);
    await call(send, options);
    expect(sent[0]).toBe(options);
    const run = vi.mocked(requests.run).getMockImplementation()!;
    vi.mocked(requests.run).mockImplementation((record, ...rest) => {
      (record as CallRecord).trace = { traceparent: '00-b' };
      return run(record, ...rest);
    });
    await call(send, options);
    await call(send);
    expect(sent.slice(1)).toEqual([{ timeout: 5, trace: { traceparent: '00-b' } }, { trace: { traceparent: '00-b' } }]);
  });
});
