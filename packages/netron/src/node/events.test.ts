import { expect, it } from 'vitest';
import type { Call } from '../middleware/call.js';
import { NetronEvents } from './events.js';

const call = { service: 'tool', version: '1.0.0', method: 'use', peer: { id: 'client' } } as unknown as Call;

it('a listener that rejects is reported like one that throws, also for rpc:start', async () => {
  const failed: unknown[] = [];
  const events = new NetronEvents((error, event) => failed.push([event, error]));
  events.on('rpc:start', async () => {
    throw new Error('late');
  });
  events.start(call);
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toEqual([['rpc:start', new Error('late')]]);
});

it('one function may be registered several times: off removes one registration', () => {
  const events = new NetronEvents(() => {});
  let told = 0;
  const listener = (): void => {
    told += 1;
  };
  const round = (): number => {
    told = 0;
    events.end(events.start(call), undefined);
    return told;
  };
  events.on('rpc:start', listener);
  events.on('rpc:start', listener);
  events.on('rpc:end', listener);
  expect(round()).toBe(3);
  events.off('rpc:end', listener);
  expect(round()).toBe(2);
  events.off('rpc:start', listener);
  expect(round()).toBe(1);
  events.off('rpc:start', listener);
  expect(round()).toBe(0);
});
