import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { targetOf } from '../../service/call/proxy.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { systemScheduler } from '../../util/scheduler.js';
import { defaultLimits } from '../../wire/limits.js';
import type { Callee } from '../calls/callee.js';
import { allParts } from '../link/all-parts.js';
import { Definitions } from './definitions.js';
import { type ImportingLink, Imports } from './imports.js';
import { keep } from './reference.js';

const shop: ServiceDefinition = { name: 'shop', version: '1.0.0', members: [{ name: 'buy', kind: 'method' }] };

/** A table of references with room for two, and the requests of its link. */
function importing(advertised: unknown[] = [], handles = 2) {
  const recorded = new RecordedOutbox();
  const calls: [Callee, unknown[] | undefined][] = [];
  const link = {
    node: {
      clock: new VirtualClock(),
      definitions: new Definitions(),
      limits: { ...defaultLimits, handles },
      parts: allParts,
      scheduler: { ...systemScheduler, collects: false },
    },
    owner: { id: 'peer', identity: undefined, outgoingChain: undefined },
    outbox: recorded.outbox,
    calls: {
      call: (callee: Callee, args: unknown[] | undefined) => {
        calls.push([callee, args]);
        return Promise.resolve('called');
      },
    },
    subscriptions: { subscribe: () => Promise.resolve(() => Promise.resolve()) },
    imports: undefined as unknown as Imports,
    open: true as boolean,
    reportError() {},
  } satisfies ImportingLink;
  const imports = new Imports(link, advertised);
  link.imports = imports;
  /** Returns the handles released since the last call, with their counts. */
  const released = () =>
    recorded.packets().map((packet) => (packet.kind === 'release' ? [packet.handle, packet.count] : packet.kind));
  return { calls, imports, link, released };
}

const dispose = (shown: object) => (shown as Disposable)[Symbol.dispose]();

