import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { ErrorRegistry } from '../../errors/error-registry.js';
import { NetronError } from '../../errors/netron-error.js';
import { plainMember } from '../../middleware/member.js';
import { type BoundService, bindMember } from '../../service/call/bound-service.js';
import type { CallContext } from '../../service/call/context.js';
import { Dispatcher } from '../../service/call/dispatcher.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { InFlight } from '../../util/in-flight.js';
import { systemScheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import { defaultLimits } from '../../wire/limits.js';
import { flags } from '../../wire/packets.js';
import { Received } from '../../wire/received.js';
import { type AnsweringLink, IncomingCalls } from './incoming.js';

/** A method, and the call that it answers. */
type Method = (call: CallContext) => unknown;

/** Calls to a service with these methods, behind handle 1, with `limit` calls in flight at a time. */
function incoming(methods: Method[], limit = 10) {
  const clock = new VirtualClock(1_000);
  const recorded = new RecordedOutbox();
  const deadlines = new Ticker(clock, 100);
  const inFlight = new InFlight();
  const limits = { ...defaultLimits, receiving: 0, calls: limit };
  const dispatcher = new Dispatcher({
    clock,
    deadlines,
    limits,
    inFlight,
    callContext: false,
    observer: { active: false } as never,
    outdated: () => {},
  } as never);
  const definition = { name: 'shop', version: '1.0.0', members: [] };
  const members = methods.map((method, number) =>
    bindMember(definition, plainMember('shop', `method${number}`), (call) => method(call as CallContext), undefined),
  );
  const service: BoundService = { definition, members, byName: new Map(members.map((each) => [each.name, each])), target: {} };
  const state = { stalled: false, streaming: false, cost: 100 as number | undefined, reported: [] as unknown[] };
  const link: AnsweringLink = {
    node: {
      deadlines,
      dispatcher,
      errors: new ErrorRegistry(),
      limits,
      middleware: undefined,
      values: undefined,
    },
    owner: { id: 'peer', identity: 'ann' },
    outbox: recorded.outbox,
    exports: {
      get: (handle) => (handle === 1 ? service : undefined),
      boundOf: (target) => (target === service.target ? service : undefined),
    },
    outgoingHandles: state,
    systemMember: (number) => members[number],
    get arrived() {
      return clock.now();
    },
    reportError: (error) => state.reported.push(error),
    stalled: () => state.stalled,
    cost: () => state.cost,
    breakStall() {},
    begun() {},
  };
  const calls = new IncomingCalls(link);
  const call = (id: number, member: number, args: unknown[] = [], bits = 0, timeoutMs?: number, received?: Received) =>
    calls.call(id, 1, member, bits, timeoutMs === undefined ? undefined : { timeoutMs }, args, received);
  /** Returns the answers since the last call: values, or error codes with their outcome. */
  const answers = async () => {
    await systemScheduler.idle();
    return recorded.packets().map((packet) => {
      if (packet.kind === 'result') return [packet.id, packet.value];
      return packet.kind === 'error' ? [packet.id, (packet.error as NetronError).code, packet.notRun] : packet.kind;
    });
  };
  return { answers, call, calls, clock, dispatcher, inFlight, recorded, service, state };
}

const echo: Method = ({ args }) => args[0];
const never: Method = () => new Promise(() => {});

/** A received call with one reference, and the fate of the reference. */
function holding() {
  const became: string[] = [];
  const received = new Received();
  received.add({ transfer: () => became.push('transferred'), [Symbol.dispose]: () => became.push('disposed') });
  return { received, became };
}

describe('incoming calls', () => {
  it('are refused when one of their values cannot be received', async () => {
    const { answers, call, calls } = incoming([echo]);
    const failed = () => Object.assign(new Received(), { failure: new NetronError('not_found', 'released') });
    call(1, 0, ['a'], 0, undefined, failed());
    calls.pipe(2, 1, ['x'], 0, undefined, undefined, failed());
    expect(await answers()).toEqual([
      [1, 'not_found', true],
      [2, 'not_found', true],
    ]);
  });

  it('are answered with the result of their method, synchronous or asynchronous', async () => {
    const { answers, call, calls } = incoming([echo, async ({ args, peer }) => [args[0], peer.identity]]);
    call(1, 1, ['a']);
    call(2, 0, ['b']);
    expect(await answers()).toEqual([
      [2, 'b'],
      [1, ['a', 'ann']],
    ]);
    expect(calls.size).toBe(0);
  });

  it('fail with the error of their method', async () => {
    const fails: Method = () => {
      throw new NetronError('not_found', 'nothing');
    };
    const { answers, call } = incoming([fails, async (context) => fails(context)]);
    call(1, 0);
    call(2, 1);
    expect(await answers()).toEqual([
      [1, 'not_found', false],
      [2, 'not_found', false],
    ]);
  });

  it('fail with an unknown outcome when it is unknown whether their method ran', async () => {
    const given: Method = (call) => {
      call.doubt(true);
      throw new NetronError('deadline_exceeded', 'given up');
    };
    const { answers, call, recorded } = incoming([given]);
    call(1, 0);
    await systemScheduler.idle();
    expect(recorded.packets()).toMatchObject([{ kind: 'error', id: 1, notRun: false, doubted: true }]);
    recorded.outbox.writer.features = 0;
    call(2, 0);
    expect(await answers()).toEqual([[2, 'deadline_exceeded', false]]);
  });

  it('are refused when the object or member does not exist', async () => {
    const { answers, call, calls } = incoming([echo]);
    call(1, 1);
    calls.call(2, 7, 0, 0, undefined, []);
    expect(await answers()).toEqual([
      [1, 'not_found', true],
      [2, 'not_found', true],
    ]);
  });

  it('behind handle 0 are for the node itself', async () => {
    const { answers, calls } = incoming([echo]);
    calls.call(1, 0, 0, 0, undefined, ['a']);
    calls.call(2, 0, 1, 0, undefined, ['a']);
    expect(await answers()).toEqual([
      [1, 'a'],
      [2, 'not_found', true],
    ]);
  });

  it('are bounded, and each needs an unused number', async () => {
    const { answers, call } = incoming([never, echo], 2);
    call(1, 0);
    call(1, 1, ['again']);
    call(2, 0);
    call(3, 1, ['c']);
    expect(await answers()).toEqual([
      [1, 'invalid_argument', true],
      [3, 'resource_exhausted', true],
    ]);
  });

  it('do not run when they arrive after their deadline', async () => {
    const { answers, call } = incoming([() => expect.unreachable()]);
    call(1, 0, [], 0, 0);
    expect(await answers()).toEqual([[1, 'deadline_exceeded', true]]);
  });

  it('are aborted at their deadline and fail with deadline_exceeded, whatever the method throws', async () => {
    const { answers, call, clock } = incoming([
      ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('own')))),
    ]);
    call(1, 0, [], 0, 500);
    await clock.advance(700);
    expect(await answers()).toEqual([[1, 'deadline_exceeded', false]]);
  });

  it('are aborted when their caller cancels them', async () => {
    const { answers, call, calls } = incoming([
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
    ]);
    call(1, 0, [], flags.cancellable);
    calls.cancel(1);
    calls.cancel(77);
    expect(await answers()).toEqual([[1, 'stopped']]);
  });

  it('release the references in their arguments when they end', async () => {
    const { answers, call } = incoming([echo, never]);
    const [ended, running] = [holding(), holding()];
    call(1, 0, ['a'], 0, undefined, ended.received);
    call(2, 1, ['a'], 0, undefined, running.received);
    await answers();
    expect([ended.became, running.became]).toEqual([['disposed'], []]);
  });

  it('hold the references in their arguments until their streams end', async () => {
    const { answers, call, state } = incoming([echo]);
    const { became, received } = holding();
    state.streaming = true;
    call(1, 0, ['a'], 0, undefined, received);
    await answers();
    expect(became).toEqual([]);
  });

  it('fail when the result cannot be sent, and end its streams', async () => {
    let ended = 0;
    const stream = { [Symbol.asyncIterator]: () => ({ next: () => expect.unreachable(), return: () => (ended += 1) }) };
    const { answers, call } = incoming([() => [stream, Symbol('x')]]);
    call(1, 0);
    expect([await answers(), ended]).toEqual([[[1, 'internal', false]], 1]);
  });

  it('run on the result of another call when it arrives, and fail with its failure', async () => {
    let give: (value: unknown) => void = () => {};
    let fail: (error: unknown) => void = () => {};
    const { answers, call, calls, service } = incoming([
      echo,
      () => new Promise((resolve) => (give = resolve)),
      () => new Promise((_resolve, reject) => (fail = reject)),
      () => {
        throw new NetronError('data_loss', 'broken');
      },
    ]);
    call(1, 1, [], flags.hold);
    call(2, 2, [], flags.hold);
    calls.pipe(3, 1, ['shop', 'method0'], 0, undefined, ['x']);
    calls.pipe(4, 1, ['name'], 0, undefined, undefined);
    calls.pipe(5, 2, ['name'], 0, undefined, undefined);
    call(7, 3, [], flags.hold);
    calls.pipe(8, 7, ['name'], 0, undefined, undefined);
    give({ shop: service.target, name: 'n' });
    fail(new NetronError('data_loss', 'broken'));
    const all = await answers();
    expect(all.filter((answer) => ![1, 2, 7].includes(Number(answer[0])))).toEqual(
      expect.arrayContaining([
        [3, 'x'],
        [4, 'n'],
        [5, 'data_loss', true],
        [8, 'data_loss', true],
      ]),
    );
    calls.drop(1);
    calls.pipe(6, 1, ['name'], 0, undefined, undefined);
    expect(await answers()).toEqual([[6, 'not_found', true]]);
  });

  it('hold a bounded number of results until they are dropped', async () => {
    const { answers, call, calls } = incoming([echo, async ({ args }) => args[0]], 2);
    for (let id = 1; id <= 3; id += 1) call(id, 0, ['a'], flags.hold);
    expect(calls.held).toBe(2);
    calls.drop(1);
    expect(calls.held).toBe(1);
    calls.drop(2);
    call(4, 1, ['late'], flags.hold);
    calls.drop(4);
    expect((await answers()).at(-1)).toEqual([4, 'late']);
    expect(calls.held).toBe(0);
  });

  it('wait in order while their caller does not read, and can be canceled meanwhile', async () => {
    const { answers, call, calls, recorded, state } = incoming([echo]);
    Object.assign(recorded.outbox, { full: true });
    state.stalled = true;
    call(1, 0, ['a']);
    call(2, 0, ['b'], flags.cancellable);
    call(3, 0, ['c']);
    expect([calls.notBegun, calls.kept, await answers()]).toEqual([3, 300, []]);
    calls.cancel(2);
    Object.assign(recorded.outbox, { full: false });
    calls.drained();
    expect(await answers()).toEqual([
      [1, 'a'],
      [2, 'canceled', true],
      [3, 'c'],
    ]);
  });

  it('are refused as not run when there is no memory for them to wait', async () => {
    const { answers, call, recorded, state } = incoming([echo]);
    Object.assign(recorded.outbox, { full: true });
    Object.assign(state, { stalled: true, cost: undefined });
    call(1, 0, ['a']);
    expect(await answers()).toEqual([[1, 'resource_exhausted', true]]);
  });

  it('are aborted when the connection ends: nothing is answered, and streams of late results end', async () => {
    let ended = 0;
    const stream = { [Symbol.asyncIterator]: () => ({ next: () => expect.unreachable(), return: () => (ended += 1) }) };
    const { answers, call, calls, inFlight } = incoming([
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(stream))),
    ]);
    const { became, received } = holding();
    call(1, 0, [], flags.hold, undefined, received);
    calls.close();
    expect([await answers(), became, ended]).toEqual([[], ['disposed'], 1]);
    expect([calls.size, calls.held, inFlight.size]).toEqual([0, 0, 0]);
  });

  it('are refused while the node drains', async () => {
    const { answers, call, dispatcher } = incoming([echo]);
    dispatcher.refuse('the node is stopping');
    call(1, 0, ['a']);
    expect(await answers()).toEqual([[1, 'unavailable', true]]);
  });
});
