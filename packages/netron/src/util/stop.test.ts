import { expect, it } from 'vitest';
import { Stop } from './stop.js';

it('aborts the present attempt and later ones', () => {
  const stop = new Stop();
  const first = stop.signal;
  expect(stop.signal).toBe(first);
  stop.done();
  const second = stop.signal;
  expect(second).not.toBe(first);
  stop.stop('enough');
  stop.stop('again');
  expect(stop.stopped).toBe(true);
  expect(stop.reason).toBe('enough');
  expect([first.aborted, second.aborted]).toEqual([false, true]);
  expect(second.reason).toBe('enough');
  stop.done();
  expect(stop.signal.aborted).toBe(true);
});