describe('imports', () => {
  it('show the same object for a handle and release it as often as it arrived', () => {
    const { imports, released } = importing();
    const { shown } = imports.take(7, shop);
    expect(imports.take(7, shop).shown).toBe(shown);
    expect(imports.take(8, shop).shown).not.toBe(shown);
    dispose(shown);
    expect([released(), imports.size]).toEqual([[[7, 2]], 1]);
    dispose(shown);
    expect(released()).toEqual([]);
  });

  it('call services and functions by their handle', async () => {
    const { calls, imports } = importing();
    const { shown: service } = imports.take(7, shop);
    const { shown: run } = imports.take(8, undefined);
    expect(await (service as { buy(...args: unknown[]): unknown }).buy('tea')).toBe('called');
    await (run as (...args: unknown[]) => unknown)(1, 2);
    expect(calls).toMatchObject([
      [{ handle: 7, member: 0, service: 'shop', method: 'buy', reference: targetOf(service) }, ['tea']],
      [{ handle: 8, member: 0, service: 'function', method: 'call', reference: targetOf(run) }, [1, 2]],
    ]);
  });

  it('send no call on a released reference', async () => {
    const { calls, imports } = importing();
    const { shown } = imports.take(7, shop);
    dispose(shown);
    await expect((shown as { buy(): unknown }).buy()).rejects.toMatchObject({
      code: 'failed_precondition',
      outcome: 'not_run',
    });
    expect(calls).toEqual([]);
  });

  it('release references beyond the limit and accept known ones', () => {
    const { imports, released } = importing();
    imports.take(7, shop);
    imports.take(8, undefined);
    expect([imports.accepts(9), imports.accepts(8)]).toEqual([false, true]);
    expect(released()).toEqual([[9, 1]]);
    dispose(imports.take(8, undefined).shown);
    expect(imports.accepts(9)).toBe(true);
  });

  it('leave counts of running calls to those calls when a reference is disposed', () => {
    const { imports, released } = importing();
    const { reference, shown } = imports.take(7, undefined);
    reference.openCalls += 1;
    dispose(shown);
    expect([released(), reference.count]).toEqual([[], 1]);
    reference.openCalls -= 1;
    reference.giveBack(1);
    expect(released()).toEqual([[7, 1]]);
  });

  it('release the results of calls on an object together with the object', () => {
    const { imports, released } = importing();
    const parent = imports.take(7, shop);
    const child = imports.take(8, shop);
    const grandchild = imports.take(9, shop);
    imports.adopt(parent.reference, child.reference);
    imports.adopt(child.reference, grandchild.reference);
    dispose(parent.shown);
    expect([released(), imports.size]).toEqual([
      [
        [7, 1],
        [8, 1],
        [9, 1],
      ],
      0,
    ]);
  });

  it('release a chain of results, ten thousand deep', () => {
    const { imports } = importing([], 10_000);
    const chain = Array.from({ length: 10_000 }, (_, number) => imports.take(number + 1, shop));
    for (const [number, { reference }] of chain.entries()) imports.adopt((chain[number - 1] ?? chain[0])!.reference, reference);
    dispose((chain[0] as (typeof chain)[number]).shown);
    expect(imports.size).toBe(0);
  });

  it('hold no other when their connection has ended', () => {
    const { imports } = importing();
    const [parent, child] = [imports.take(7, shop).reference, imports.take(8, shop).reference];
    imports.adopt(parent, child);
    imports.close();
    expect([parent.children, child.parents]).toEqual([undefined, undefined]);
  });

  it('leave results to the program when their object is collected, even when its handle was reused', () => {
    const { imports, released } = importing();
    const parent = imports.take(7, shop);
    const child = imports.take(8, shop);
    imports.adopt(parent.reference, child.reference);
    imports.release(parent.reference, 1);
    const other = imports.take(7, shop);
    imports.adopt(parent.reference, child.reference);
    dispose(other.shown);
    expect([released(), imports.size]).toEqual([
      [
        [7, 1],
        [7, 1],
      ],
      1,
    ]);
    dispose(child.shown);
    expect([released(), parent.reference.children?.size, imports.size]).toEqual([[[8, 1]], 0, 0]);
  });

  it('release the results of a disposed object that a call holds, but not those that come later', () => {
    const { imports, released } = importing();
    const [parent, child, late] = [imports.take(7, shop), imports.take(8, shop), imports.take(9, shop)];
    imports.adopt(parent.reference, child.reference);
    parent.reference.pin();
    dispose(parent.shown);
    expect(released()).toEqual([[8, 1]]);
    imports.adopt(parent.reference, late.reference);
    parent.reference.unpin();
    expect([released(), imports.size]).toEqual([[[7, 1]], 1]);
  });

  it('count one that is returned to the other end twice while a call holds it once', () => {
    const { imports, released } = importing();
    const { reference, shown } = imports.take(7, shop);
    reference.pin();
    reference.giveBack(1);
    reference.giveBack(1);
    imports.take(7, shop);
    reference.unpin();
    expect([released(), reference.count, targetOf(shown)]).toEqual([[[7, 1]], 1, reference]);
  });

  it('do not release references that the program keeps', () => {
    const { imports, released } = importing();
    const parent = imports.take(7, shop);
    const child = imports.take(8, shop);
    imports.adopt(parent.reference, child.reference);
    expect(keep(child.shown)).toBe(child.shown);
    dispose(parent.shown);
    expect([released(), imports.size]).toEqual([[[7, 1]], 1]);
    dispose(child.shown);
    expect(released()).toEqual([[8, 1]]);
  });

  it('hold forwarded references until no peer has them', () => {
    const { imports, released } = importing();
    const { shown } = imports.take(7, shop);
    const to = targetOf(shown);
    to?.pin?.();
    to?.pin?.();
    dispose(shown);
    to?.unpin?.();
    expect(released()).toEqual([]);
    to?.unpin?.();
    expect(released()).toEqual([[7, 1]]);
  });

  it('release the owed count of a forwarded reference once', () => {
    const { imports, released } = importing();
    const { reference, shown } = imports.take(7, shop);
    imports.take(7, shop);
    reference.openCalls = 1;
    reference.pin();
    dispose(shown);
    reference.unpin();
    reference.pin();
    reference.unpin();
    expect(released()).toEqual([[7, 1]]);
  });

  it('have services from hello without a query; these do not count toward the limit', () => {
    const { imports } = importing([['shop', '1.0.0', [['buy', 0]]]]);
    const service = imports.advertised('shop@1.0.0');
    expect(service).toMatchObject({ buy: expect.any(Function) as unknown });
    imports.take(7, shop);
    expect([imports.size, imports.counted, imports.accepts(8)]).toEqual([2, 1, true]);
    imports.withdraw('shop@1.0.0');
    expect(imports.advertised('shop@1.0.0')).toBeUndefined();
  });

  it('skip invalid definitions in hello and read at most 1,024', () => {
    const odd = [null, 7, [], ['shop', '1.0.0', 'members'], ['', 'x', []], ['shop', '1.0.0', [['then', 0]]]];
    const { imports } = importing([...odd, ['shop', '2.0.0', []]]);
    expect(imports.advertised('shop@1.0.0')).toBeUndefined();
    imports.advertised('shop@2.0.0');
    expect(imports.list()).toMatchObject([{ handle: 7, owner: 'shop@2.0.0', size: 1 }]);
    const many = importing(Array.from({ length: 1_025 }, (_, number) => [`shop${number}`, '1.0.0', []]));
    many.imports.advertised('shop1023@1.0.0');
    expect(many.imports.list()).toMatchObject([{ handle: 1_024, owner: 'shop1023@1.0.0', size: 1 }]);
    expect(many.imports.advertised('shop1024@1.0.0')).toBeUndefined();
  });

  it('return no services from hello after the connection has ended', () => {
    const { imports, link } = importing([['shop', '1.0.0', []]]);
    link.open = false;
    expect(imports.advertised('shop@1.0.0')).toBeUndefined();
  });

  it('list held references with their time', () => {
    const { imports, link } = importing();
    link.node.clock.sleep(50);
    imports.take(7, shop);
    imports.take(7, shop);
    expect(imports.list()).toEqual([{ handle: 7, direction: 'in', owner: 'shop@1.0.0', since: 50, size: 2 }]);
    imports.close();
    expect(imports.list()).toEqual([]);
  });
});
