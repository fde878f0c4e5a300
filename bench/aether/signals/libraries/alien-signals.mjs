import { computed, effect, effectScope, endBatch, signal, startBatch } from 'alien-signals';

/** @type {import('../library.mjs').Library} */
export default {
  signal(initial) {
    const of = signal(initial);
    return { read: () => of(), write: (value) => of(value) };
  },
  computed(compute) {
    const of = computed(compute);
    return { read: () => of() };
  },
  effect,
  batch(run) {
    startBatch();
    try {
      run();
    } finally {
      endBatch();
    }
  },
  root: effectScope,
};
