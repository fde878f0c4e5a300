import { createInjector, Scope } from 'typed-inject';
import { below, chain, classes, flat } from './contender.mjs';

function make(size, deps) {
  const all = classes(size, deps);
  for (const [i, type] of all.entries()) type.inject = deps(i).map((dep) => `c${dep}`);
  return all;
}
/** What is provided later sees what was provided before: the last class first. */
function build(all, scope, from = createInjector()) {
  let injector = from;
  for (let i = all.length - 1; i >= 0; i--) injector = injector.provideClass(`c${i}`, all[i], scope);
  return injector;
}
const names = Array.from({ length: 20 }, (_, i) => `c${i}`);

/** @type {import('./contender.mjs').Contender} */
export const typedInject = {
  name: 'typed-inject',
  module: 'typed-inject',
  singleton() {
    const injector = build(make(20, flat), Scope.Singleton);
    for (const name of names) injector.resolve(name);
    return () => injector.resolve('c10');
  },
  transient() {
    const injector = build(make(10, chain), Scope.Transient);
    return () => injector.resolve('c0');
  },
  /** It has no request scope: a child injector with the twenty classes stands for one. */
  request() {
    const all = make(20, flat);
    const root = createInjector();
    return () => {
      const scope = build(all, Scope.Singleton, root);
      for (let i = 0; i < 20; i++) scope.resolve(names[i]);
    };
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return () => build(all, Scope.Singleton).resolve('c0');
  },
};
