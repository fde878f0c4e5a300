export { current } from './construct.js';
export { Container, type Instance, type Registered } from './container.js';
export { createContainer, createTestContainer } from './create.js';
export type { DisposalLimit } from './dispose.js';
export { NexusError, type NexusErrorCode } from './error.js';
export { type Graph, type GraphEdge, type GraphNode, graphOf } from './graph-of.js';
export { type ClassDecorator, Inject, Injectable, type InjectableOptions } from './injectable.js';
export { lazy } from './lazy.js';
export {
  type AsyncOptions,
  type CheckedModule,
  type Configurable,
  configurable,
  defineModule,
  Module,
  type ModuleDefinition,
  type ModuleOptions,
  type ModuleReference,
  type ModuleWithProviders,
  moduleOptions,
} from './module.js';
export type {
  Checked,
  CheckedAll,
  CheckedClass,
  CheckedFactoryProvider,
  ClassProvider,
  ExistingProvider,
  FactoryProvider,
  InferredFactory,
  Kind,
  Provider,
  ProviderOptions,
  Scope,
  SeedProvider,
  ValueProvider,
} from './provider.js';
export { provider } from './registry.js';
export { inject } from './resolve.js';
export type { Source } from './source.js';
export {
  type AbstractClass,
  type Class,
  createToken,
  type Dependency,
  type Injected,
  type InjectedAll,
  type InjectionToken,
  type InjectOptions,
  type Lazy,
  type LazyDependency,
  type OptionalDependency,
  optional,
  type Reference,
  type Token,
  type TokenOptions,
} from './token.js';
