import 'reflect-metadata';
import { injectable, Lifecycle, container as root } from 'tsyringe';
import { below, chain, classes, flat } from './contender.mjs';

function make(size, deps) {
  const all = classes(size, deps);
  for (const [i, type] of all.entries()) {
    Reflect.defineMetadata(
      'design:paramtypes',
      deps(i).map((dep) => all[dep]),
      type,
    );
    injectable()(type);
  }
  return all;
}
function build(all, lifecycle) {
  const container = root.createChildContainer();
  for (const type of all) container.register(type, { useClass: type }, { lifecycle });
  return container;
}

/** @type {import('./contender.mjs').Contender} */
export const tsyringe = {
  name: 'tsyringe',
  module: 'tsyringe',
  singleton() {
    const all = make(20, flat);
    const container = build(all, Lifecycle.Singleton);
    for (const type of all) container.resolve(type);
    return () => container.resolve(all[10]);
  },
  transient() {
    const all = make(10, chain);
    const container = build(all, Lifecycle.Transient);
    return () => container.resolve(all[0]);
  },
  request() {
    const all = make(20, flat);
    const container = build(all, Lifecycle.ContainerScoped);
    return () => {
      const scope = container.createChildContainer();
      for (let i = 0; i < 20; i++) scope.resolve(all[i]);
    };
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return () => build(all, Lifecycle.Singleton).resolve(all[0]);
  },
};
