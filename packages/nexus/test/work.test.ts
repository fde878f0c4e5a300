import { expect, it } from 'vitest';
import { createContainer, type Provider } from '../src/index.js';

type Method = (...args: unknown[]) => unknown;

/** Steps of `action` through maps, sets and arrays; a method that goes through an array counts its length. */
function steps(action: () => unknown): number {
  let count = 0;
  const restore: (() => void)[] = [];
  for (const type of [Map, Set, Array]) {
    const methods = type.prototype as unknown as Record<string, Method>;
    for (const name of Object.getOwnPropertyNames(methods)) {
      const method = Object.getOwnPropertyDescriptor(methods, name)?.value as Method | undefined;
      if (typeof method !== 'function' || name === 'constructor') continue;
      const single = ['push', 'pop', 'at', 'keys', 'values', 'entries'].includes(name);
      methods[name] = function (this: unknown[], ...args: unknown[]) {
        count += single || !Array.isArray(this) ? 1 : this.length;
        return method.apply(this, args);
      };
      restore.unshift(() => {
        methods[name] = method;
      });
    }
  }
  // Putting the methods in place was counted too.
  count = 0;
  try {
    action();
    return count;
  } finally {
    for (const each of restore) each();
  }
}

/** The classes of a tree, of which the first needs all others, and a number that grows with each look at a list of dependencies. */
function tree(size: number) {
  let looks = 0;
  const counted = (list: unknown[]) =>
    new Proxy(list, {
      get(target, key) {
        looks++;
        return Reflect.get(target, key);
      },
    });
  const classes = Array.from({ length: size }, () => class {}) as (Provider & { new (): object; inject?: unknown })[];
  for (const [i, type] of classes.entries()) {
    type.inject = counted([2 * i + 1, 2 * i + 2].filter((at) => at < size).map((at) => classes[at]));
  }
  return { classes, looks: () => looks };
}

/** Steps of building a container of `size` providers, resolving all, and disposing of them. */
function work(size: number): number {
  const { classes, looks } = tree(size);
  const done = steps(() => {
    const container = createContainer(classes as Provider[]);
    container.get(classes[0]!);
    container[Symbol.dispose]();
  });
  return done + looks();
}

it('ten times the providers are ten times the work: building, checking, resolving and disposing are linear', () => {
  const [small, large] = [work(1_000), work(10_000)];
  expect(small).toBeGreaterThan(10_000);
  expect(large / small).toBeGreaterThan(9.8);
  expect(large / small).toBeLessThan(10.2);
});
