import { batch, computed, effect, signal } from '@preact/signals-core';

/** Effects of the root that is being made. */
let effects = [];

/** @type {import('../library.mjs').Library} */
export default {
  signal(initial) {
    const of = signal(initial);
    return { read: () => of.value, write: (value) => (of.value = value) };
  },
  computed(compute) {
    const of = computed(compute);
    return { read: () => of.value };
  },
  effect: (run) => void effects.push(effect(run)),
  batch,
  root(run) {
    const own = [];
    effects = own;
    run();
    return () => {
      for (const dispose of own) dispose();
    };
  },
};
