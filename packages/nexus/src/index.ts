export { Container, createContainer, createTestContainer, type Source } from './container.js';
export {
  type Dependency,
  type Injected,
  type InjectedAll,
  type InjectOptions,
  type Lazy,
  type LazyDependency,
  lazy,
  type OptionalDependency,
  optional,
  type Reference,
} from './dependency.js';
export { NexusError, type NexusErrorCode } from './error.js';
export type { Graph, GraphEdge, GraphNode } from './graph.js';
export { type ClassDecorator, Inject, Injectable, type InjectableOptions } from './injectable.js';
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
export {
  type Checked,
  type CheckedAll,
  type CheckedClass,
  type CheckedFactoryProvider,
  type ClassProvider,
  type ExistingProvider,
  type FactoryProvider,
  type InferredFactory,
  type Kind,
  type Provider,
  type ProviderOptions,
  provider,
  type Scope,
  type SeedProvider,
  type ValueProvider,
} from './provider.js';
export { inject } from './resolve.js';
export { type AbstractClass, type Class, createToken, type InjectionToken, type Token } from './token.js';
