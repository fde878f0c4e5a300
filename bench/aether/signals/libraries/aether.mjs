import { batch, computed, createRoot, effect, signal } from '@omnitron-dev/aether';

/** @type {import('../library.mjs').Library} */
export default {
  signal(initial) {
    const of = signal(initial);
    return { read: () => of(), write: (value) => of.set(value) };
  },
  computed(compute) {
    const of = computed(compute);
    return { read: () => of() };
  },
  effect,
  batch,
  root: (run) =>
    createRoot((dispose) => {
      run();
      return dispose;
    }),
};
