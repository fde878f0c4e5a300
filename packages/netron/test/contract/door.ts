/** Promises of every door to a node's members, whatever brings the calls: a connection, a proxy within the process, an edge. */
import { describe, expect, it } from 'vitest';
import { type Call, getCallContext, type Handler, type Netron, NetronError, type NetronOptions } from '../../src/index.js';
import { deferred } from '../../src/util/deferred.js';
import { failure, quiet } from '../integration/nodes.js';

/** Functions that are called through a door by their names. */
export type DoorMembers = Record<string, (...args: never[]) => unknown>;

/** Options of one call. */
export interface DoorCall {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface Door extends AsyncDisposable {
  readonly node: Netron;
  call(name: string, args?: unknown[], options?: DoorCall): Promise<unknown>;
  /** The same for a user, whom the node knows by the name that is shown as credentials. */
  callAs(user: string, name: string): Promise<unknown>;
}

export interface DoorFixture {
  /** The transport that calls through it are seen to come by. */
  readonly transport: string;
  open(members: DoorMembers, options: NetronOptions): Promise<Door>;
  /** Promises that the door has no words for, each with the reason. */
  readonly skips?: { readonly cancel?: string };
}

const byName: NetronOptions = { logger: quiet, authenticate: (credentials) => credentials && { name: credentials } };

/** A member that waits until it is let go, and what it has seen. */
function gate() {
  const opened = deferred<void>();
  const entered = deferred<void>();
  const seen = { running: 0, most: 0, aborted: undefined as unknown };
  const pass = async (): Promise<string> => {
    const { signal } = getCallContext();
    signal.addEventListener('abort', () => {
      seen.aborted = signal.reason;
    });
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    entered.resolve();
    await opened.promise;
    seen.running -= 1;
    return 'passed';
  };
  return { pass, seen, entered: entered.promise, open: opened.resolve };
}

/** A new door is finished when this passes unchanged. */
export function testDoor(name: string, { open, transport, skips = {} }: DoorFixture): void {
  describe(`door: ${name}`, () => {
    it('returns the result, and passes the member its name, arguments and caller', async () => {
      const look = (...args: unknown[]) => {
        const { args: given, peer, method } = getCallContext();
        return { args, given, transport: peer.transport, hasId: peer.id.length > 0, method: method.replace('task ', '') };
      };
      await using door = await open({ look }, byName);
      const seen = await door.call('look', [1, 'two']);
      expect(seen).toEqual({ args: [1, 'two'], given: [1, 'two'], transport, hasId: true, method: 'look' });
    });

    it('runs calls for the authenticated user', async () => {
      await using door = await open({ whoami: () => getCallContext().user }, byName);
      expect(await door.callAs('ann', 'whoami')).toEqual({ name: 'ann' });
      expect(await door.callAs('bob', 'whoami')).toEqual({ name: 'bob' });
    });

    it('lets middleware refuse before the member runs', async () => {
      let ran = 0;
      const guard = (next: Handler) => (call: Call) => {
        if (call.user?.name !== 'ann') throw new NetronError('permission_denied', 'only for ann');
        return next(call);
      };
      const act = (): void => {
        ran += 1;
      };
      await using door = await open({ act }, { ...byName, middleware: { incoming: [guard] } });
      expect(await failure(door.callAs('bob', 'act'))).toMatchObject({ code: 'permission_denied', message: 'only for ann' });
      expect(ran).toBe(0);
      await door.callAs('ann', 'act');
      expect(ran).toBe(1);
    });

    it('runs each middleware of the node once, in order', async () => {
      const log: string[] = [];
      const named = (text: string) => (next: Handler) => (call: Call) => {
        log.push(text);
        return next(call);
      };
      const middleware = { incoming: [named('first'), named('second')] };
      await using door = await open({ act: () => log.push('member') }, { ...byName, middleware });
      await door.call('act');
      expect(log).toEqual(['first', 'second', 'member']);
    });

    it('notifies observers of the start and the end of a call', async () => {
      await using door = await open(
        {
          fail: async () => {
            throw new NetronError('aborted', 'no luck');
          },
        },
        byName,
      );
      const told: unknown[] = [];
      door.node.on('rpc:start', ({ method, peerId }) => void told.push([method.replace('task ', ''), peerId.length > 0]));
      const ended = deferred<void>();
      door.node.on('rpc:end', ({ error }) => {
        told.push((error as NetronError).code);
        ended.resolve();
      });
      await failure(door.call('fail'));
      await ended.promise;
      expect(told).toEqual([['fail', true], 'aborted']);
    });

    it('returns errors with code, message and details; of foreign errors the message', async () => {
      const refuse = () => {
        throw new NetronError('failed_precondition', 'not now', { details: { wait: 5 } });
      };
      const crash = () => {
        throw new RangeError('too far');
      };
      await using door = await open({ refuse, crash }, byName);
      const refused = await failure(door.call('refuse'));
      expect(refused).toMatchObject({ code: 'failed_precondition', message: 'not now', details: { wait: 5 } });
      expect(await failure(door.call('crash'))).toMatchObject({ name: 'RangeError', message: 'too far' });
    });

    it('refuses unknown members', async () => {
      await using door = await open({ act: () => 1 }, byName);
      expect(await failure(door.call('nothing'))).toMatchObject({ code: 'not_found' });
    });

    it('runs nothing with more arguments than fit on a stack, and says so', async () => {
      let ran = 0;
      const count = (...args: unknown[]): number => {
        ran += 1;
        return args.length;
      };
      await using door = await open({ count }, byName);
      expect(await door.call('count', Array(10_000).fill(1))).toBe(10_000);
      for (const number of [10_001, 60_000]) {
        const refused = await failure(door.call('count', Array(number).fill(1)));
        expect(refused).toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining(`${number}`),
          // The sample of an edge has no word for it.
          ...(transport !== 'http' && { outcome: 'not_run' }),
        });
      }
      expect(ran).toBe(1);
    });

    it('ends a call at its deadline, for the caller and for the member by its signal', async () => {
      const { pass, seen } = gate();
      await using door = await open({ pass }, byName);
      expect(await failure(door.call('pass', [], { timeout: 40 }))).toMatchObject({ code: 'deadline_exceeded' });
      // Whichever comes first: its own deadline, or word of the caller that has given up.
      await expect.poll(() => seen.aborted).toMatchObject({ code: expect.stringMatching(/^(deadline_exceeded|canceled)$/) });
    });

    if (skips.cancel === undefined)
      it('ends a call that its caller cancels', async () => {
        const { pass, seen, entered } = gate();
        await using door = await open({ pass }, byName);
        const controller = new AbortController();
        const failed = failure(door.call('pass', [], { signal: controller.signal }));
        await entered;
        controller.abort();
        expect(await failed).toMatchObject({ code: 'canceled' });
        await expect.poll(() => seen.aborted).toMatchObject({ code: 'canceled' });
      });

    it('B4: limits the concurrent calls of one caller', async () => {
      const { pass, seen, entered, open: letGo } = gate();
      await using door = await open({ pass }, { ...byName, limits: { calls: 2 } });
      const calls = [1, 2, 3].map(() => door.call('pass').catch((error: NetronError) => error.code));
      await entered;
      await expect.poll(() => seen.running).toBe(2);
      letGo();
      const outcomes = await Promise.all(calls);
      expect(outcomes.slice(0, 2)).toEqual(['passed', 'passed']);
      // Who counts along waits for the place; others are told to come back.
      expect(['passed', 'resource_exhausted']).toContain(outcomes[2]);
      expect(seen.most).toBe(2);
    });

    it('C3: a stopping node finishes running calls', async () => {
      const { pass, entered, open: letGo } = gate();
      await using door = await open({ pass }, { ...byName, stopTimeout: 10_000 });
      const call = door.call('pass');
      await entered;
      const stopped = door.node.stop();
      letGo();
      expect(await call).toBe('passed');
      await stopped;
      expect(door.node.unfinished).toBe(0);
    });
  });
}
