import { expect, it } from 'vitest';
import type { CallSender } from '../calls/call-sender.js';
import { allParts } from '../link/all-parts.js';
import { callSystem } from './call-system.js';
import { systemCallee, systemMembers } from './members.js';

const node = { parts: allParts };

it('calls the system service over the next ready link', async () => {
  const calls: Parameters<CallSender['call']>[] = [];
  const link = { calls: { call: (...call: Parameters<CallSender['call']>) => Promise.resolve(calls.push(call)) } };
  const peer = { node, ready: () => Promise.resolve(link), reportError: () => expect.unreachable() };
  expect(await callSystem(peer, systemMembers.task, ['tidy', []], 'task tidy', { timeout: 5 })).toBe(1);
  expect(calls).toEqual([[systemCallee(systemMembers.task, 'task tidy'), ['tidy', []], { timeout: 5 }]]);
});

it('ends streams in its arguments when no link becomes ready', async () => {
  let ended = 0;
  const stream = { [Symbol.asyncIterator]: () => ({ next: () => expect.unreachable(), return: () => (ended += 1) }) };
  const peer = { node, ready: () => Promise.reject(new Error('gone')), reportError: () => expect.unreachable() };
  await expect(callSystem(peer, systemMembers.task, ['tidy', [stream]], 'task tidy')).rejects.toThrow('gone');
  expect(ended).toBe(1);
});
