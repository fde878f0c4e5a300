import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batch, computed, createRoot, effect, reconcile, signal, snapshot, store, transaction } from '../src/index.js';

/** A computed of the random graph: reads some earlier nodes, one of them only if another is odd. */
interface Step {
  readonly reads: number[];
  readonly condition: number;
  readonly otherwise: number;
  readonly modulo: number;
}

const graphs = fc.record({
  signals: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
  steps: fc.array(
    fc.record({
      reads: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      condition: fc.nat(),
      otherwise: fc.nat(),
      modulo: fc.integer({ min: 1, max: 7 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  watched: fc.array(fc.nat(), { maxLength: 4 }),
  writes: fc.array(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 3 }), {
    maxLength: 12,
  }),
});

/** The value of a step, by whatever way of reading. */
function evaluate(step: Step, index: number, read: (node: number) => number): number {
  const at = (node: number) => read(node % index);
  let sum = at(step.condition) % 2 === 1 ? at(step.otherwise) : 0;
  for (const node of step.reads) sum += at(node);
  if (sum % 11 === 10) throw new Error(`ten at ${index}`);
  return sum % step.modulo;
}

const attempt = (read: () => number): number | string => {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
};

it('any graph has the same values as a full recomputation, and runs nothing unnecessarily', () => {
  fc.assert(
    fc.property(graphs, ({ signals: initial, steps, watched, writes }) => {
      createRoot((dispose) => {
        const values = [...initial];
        const model = (node: number): number => {
          if (node < values.length) return values[node] as number;
          return evaluate(steps[node - values.length] as Step, node, model);
        };
        const runs = new Map<number, number>();
        const sources = initial.map((value) => signal(value));
        const nodes: (() => number)[] = [...sources];
        for (const step of steps) {
          const index = nodes.length;
          nodes.push(
            computed(() => {
              runs.set(index, (runs.get(index) ?? 0) + 1);
              return evaluate(step, index, (node) => (nodes[node] as () => number)());
            }),
          );
        }
        const seen = new Map<number, (number | string)[]>();
        for (const each of watched) {
          const node = each % nodes.length;
          const values: (number | string)[] = [];
          seen.set(node, values);
          effect(() => void values.push(attempt(nodes[node] as () => number)));
        }
        for (const write of writes) {
          const before = new Map([...seen.keys()].map((node) => [node, attempt(() => model(node))]));
          runs.clear();
          batch(() => {
            for (const [target, value] of write) {
              values[target % values.length] = value;
              sources[target % values.length]?.set(value);
            }
          });
          expect([...runs.values()].every((count) => count === 1)).toBe(true);
          for (const [node, shown] of seen) {
            const expected = attempt(() => model(node));
            expect(shown.at(-1)).toBe(expected);
            // Errors are told apart by identity, not by text: those may notify again.
            if (expected === before.get(node) && typeof expected === 'number')
              expect(shown.length).toBeLessThanOrEqual(1 + writes.length);
          }
        }
        for (const [node, read] of nodes.entries()) expect(attempt(read)).toBe(attempt(() => model(node)));
        dispose();
      });
    }),
  );
});

type Item = { id: number; n: number };
type State = { list: Item[]; map: Map<string, number>; fields: Record<string, number> };

const fresh = (): State => ({ list: [{ id: 0, n: 0 }], map: new Map(), fields: {} });
const item = fc.record({ id: fc.nat(5), n: fc.nat(3) });
const key = fc.constantFrom('a', 'b', 'size', 'length');
const changes: fc.Arbitrary<(state: State) => void> = fc.oneof(
  item.map((each) => (state: State) => void state.list.push({ ...each })),
  fc.constant((state: State) => void state.list.pop()),
  fc.constant((state: State) => void state.list.reverse()),
  fc.constant((state: State) => void state.list.sort((a, b) => a.n - b.n)),
  fc.tuple(fc.nat(3), fc.nat(2), item).map(
    ([at, count, each]) =>
      (state: State) =>
        void state.list.splice(at, count, { ...each }),
  ),
  fc.nat(3).map((length) => (state: State) => void (state.list.length = length)),
  fc.tuple(fc.nat(3), fc.nat(9)).map(([index, n]) => (state: State) => {
    const found = state.list[index];
    if (found !== undefined) found.n = n;
  }),
  fc.tuple(key, fc.nat(3)).map(
    ([name, n]) =>
      (state: State) =>
        void state.map.set(name, n),
  ),
  key.map((name) => (state: State) => void state.map.delete(name)),
  fc.tuple(key, fc.nat(3)).map(
    ([name, n]) =>
      (state: State) =>
        void (state.fields[name] = n),
  ),
  key.map((name) => (state: State) => void delete state.fields[name]),
);

const text = ({ list, map, fields }: State) =>
  JSON.stringify([[...list].map((each) => each && [each.id, each.n]), [...map], Object.entries(fields)]);

it('a store behaves like a plain object, shows every change, and can undo all of them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(changes, fc.boolean()), { maxLength: 15 }), (steps) => {
      createRoot((dispose) => {
        const plain = fresh();
        const state = store(fresh());
        let shown = '';
        effect(() => void (shown = text(state)));
        for (const [change, kept] of steps) {
          if (kept) {
            change(plain);
            change(state);
          } else {
            expect(() =>
              transaction(() => {
                change(state);
                throw new Error('undone');
              }),
            ).toThrow('undone');
          }
          expect(text(snapshot(state))).toBe(text(plain));
          expect(shown).toBe(text(plain));
        }
        dispose();
      });
    }),
  );
});

it('reconcile results in the new content and keeps objects with the same key', () => {
  const states = fc.array(changes, { maxLength: 10 }).map((steps) => {
    const state = fresh();
    for (const change of steps) change(state);
    state.list = state.list.filter(Boolean);
    return state;
  });
  fc.assert(
    fc.property(states, states, (from, to) => {
      createRoot((dispose) => {
        const state = store(from);
        const known = new Map([...state.list].reverse().map((each) => [each.id, each]));
        let shown = '';
        effect(() => void (shown = text(state)));
        const expected = text(to);
        reconcile(state, structuredClone(to));
        expect(text(snapshot(state)).replace(/\[\[/, '[[')).toBe(shown);
        expect(JSON.parse(shown)[0]).toEqual(JSON.parse(expected)[0]);
        expect(new Map(JSON.parse(shown)[1] as [string, number][])).toEqual(
          new Map(JSON.parse(expected)[1] as [string, number][]),
        );
        const first = new Set<number>();
        for (const each of state.list) {
          if (!first.has(each.id) && known.has(each.id)) expect(each).toBe(known.get(each.id));
          first.add(each.id);
        }
        dispose();
      });
    }),
  );
});
