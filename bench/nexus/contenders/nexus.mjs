import { createContainer } from '@omnitron-dev/nexus';
import { below, chain, classes, flat } from './contender.mjs';

function make(size, deps) {
  const all = classes(size, deps);
  for (const [i, type] of all.entries()) type.inject = deps(i).map((dep) => all[dep]);
  return all;
}
const provide = (all, scope) => all.map((type) => ({ provide: type, scope }));

/** @type {import('./contender.mjs').Contender} */
export const nexus = {
  name: 'nexus',
  module: '@omnitron-dev/nexus',
  singleton() {
    const all = make(20, flat);
    const container = createContainer(all);
    for (const type of all) container.get(type);
    return () => container.get(all[10]);
  },
  transient() {
    const all = make(10, chain);
    const container = createContainer(provide(all, 'transient'));
    return () => container.get(all[0]);
  },
  request() {
    const all = make(20, flat);
    const container = createContainer(provide(all, 'request'));
    return () => {
      const scope = container.createScope();
      for (let i = 0; i < 20; i++) scope.get(all[i]);
    };
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return () => createContainer(all).get(all[0]);
  },
};
