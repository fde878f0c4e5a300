import { describe, expect, it, vi } from 'vitest';
import { sampleCall } from '../../../test/sample-call.js';
import type { Handler, Middleware } from '../../middleware/call.js';
import { deriveCall } from '../../middleware/derived-call.js';
import { plainMember } from '../../middleware/member.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { Ticker } from '../../util/ticker.js';
import { OutgoingChain, unsettledPeer } from './outgoing-chain.js';

const add = plainMember('calc', 'add', 'method', '1.0.0');
const peer = { id: 'peer', identity: undefined };

function chain(...middleware: Middleware[]): OutgoingChain {
  const clock = new VirtualClock();
  return new OutgoingChain(middleware, { clock, deadlines: new Ticker(clock, 100) });
}

/** Middleware that notes when it starts and when the call has returned. */
const noting =
  (name: string, notes: string[]): Middleware =>
  (next) =>
  async (call) => {
    notes.push(`${name} begins`);
    const result = await next(call);
    notes.push(`${name} ends`);
    return result;
  };

describe('the chain of outgoing calls', () => {
  it('composes once for each member', async () => {
    const wrap = vi.fn((next: Handler) => (call: Parameters<Handler>[0]) => next(call));
    const calls = chain(wrap);
    const send = vi.fn(() => Promise.resolve(3));
    expect(await calls.invoke(add, [1, 2], undefined, peer, send)).toBe(3);
    expect(await calls.invoke(add, [1, 2], undefined, peer, send)).toBe(3);
    expect(wrap.mock.calls.map((given) => (given as unknown[])[1])).toEqual([add]);
    await calls.invoke(plainMember('calc', 'sub'), [], undefined, peer, send);
    expect(wrap).toHaveBeenCalledTimes(2);
  });

  it('sends at once and unchanged when no middleware applies to the member', async () => {
    const args = [1, 2];
    const options = { timeout: 5 };
    const result = Promise.resolve(3);
    const send = vi.fn((_args: unknown[], _options: object | undefined, _call: object) => result);
    expect(chain((next) => next).invoke(add, args, options, unsettledPeer, send)).toBe(result);
    expect(send).toHaveBeenCalledExactlyOnceWith(args, options, { peer: unsettledPeer });
    expect(send.mock.calls[0]?.slice(0, 2)).toEqual([args, options]);
  });

  it('has the first middleware outermost, and added middleware inside', async () => {
    const notes: string[] = [];
    const longer = chain(noting('a', notes)).with(noting('b', notes));
    await longer.invoke(add, [], undefined, peer, () => {
      notes.push('sent');
      return Promise.resolve();
    });
    expect(notes).toEqual(['a begins', 'b begins', 'sent', 'b ends', 'a ends']);
  });

  it('sends the arguments, headers and attempts as middleware leaves them, as often as it asks', async () => {
    const twice: Middleware = (next) => async (call) => {
      call.headers.from = 'middleware';
      await next(call);
      return next(deriveCall(call, { args: ['other'], attempt: 1 }));
    };
    const sent: unknown[] = [];
    await chain(twice).invoke(add, ['own'], { headers: { a: 'b' } }, peer, (args, options) => {
      sent.push([args, options?.headers, (options as { attempt?: number } | undefined)?.attempt]);
      return Promise.resolve();
    });
    expect(sent).toEqual([
      [['own'], { a: 'b', from: 'middleware' }, undefined],
      [['other'], { a: 'b', from: 'middleware' }, 1],
    ]);
  });

  it('shows middleware the peer that was chosen', async () => {
    let seen: string | undefined;
    const look: Middleware = (next) => async (call) => {
      await next(call);
      seen = call.peer.id;
    };
    await chain(look).invoke(add, [], undefined, unsettledPeer, (_args, _options, call) => {
      call.peer = peer;
      return Promise.resolve();
    });
    expect(seen).toBe('peer');
  });

  it.each<[string, Middleware, string]>([
    [
      'throws when it is made',
      () => {
        throw new Error('no');
      },
      'no',
    ],
    ['is no middleware', (() => 7) as never, "middleware 'anonymous' must return a handler, not number"],
    [
      'throws at a call',
      () => () => {
        throw new Error('at once');
      },
      'at once',
    ],
    [
      'hands on what is no call of its own',
      (next) => () => next(sampleCall()),
      'next() must be called with the call that the middleware received, or one derived from it by deriveCall()',
    ],
  ])('fails by the promise, and sends nothing, when middleware %s', async (_, middleware, message) => {
    const send = vi.fn();
    await expect(chain(middleware).invoke(add, [], undefined, peer, send)).rejects.toThrow(message);
    expect(send).not.toHaveBeenCalled();
  });

  it('knows tasks by their names, and forgets the oldest when there are many', () => {
    const calls = chain((next) => next);
    const first = calls.task('task 0');
    expect(first).toMatchObject({ service: 'netron', name: 'task task 0', kind: 'method' });
    expect(calls.task('task 0')).toBe(first);
    for (let number = 1; number <= 1_024; number++) calls.task(`task ${number}`);
    expect(calls.task('task 0')).not.toBe(first);
    expect(calls.task('task 1024')).toBe(calls.task('task 1024'));
  });
});
