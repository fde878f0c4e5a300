import { expect, it } from 'vitest';
import { createProxy, type ProxyTarget } from '../../service/call/proxy.js';
import { Exports } from './exports.js';

/** A proxy of another peer's service, and how often it is held for those it was handed on to. */
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

it('what is another peer’s is held there while it is handed on, and no longer, however that ends', () => {
  const { state, proxy } = handedOn();
  const exports = new Exports(
    {
      clock: { now: () => 0 },
      services: { bind: () => undefined },
      system: undefined as never,
      middleware: undefined,
    },
    10,
  );
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
