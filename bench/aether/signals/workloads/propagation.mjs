/** How a write reaches effects through graphs of typical shapes. */
import { expectSame } from './expect.mjs';

/** Work that a computed does besides reading. */
function busy() {
  let sum = 0;
  for (let index = 0; index < 100; index++) sum += index;
  return sum;
}

/** A workload that writes 1, 2, … `writes` to the head of a graph, and asks after each what `answer` says. */
const shape = (id, writes, make, answer) => ({
  id,
  group: 'propagation',
  prepare(library) {
    const head = library.signal(0);
    const result = make(library, head);
    return () => {
      for (let value = 1; value <= writes; value++) {
        library.batch(() => head.write(value));
        expectSame(result(), answer(value), id);
      }
    };
  },
});

export const propagation = [
  // A computed always gives the same, so that what comes after it need not run.
  shape(
    'avoidable',
    1_000,
    ({ computed, effect }, head) => {
      const first = computed(() => head.read());
      const constant = computed(() => first.read() * 0);
      const third = computed(() => busy() * 0 + constant.read() + 1);
      const fourth = computed(() => third.read() + 2);
      const last = computed(() => fourth.read() + 3);
      effect(() => {
        last.read();
        busy();
      });
      return () => last.read();
    },
    () => 6,
  ),
  // Fifty paths side by side, each with an effect.
  shape(
    'broad',
    50,
    ({ computed, effect }, head) => {
      let last;
      for (let index = 0; index < 50; index++) {
        const above = computed(() => head.read() + index);
        const below = computed(() => above.read() + 1);
        effect(() => void below.read());
        last = below;
      }
      return () => last.read();
    },
    (value) => value + 50,
  ),
  // Fifty computeds, one after the other.
  shape(
    'deep',
    50,
    ({ computed, effect }, head) => {
      let last = head;
      for (let index = 0; index < 50; index++) {
        const before = last;
        last = computed(() => before.read() + 1);
      }
      effect(() => void last.read());
      return () => last.read();
    },
    (value) => value + 50,
  ),
  // Five computeds of one signal, which meet again.
  shape(
    'diamond',
    500,
    ({ computed, effect }, head) => {
      const sides = Array.from({ length: 5 }, () => computed(() => head.read() + 1));
      const sum = computed(() => sides.reduce((total, side) => total + side.read(), 0));
      effect(() => void sum.read());
      return () => sum.read();
    },
    (value) => (value + 1) * 5,
  ),
  {
    // A hundred signals become one object, of which a hundred computeds take a field each.
    id: 'funnel',
    group: 'propagation',
    prepare({ signal, computed, effect, batch }) {
      const heads = Array.from({ length: 100 }, () => signal(0));
      const object = computed(() => Object.fromEntries(heads.map((head, index) => [index, head.read()])));
      const fields = heads.map((_, index) => {
        const field = computed(() => object.read()[index]);
        const next = computed(() => field.read() + 1);
        effect(() => void next.read());
        return next;
      });
      return () => {
        for (let round = 1; round <= 2; round++)
          for (let index = 0; index < 10; index++) {
            batch(() => heads[index].write(index * round));
            expectSame(fields[index].read(), index * round + 1, 'funnel');
          }
      };
    },
  },
  // A computed that reads the same signal thirty times.
  shape(
    'repeated',
    100,
    ({ computed, effect }, head) => {
      const sum = computed(() => {
        let total = 0;
        for (let index = 0; index < 30; index++) total += head.read();
        return total;
      });
      effect(() => void sum.read());
      return () => sum.read();
    },
    (value) => value * 30,
  ),
  // A chain of ten whose members are all added up.
  shape(
    'triangle',
    100,
    ({ computed, effect }, head) => {
      const chain = [head];
      for (let index = 1; index < 10; index++) {
        const before = chain.at(-1);
        chain.push(computed(() => before.read() + 1));
      }
      const sum = computed(() => chain.reduce((total, each) => total + each.read(), 0));
      effect(() => void sum.read());
      return () => sum.read();
    },
    (value) => value * 10 + 45,
  ),
  // A computed that reads now one, now another.
  shape(
    'unstable',
    100,
    ({ computed, effect }, head) => {
      const double = computed(() => head.read() * 2);
      const inverse = computed(() => -head.read());
      const sum = computed(() => {
        let total = 0;
        for (let index = 0; index < 20; index++) total += (head.read() % 2 === 1 ? double : inverse).read();
        return total;
      });
      effect(() => void sum.read());
      return () => sum.read();
    },
    (value) => (value % 2 === 1 ? value * 40 : value * -20),
  ),
  {
    // Two signals, and computeds that do real work: what is not needed must not run.
    id: 'costly',
    group: 'propagation',
    prepare({ signal, computed, effect, batch }) {
      const fibonacci = (n) => (n < 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2));
      const hard = (n) => n + fibonacci(14);
      const numbers = Array.from({ length: 5 }, (_, index) => index);
      const a = signal(0);
      const b = signal(0);
      const c = computed(() => (a.read() % 2) + (b.read() % 2));
      const d = computed(() => numbers.map((n) => n + (a.read() % 2) - (b.read() % 2)));
      const e = computed(() => hard(c.read() + a.read() + d.read()[0]));
      const f = computed(() => hard(d.read()[2] || b.read()));
      const g = computed(() => c.read() + (c.read() || e.read() % 2) + d.read()[4] + f.read());
      const answers = [];
      effect(() => void answers.push(hard(g.read())));
      effect(() => void answers.push(g.read()));
      effect(() => void answers.push(hard(f.read())));
      return () => {
        answers.length = 0;
        for (const value of [1, 2]) {
          batch(() => {
            b.write(value);
            a.write(value * 2);
          });
          batch(() => {
            a.write(value + 1);
            b.write(1 - value);
          });
        }
        if (answers.length < 4) throw new Error(`costly: expected the effects to run, they have run ${answers.length} times`);
      };
    },
  },
];
