import { expect, it } from 'vitest';
import { plainMember } from '../../middleware/member.js';
import { type BoundService, bindMember } from '../../service/call/bound-service.js';
import { createProxy, type ProxyTarget } from '../../service/call/proxy.js';
import { type Advertised, advertise } from './advertised.js';
import { Exports } from './exports.js';

/** A proxy of another peer's service, and how often it is held for peers that it was passed on to. */
function handedOn() {
  const state = { pins: 0 };
  const to: ProxyTarget = {
    definition: { name: 'far', version: '1.0.0', members: [] },
    invoke: () => Promise.resolve(),
    on: () => Promise.reject(new Error('no events')),
    reportError() {},
    dispose() {},
    pin() {
      state.pins += 1;
    },
    unpin() {
      state.pins -= 1;
    },
  };
  return { state, proxy: createProxy(to) };
}

/** A table of `limit` handles. */
function exporting(limit: number, advertised?: Advertised): Exports {
  return new Exports(
    {
      clock: { now: () => 5 },
      services: { bind: (target) => services.get(target) },
      middleware: undefined,
    },
    limit,
    advertised,
  );
}

const services = new Map<object, BoundService>();

/** A service with these members, in this order. */
function service(...names: string[]): BoundService {
  const definition = { name: 'shop', version: '1.0.0', members: names.map((name) => ({ name, kind: 'method' as const })) };
  const members = names.map((name) => bindMember(definition, plainMember('shop', name), () => name, undefined));
  const bound: BoundService = { definition, members, byName: new Map(members.map((each) => [each.name, each])), target: {} };
  services.set(bound.target, bound);
  return bound;
}

it('unknown handles are undefined, and so is that of the node itself', () => {
  const exports = exporting(10);
  for (const handle of [-1, 0, 1, 1.5, 2 ** 40, Number.NaN]) expect(exports.get(handle)).toBeUndefined();
});

it('a handle is reused only when the peer has released it as often as it was sent', () => {
  const exports = exporting(10);
  const [first, second] = [() => 1, () => 2];
  expect([exports.add(first), exports.add(first), exports.add(second)]).toEqual([1, 1, 2]);
  exports.release(1, 1);
  expect(exports.get(1)?.target).toBe(first);
  exports.release(1, 1);
  expect([exports.get(1), exports.size, exports.add(() => 3)]).toEqual([undefined, 1, 1]);
});

it('releasing more than was sent releases all, and releasing an unknown handle does nothing', () => {
  const exports = exporting(10);
  exports.add(() => 1);
  exports.release(1, 1_000);
  exports.release(1, 1);
  exports.release(77, 1);
  exports.release(0, 1);
  expect(exports.size).toBe(0);
});

it('the peer holds a bounded number of references', () => {
  const exports = exporting(2);
  const first = () => 1;
  exports.add(first);
  exports.add(() => 2);
  expect(() => exports.add(() => 3)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  expect(exports.add(first)).toBe(1);
});

it('an object that is not a service gets no handle', () => {
  expect(() => exporting(10).add({})).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

it('the handle of a concealed service is undefined and not reused until the peer has released it', () => {
  const exports = exporting(10);
  const { target } = service('buy');
  exports.add(target);
  exports.conceal(target);
  expect([exports.get(1), exports.add(() => 1)]).toEqual([undefined, 2]);
  exports.release(1, 1);
  expect(exports.add(() => 2)).toBe(1);
});

it('services in hello have handles from 1 on, which are never reused', () => {
  const bound = service('buy');
  const exports = exporting(10, advertise([bound]));
  expect([exports.add(bound.target), exports.add(() => 1), exports.size]).toEqual([1, 2, 1]);
  exports.conceal(bound.target);
  expect([exports.get(1), exports.add(() => 2)]).toEqual([undefined, 3]);
});

it('a replacing service is reached by the handles of the previous one, its members by name', () => {
  const before = service('buy', 'sell');
  const after = service('sell', 'buy', 'gone');
  const exports = exporting(10, advertise([before]));
  const sold = service('buy', 'sell');
  exports.add(sold.target);
  expect([exports.replace(before, after), exports.replace(sold, service('buy', 'sell'))]).toEqual([false, true]);
  expect(exports.get(1)?.members.map(({ name }) => name)).toEqual(['buy', 'sell']);
  expect(exports.get(1)?.target).toBe(after.target);
  expect(exports.get(2)?.target).not.toBe(sold.target);
});

it('lists the references that the peer holds', () => {
  const exports = exporting(10);
  const { target } = service('buy');
  exports.add(target);
  exports.add(target);
  exports.add(() => 1);
  expect(exports.list()).toEqual([
    { handle: 1, direction: 'out', owner: 'shop@1.0.0', since: 5, size: 2 },
    { handle: 2, direction: 'out', owner: 'function@0.0.0', since: 5, size: 1 },
  ]);
});

it('a forwarded reference is held at its owner until it is released, concealed or cleared', () => {
  const { state, proxy } = handedOn();
  const exports = exporting(10);
  const handle = exports.add(proxy);
  expect([exports.add(proxy), state.pins]).toEqual([handle, 1]);
  exports.release(handle, 2);
  expect([exports.size, state.pins]).toEqual([0, 0]);
  exports.add(proxy);
  exports.conceal(proxy);
  expect([exports.size, state.pins]).toEqual([0, 0]);
  exports.release(handle, 1);
  expect(state.pins).toBe(0);
  exports.add(proxy);
  exports.clear();
  expect([exports.size, state.pins]).toEqual([0, 0]);
});
