/** Large graphs in layers, of which some reads change from run to run. */
import { expectSame } from './expect.mjs';

/** Numbers between 0 and 1 that are the same in every process. */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A sheet: four cells per layer that are made of four of the layer before, all of them watched. Making it counts. */
const sheet = (depth) => ({
  id: `sheet of ${depth.toLocaleString('en')} layers`,
  group: 'layers',
  prepare: ({ signal, computed, effect, batch, root }) => {
    let expected;
    return () => {
      const answers = [];
      const end = root(() => {
        const start = [1, 2, 3, 4].map((value) => signal(value));
        let layer = start;
        for (let index = 0; index < depth; index++) {
          const [a, b, c, d] = layer;
          layer = [
            computed(() => b.read()),
            computed(() => a.read() - c.read()),
            computed(() => b.read() + d.read()),
            computed(() => c.read()),
          ];
          for (const cell of layer) effect(() => void cell.read());
          for (const cell of layer) cell.read();
        }
        answers.push(...layer.map((cell) => cell.read()));
        batch(() => {
          for (const [index, value] of [4, 3, 2, 1].entries()) start[index].write(value);
        });
        answers.push(...layer.map((cell) => cell.read()));
      });
      end();
      expected ??= answers.join();
      expectSame(answers.join(), expected, 'sheet');
      if (answers.some(Number.isNaN)) throw new Error('sheet: not a number');
    };
  },
});

/**
 * Layers of computeds over a row of signals. Each adds up some of the layer above; a dynamic one leaves out its last source
 * whenever its first is odd. A run writes one signal and reads some of the last layer, `writes` times.
 */
const layered = (name, { width, depth, fixed, sources, read, writes }) => ({
  id: name,
  group: 'layers',
  prepare({ signal, computed, batch }) {
    const random = sequence(7);
    const heads = Array.from({ length: width }, (_, index) => signal(index));
    let layer = heads;
    for (let level = 1; level < depth; level++) {
      const above = layer;
      layer = above.map((_, index) => {
        const own = Array.from({ length: sources }, (_, each) => above[(index + each) % width]);
        if (random() < fixed) return computed(() => own.reduce((sum, each) => sum + each.read(), 0) % 1_000_003);
        const [first, ...others] = own;
        return computed(() => {
          let sum = first.read();
          const leaveOut = sum % 2 === 1 ? others.length - 1 : -1;
          for (let each = 0; each < others.length; each++) if (each !== leaveOut) sum += others[each].read();
          return sum % 1_000_003;
        });
      });
    }
    const leaves = layer.filter(() => random() < read || read === 1);
    if (leaves.length === 0) leaves.push(layer[0]);
    const total = () => leaves.reduce((sum, leaf) => sum + leaf.read(), 0);
    const before = total();
    let run = 0;
    return () => {
      for (let write = 0; write < writes; write++) {
        const index = run++ % width;
        batch(() => heads[index].write(index + 1));
        total();
        batch(() => heads[index].write(index));
        expectSame(total(), before, name);
      }
    };
  },
});

export const layers = [
  sheet(100),
  sheet(1_000),
  layered('simple component', { width: 10, depth: 5, fixed: 1, sources: 2, read: 0.2, writes: 100 }),
  layered('dynamic component', { width: 10, depth: 10, fixed: 0.75, sources: 6, read: 0.2, writes: 20 }),
  layered('large application', { width: 1_000, depth: 12, fixed: 0.95, sources: 4, read: 1, writes: 2 }),
  layered('wide and dense', { width: 1_000, depth: 5, fixed: 1, sources: 25, read: 1, writes: 2 }),
  layered('deep layers', { width: 5, depth: 500, fixed: 1, sources: 3, read: 1, writes: 2 }),
  layered('very dynamic', { width: 100, depth: 15, fixed: 0.5, sources: 6, read: 1, writes: 2 }),
];
