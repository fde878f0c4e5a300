/** The cost of making signals and computeds. */
import { expectSame } from './expect.mjs';

const count = 1_000;

/** Makes `count` computeds, each of which reads some signals, and reads each once, which links it. */
const computeds = (id, signals, perComputed) => ({
  id: `create computeds ${id}`,
  group: 'creation',
  prepare({ signal, computed, root }) {
    return () => {
      let sum = 0;
      const end = root(() => {
        const sources = Array.from({ length: signals }, () => signal(1));
        for (let index = 0; index < count / Math.max(1, perComputed / 4); index++) {
          const first = signals === 0 ? 0 : (index * perComputed) % signals;
          const made = computed(() => {
            let own = 0;
            for (let each = 0; each < perComputed; each++) own += sources[(first + each) % signals].read();
            return own;
          });
          sum += made.read();
        }
      });
      end();
      expectSame(sum, Math.ceil(count / Math.max(1, perComputed / 4)) * perComputed, id);
    };
  },
});

export const creation = [
  {
    id: 'create signals',
    group: 'creation',
    prepare({ signal }) {
      return () => {
        const made = Array.from({ length: count }, (_, index) => signal(index));
        expectSame(made[count - 1].read(), count - 1, 'create signals');
      };
    },
  },
  computeds('of none', 0, 0),
  computeds('1 : 1', count, 1),
  computeds('of 2', count * 2, 2),
  computeds('of 4', count * 4, 4),
  computeds('of 1,000', 1_000, 1_000),
  computeds('1 : 2', count / 2, 1),
  computeds('1 : 4', count / 4, 1),
  computeds('1 : 8', count / 8, 1),
  computeds('1 : 1,000', 10, 1),
];
