/** Objects that are made, called, passed and given back in any order: each call reaches its own object, and nothing is left in the end. */
import { expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import { SeededRandom } from '../../src/testing/seeded-random.js';
import { gate, nodes, settled, until } from './nodes.js';

type Item = Disposable & {
  name(): Promise<string>;
  nameBeside(other: unknown): Promise<string>;
  namesWith(other: Item): Promise<string[]>;
  child(name: string): Promise<Item>;
};
type Maker = { make(name: string): Promise<Item> };

/** Methods that answer at once, or when the gates are opened. */
class Gates {
  readonly #random: SeededRandom;
  #closed: ReturnType<typeof gate<void>>[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  async pass(): Promise<void> {
    if (this.#random.chance(0.5)) return;
    const one = gate();
    this.#closed.push(one);
    await one.opened;
  }

  async open(): Promise<void> {
    for (const one of this.#closed.splice(0)) one.open();
    await settled();
  }
}

it.each(Array.from({ length: 12 }, (_, seed) => seed))('seed %i', async (seed) => {
  const random = new SeededRandom(seed);
  const gates = new Gates(random);
  const item = (own: string): object =>
    defineService({
      name: 'item',
      methods: {
        name: () => gates.pass().then(() => own),
        nameBeside: (_other: unknown) => own,
        namesWith: (other: { name(): Promise<string> }) => gates.pass().then(async () => [own, await other.name()]),
        child: (name: string) => gates.pass().then(() => item(name)),
      },
    });
  const maker = defineService({ name: 'maker', methods: { make: (name: string) => gates.pass().then(() => item(name)) } });
  await using pair = await nodes({ services: [maker], server: { limits: { calls: [1_000, 2, 3][seed % 3] as number } } });
  const { exports } = pair.back.link as NonNullable<typeof pair.back.link>;
  const { make } = await pair.peer.queryInterface<Maker>('maker');
  await settled();
  const base = exports.size;
  const held: { item: Item; name: string }[] = [];
  const wrong: unknown[] = [];
  const calls: Promise<unknown>[] = [];
  const begin = (call: Promise<unknown>): void => {
    // An object may be given back before a call that has it as an argument is sent.
    const failed = (error: { code?: string }) => error.code !== 'failed_precondition' && wrong.push(error);
    calls.push(call.catch(failed));
  };
  const check = (got: unknown, expected: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push([got, expected]);
  };
  const hold = async (coming: Promise<Item>, name: string): Promise<void> => void held.push({ item: await coming, name });
  const giveBack = (one: (typeof held)[number]): void => {
    if (held.includes(one)) held.splice(held.indexOf(one), 1);
    one.item[Symbol.dispose]();
  };

  const steps: ((one: (typeof held)[number], name: string) => void | Promise<void>)[] = [
    (_, name) => begin(hold(make(name), name)),
    (one) => begin(one.item.name().then((got) => check(got, one.name))),
    (one, name) => begin(hold(one.item.child(name), name)),
    (one) => {
      const other = random.pick(held);
      begin(one.item.namesWith(other.item).then((got) => check(got, [one.name, other.name])));
    },
    async (one, name) => {
      const coming = make(name);
      if (random.chance(0.6)) await settled();
      const called = one.item.nameBeside(coming);
      begin(called.then((got) => check(got, one.name)));
      // Its argument is not given back before it is sent.
      begin(Promise.allSettled([called]).then(() => hold(coming, name)));
      if (random.chance(0.7)) giveBack(one);
    },
    giveBack,
  ];

  for (let step = 0; step < 200; step += 1) {
    if (random.chance(0.3)) await settled();
    if (random.chance(0.1)) await gates.open();
    const name = `item ${step}`;
    if (held.length === 0) begin(hold(make(name), name));
    else await random.pick(steps)(random.pick(held), name);
  }

  for (let ended = false; !ended; ) {
    void Promise.all(calls).then(() => {
      ended = true;
    });
    await gates.open();
  }
  for (const one of [...held]) giveBack(one);
  expect(wrong).toEqual([]);
  await until(() => exports.size === base);
});
