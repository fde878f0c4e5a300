import 'reflect-metadata';
import { Container, inject, injectable } from 'inversify';
import { below, chain, classes, flat } from './contender.mjs';

function make(size, deps) {
  const all = classes(size, deps);
  for (const [i, type] of all.entries()) {
    for (const [at, dep] of deps(i).entries()) inject(all[dep])(type, undefined, at);
    injectable()(type);
  }
  return all;
}
function build(all, scope) {
  const container = new Container();
  for (const type of all) container.bind(type).toSelf()[scope]();
  return container;
}

/** Its request scope is one `get`: twenty instances of one request are what one class needs. */
class Request {
  constructor(...all) {
    this.all = all;
  }
}

/** @type {import('./contender.mjs').Contender} */
export const inversify = {
  name: 'inversify',
  module: 'inversify',
  singleton() {
    const all = make(20, flat);
    const container = build(all, 'inSingletonScope');
    for (const type of all) container.get(type);
    return () => container.get(all[10]);
  },
  transient() {
    const all = make(10, chain);
    const container = build(all, 'inTransientScope');
    return () => container.get(all[0]);
  },
  request() {
    const all = make(20, flat);
    for (const [i, type] of all.entries()) inject(type)(Request, undefined, i);
    injectable()(Request);
    const container = build([...all, Request], 'inRequestScope');
    return () => container.get(Request);
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return () => build(all, 'inSingletonScope').get(all[0]);
  },
};
