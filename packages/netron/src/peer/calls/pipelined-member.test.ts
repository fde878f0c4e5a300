import { describe, expect, it, vi } from 'vitest';
import { CallContext } from '../../service/call/context.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { deferred } from '../../util/deferred.js';
import { InFlight } from '../../util/in-flight.js';
import { pipelinedMember } from './pipelined-member.js';

/** A call on `held`, run like a dispatcher does; `run` receives the member that was found. */
function call(held: unknown, path: string[], args?: unknown[]) {
  const home = { clock: new VirtualClock(), inFlight: new InFlight(), callContext: false, outdated: () => {} };
  const run = vi.fn((meant: CallContext): unknown => meant.member.handler(meant));
  const member = pipelinedMember(held, path, args, { bind: () => undefined, chain: undefined, dispatcher: { run } });
  const context = new CallContext(1, member, args ?? [], { id: 'peer', identity: undefined }, undefined, undefined, home);
  return { member, run, start: () => member.handler(context) };
}

class Account {
  readonly owner = { name: 'ada' };
  readonly greet = (word: string): string => `${word}, ada`;
}

describe('a call on a result', () => {
  it('calls the member at the path in the result', async () => {
    const { member, run, start } = call(new Account().owner, ['name']);
    expect(await start()).toBe('ada');
    expect([member.name, member.kind, run.mock.calls.length]).toEqual(['name', 'property', 1]);
    const meant = run.mock.calls[0]?.[0];
    expect(meant?.member).not.toBe(member);
    expect([meant?.id, meant?.peer.id]).toEqual([1, 'peer']);
  });

  it('waits for a pending result', async () => {
    const result = deferred<object>();
    const { run, start } = call(result.promise, ['owner', 'name']);
    const answer = start();
    expect(run).not.toHaveBeenCalled();
    result.resolve({ owner: { name: 'ada' } });
    expect(await answer).toBe('ada');
  });

  it('fails like the call whose result it uses', async () => {
    const broken = new Error('broken');
    const { run, start } = call(Promise.reject(broken), ['name']);
    await expect(start()).rejects.toBe(broken);
    expect(run).not.toHaveBeenCalled();
  });

  it('fails when there is nothing at the path', () => {
    expect(call({ name: 'ada' }, ['email']).start).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});
