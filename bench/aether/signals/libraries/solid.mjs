// The build for browsers; the one that Node would take does not follow anything.
import { batch, createMemo, createRenderEffect, createRoot, createSignal } from '../../node_modules/solid-js/dist/solid.js';

/** @type {import('../library.mjs').Library} */
export default {
  signal(initial) {
    const [read, write] = createSignal(initial);
    return { read: () => read(), write: (value) => write(value) };
  },
  computed(compute) {
    const read = createMemo(compute);
    return { read: () => read() };
  },
  effect: createRenderEffect,
  batch,
  root: (run) =>
    createRoot((dispose) => {
      run();
      return dispose;
    }),
};
