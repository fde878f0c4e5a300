import { asClass, createContainer } from 'awilix';
import { below, chain, flat } from './contender.mjs';

/** Its fastest mode: a class takes the proxy and picks what it needs by name. */
function make(size, deps) {
  return Array.from({ length: size }, (_, i) => {
    const [a, b] = deps(i).map((dep) => `c${dep}`);
    if (!a) return class {};
    if (!b)
      return class {
        constructor(all) {
          this.a = all[a];
        }
      };
    return class {
      constructor(all) {
        this.a = all[a];
        this.b = all[b];
      }
    };
  });
}
function build(all, lifetime) {
  const container = createContainer();
  for (let i = 0; i < all.length; i++) container.register(`c${i}`, asClass(all[i])[lifetime]());
  return container;
}
const names = Array.from({ length: 20 }, (_, i) => `c${i}`);

/** @type {import('./contender.mjs').Contender} */
export const awilix = {
  name: 'awilix',
  module: 'awilix',
  singleton() {
    const container = build(make(20, flat), 'singleton');
    for (const name of names) container.resolve(name);
    return () => container.resolve('c10');
  },
  transient() {
    const container = build(make(10, chain), 'transient');
    return () => container.resolve('c0');
  },
  request() {
    const container = build(make(20, flat), 'scoped');
    return () => {
      const scope = container.createScope();
      for (let i = 0; i < 20; i++) scope.resolve(names[i]);
    };
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return () => build(all, 'singleton').resolve('c0');
  },
};
