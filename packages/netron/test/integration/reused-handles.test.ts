/** The other end gives the handle of an object that was given back to the next one: nothing that was meant for the first reaches that. */
import { expect, it } from 'vitest';
import { defineService, events } from '../../src/index.js';
import { failure, gate, nodes, settled, until } from './nodes.js';

type Item = Disposable & {
  name(after?: unknown): Promise<string>;
  child(): Promise<Item>;
  say(): Promise<void>;
  on(event: 'said', listener: (text: unknown) => void): Promise<() => Promise<void>>;
};
type Maker = {
  make(name: string): Promise<Item>;
  later(name: string): Promise<Item>;
  wait(): Promise<void>;
  nameOf(item: Item): Promise<string>;
};

/** A node that makes items, and what lets those go that come later. */
async function making(calls = 1_000) {
  const [later, waits] = [gate(), gate()];
  const item = (name: string): object => {
    const child = async (): Promise<object> => {
      await later.opened;
      return item(`child of ${name}`);
    };
    const made: { emit(event: 'said', text: string): void } = defineService({
      name: 'item',
      events: events<{ said: string }>(),
      methods: { name: () => name, child, say: () => made.emit('said', name) },
    }) as never;
    return made;
  };
  const maker = defineService({
    name: 'maker',
    methods: {
      make: item,
      later: async (name: string) => {
        await later.opened;
        return item(name);
      },
      wait: () => waits.opened,
      nameOf: (given: { name(): string }) => given.name(),
    },
  });
  const pair = await nodes({ services: [maker], server: { allowServiceEvents: true, limits: { calls } } });
  const { exports } = pair.back.link as NonNullable<typeof pair.back.link>;
  const end = () => pair[Symbol.asyncDispose]();
  return { exports, later, maker: await pair.peer.queryInterface<Maker>('maker'), waits, [Symbol.asyncDispose]: end };
}

it('a call that waits for its turn reaches its object, also when that is given back meanwhile', async () => {
  await using made = await making(2);
  const { exports, later, maker, waits } = made;
  const base = exports.size;
  const first = await maker.make('first');
  const taken = [maker.later('second'), maker.wait()];
  const name = first.name();
  first[Symbol.dispose]();
  await settled();
  later.open();
  expect(await name).toBe('first');
  await until(() => exports.size === base + 1);
  waits.open();
  const [second] = await Promise.all(taken);
  expect(await (second as Item).name()).toBe('second');
});

it('a call that waits for a result in its arguments reaches its object, also when that is given back meanwhile', async () => {
  await using made = await making();
  const { exports, later, maker } = made;
  const base = exports.size;
  const first = await maker.make('first');
  const argument = maker.later('argument');
  await settled();
  const name = first.name(argument);
  first[Symbol.dispose]();
  await settled();
  const second = await maker.make('second');
  later.open();
  expect(await name).toBe('first');
  for (const item of [second, await argument]) item[Symbol.dispose]();
  await until(() => exports.size === base);
});

it('what a call returns does not end with an object that came after its own was given back', async () => {
  await using made = await making();
  const { later, maker } = made;
  const first = await maker.make('first');
  const coming = first.child();
  await settled();
  first[Symbol.dispose]();
  await settled();
  const second = await maker.make('second');
  later.open();
  const child = await coming;
  second[Symbol.dispose]();
  expect(await child.name()).toBe('child of first');
});

it('what a call has returned ends with its object, also while another call on that waits', async () => {
  await using made = await making(2);
  const { exports, later, maker, waits } = made;
  const base = exports.size;
  const first = await maker.make('first');
  const coming = first.child();
  await settled();
  later.open();
  const child = await coming;
  const taken = [maker.wait(), maker.wait()];
  const name = first.name();
  first[Symbol.dispose]();
  const failed = failure(child.name());
  waits.open();
  expect(await failed).toMatchObject({ code: 'failed_precondition' });
  expect(await name).toBe('first');
  await Promise.all(taken);
  await until(() => exports.size === base);
});

it('events are those of the object that they were asked of, or of none', async () => {
  await using made = await making(2);
  const { exports, later, maker, waits } = made;
  const base = exports.size;
  const [first, gone] = [await maker.make('first'), await maker.make('gone')];
  gone[Symbol.dispose]();
  expect(await failure(gone.on('said', () => {}))).toMatchObject({ code: 'failed_precondition' });
  await until(() => exports.size === base + 1);
  const taken = [maker.later('second'), maker.wait()];
  const heard: unknown[] = [];
  const subscribed = first.on('said', (text) => void heard.push(text));
  first[Symbol.dispose]();
  await settled();
  later.open();
  await subscribed;
  waits.open();
  const [second] = await Promise.all(taken);
  await (second as Item).say();
  await settled();
  expect(heard).toEqual([]);
});

it('an object that was given back is no argument', async () => {
  await using made = await making();
  const { maker } = made;
  const first = await maker.make('first');
  first[Symbol.dispose]();
  await settled();
  await maker.make('second');
  expect(await failure(maker.nameOf(first))).toMatchObject({
    code: 'failed_precondition',
    outcome: 'not_run',
    message: expect.stringContaining("the reference to 'item' was released"),
  });
});
