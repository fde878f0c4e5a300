import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { inTime } from './in-time.js';

const clock = new VirtualClock();
const never = () => new Promise<never>(() => {});

it('resolves with the result of the work, and leaves no timer', async () => {
  const { signal } = new AbortController();
  expect(await inTime(clock, signal, 'it', 1_000, async () => 7)).toBe(7);
  const fails = () => {
    throw new Error('no');
  };
  await expect(inTime(clock, signal, 'it', 1_000, fails)).rejects.toThrow('no');
  await expect(inTime(clock, AbortSignal.abort(new Error('over')), 'it', 1_000, fails)).rejects.toThrow('over');
  expect(clock.size).toBe(0);
});

it('aborts the signal of the work, and rejects, on timeout or at the end', async () => {
  const ended = new AbortController();
  const signals: AbortSignal[] = [];
  const hang = (signal: AbortSignal) => {
    signals.push(signal);
    return never();
  };
  await expect(clock.settle(inTime(clock, ended.signal, 'it', 1_000, hang))).rejects.toThrow('it did not answer within 1000 ms');
  const cut = inTime(clock, ended.signal, 'it', 1_000, hang);
  ended.abort(new Error('over'));
  await expect(cut).rejects.toThrow('over');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(clock.size).toBe(0);
});
