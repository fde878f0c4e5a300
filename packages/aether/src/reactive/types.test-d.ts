import { describe, expectTypeOf, it } from 'vitest';
import { store, transaction } from '../store/store.js';
import { batch, untrack } from './batch.js';
import { computed } from './computed.js';
import { effect } from './effect.js';
import { createRoot } from './owner.js';
import { type Resource, resource } from './resource.js';
import { selector } from './selector.js';
import { isSignal, type Signal, signal, type WritableSignal } from './signal.js';

describe('signals need no annotation', () => {
  it('values are inferred', () => {
    expectTypeOf(signal(1)).toEqualTypeOf<WritableSignal<number>>();
    expectTypeOf(signal<string>()).toEqualTypeOf<WritableSignal<string | undefined>>();
    expectTypeOf(computed(() => 'a')).toEqualTypeOf<Signal<string>>();
    expectTypeOf(batch(() => 1)).toEqualTypeOf<number>();
    expectTypeOf(untrack(() => 1)).toEqualTypeOf<number>();
    expectTypeOf(createRoot(() => 1)).toEqualTypeOf<number>();
    expectTypeOf(selector(signal('a'))).toEqualTypeOf<(key: string) => boolean>();
    expectTypeOf(store({ a: [1] })).toEqualTypeOf<{ a: number[] }>();
    expectTypeOf(transaction(() => 'a')).toEqualTypeOf<string>();
  });

  it('a signal that can be written may be given where one is read, not the other way round', () => {
    expectTypeOf<WritableSignal<number>>().toExtend<Signal<number>>();
    expectTypeOf<Signal<number>>().not.toExtend<WritableSignal<number>>();
    expectTypeOf<Signal<1>>().toExtend<Signal<number>>();
    const value: unknown = null;
    if (isSignal(value)) expectTypeOf(value()).toEqualTypeOf<unknown>();
  });

  it('wrong uses do not compile', () => {
    // @ts-expect-error a string is no number
    signal(1).set('a');
    // @ts-expect-error a computed cannot be written
    computed(() => 1).set(2);
    // @ts-expect-error an effect is not asynchronous: reads after an await would not be followed
    effect(async () => {});
    // @ts-expect-error an effect returns nothing but its cleanup
    effect(() => 1);
    // @ts-expect-error a store is an object
    store(1);
  });

  it('resources take values, promises and iterables', () => {
    expectTypeOf(resource(async () => 1)).toEqualTypeOf<Resource<number>>();
    expectTypeOf(resource(async () => 1)()).toEqualTypeOf<number | undefined>();
    expectTypeOf(resource(async () => 1, { initial: 0 })()).toEqualTypeOf<number>();
    expectTypeOf(
      resource(async function* () {
        yield 'a';
      })(),
    ).toEqualTypeOf<string | undefined>();
    const id = signal<number | undefined>(1);
    const user = resource(id, async (key, { signal, previous }) => {
      expectTypeOf(key).toEqualTypeOf<number>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(previous).toEqualTypeOf<unknown>();
      return { id: key };
    });
    expectTypeOf(user()).toEqualTypeOf<{ id: number } | undefined>();
    expectTypeOf(user.error()).toEqualTypeOf<Error | undefined>();
    expectTypeOf(user.loading).toEqualTypeOf<Signal<boolean>>();
  });
});
