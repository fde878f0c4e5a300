/** The cost of writing signals that are watched through computeds. */
import { expectSame } from './expect.mjs';

/** Makes `effects` effects on computeds, each of which reads `perComputed` signals of `signals`; a run writes some of them. */
const update = (id, signals, effects, perComputed) => ({
  id: `update ${id}`,
  group: 'updates',
  prepare({ signal, computed, effect }) {
    const sources = Array.from({ length: signals }, () => signal(0));
    let runs = 0;
    for (let index = 0; index < effects; index++) {
      const own = Array.from({ length: perComputed }, (_, each) => sources[(index * perComputed + each) % signals]);
      const sum = computed(() => {
        let total = 0;
        for (const each of own) total += each.read();
        return total;
      });
      effect(() => {
        sum.read();
        runs++;
      });
    }
    let value = 0;
    const writes = Math.min(100, signals);
    const perWrite = Math.max(1, (effects * perComputed) / signals);
    return () => {
      runs = 0;
      value++;
      for (let index = 0; index < writes; index++) sources[index].write(value);
      expectSame(runs, writes * perWrite, id);
    };
  },
});

export const updates = [
  {
    id: 'write signals nobody follows',
    group: 'updates',
    prepare({ signal }) {
      const sources = Array.from({ length: 100 }, () => signal(0));
      let value = 0;
      return () => {
        value++;
        for (const source of sources) source.write(value);
        expectSame(sources[99].read(), value, 'write');
      };
    },
  },
  update('1 : 1', 100, 100, 1),
  update('2 : 1', 200, 100, 2),
  update('4 : 1', 400, 100, 4),
  update('1,000 : 1', 1_000, 1, 1_000),
  update('1 : 2', 100, 200, 1),
  update('1 : 4', 100, 400, 1),
  update('1 : 1,000', 1, 1_000, 1),
];
