import 'reflect-metadata';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import { below, chain, classes, flat } from './contender.mjs';

function make(size, deps, scope) {
  const all = classes(size, deps);
  for (const [i, type] of all.entries()) {
    for (const [at, dep] of deps(i).entries()) Inject(all[dep])(type, undefined, at);
    Injectable({ scope })(type);
  }
  return all;
}
function create(providers) {
  const AppModule = class {};
  Module({ providers })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

/** @type {import('./contender.mjs').Contender} */
export const nest = {
  name: 'NestJS',
  module: '@nestjs/core',
  async singleton() {
    const all = make(20, flat);
    const app = await create(all);
    return () => app.get(all[10]);
  },
  async transient() {
    const all = make(10, chain, Scope.TRANSIENT);
    const app = await create(all);
    return () => app.resolve(all[0]);
  },
  async request() {
    const all = make(20, flat, Scope.REQUEST);
    const app = await create(all);
    return async () => {
      const id = ContextIdFactory.create();
      for (let i = 0; i < 20; i++) await app.resolve(all[i], id);
    };
  },
  graph(size) {
    const all = make(size, (i) => below(i, size));
    return async () => {
      const app = await create(all);
      return app.get(all[0]);
    };
  },
};
