export {
  createToken,
  defineModule,
  Inject,
  Injectable,
  type InjectionToken,
  Module,
  type ModuleReference,
  type ModuleWithProviders,
  type Provider,
} from '@omnitron-dev/nexus';
export { type App, type CreateAppOptions, compileModule, createApp, ROOT_MODULE } from './di/app.js';
export { useInjector } from './di/container.js';
export { inject } from './di/inject.js';
export { Provide, type ProvideProps } from './di/provide.js';
export { batch, untrack } from './reactive/batch.js';
export { computed } from './reactive/computed.js';
export { type EffectFunction, type EffectOptions, effect } from './reactive/effect.js';
export { AetherError, type AetherErrorCode } from './reactive/error.js';
export {
  createRoot,
  type ErrorHandler,
  getOwner,
  type Owner,
  onCleanup,
  onError,
  ownerSignal,
  runWithOwner,
} from './reactive/owner.js';
export { type Answer, type FetchInfo, type Resource, type ResourceOptions, resource } from './reactive/resource.js';
export { selector } from './reactive/selector.js';
export { type Equals, isSignal, type Signal, type SignalOptions, signal, type WritableSignal } from './reactive/signal.js';
export { type KeyValueStorage, type PersistOptions, persist } from './store/persist.js';
export { unwrap } from './store/proxies.js';
export { reconcile } from './store/reconcile.js';
export { snapshot, store, transaction } from './store/store.js';
export { type Block, block, type Part, type Template } from './view/block.js';
export type { ClassValue } from './view/classes.js';
export { component } from './view/compiled-component.js';
export { type Context, type ContextProviderProps, createContext, useContext } from './view/context.js';
export { defineComponent } from './view/define-component.js';
export { type Description, type TrustedHtml, trusted } from './view/description.js';
export { Dynamic, type DynamicProps } from './view/dynamic.js';
export type { EventHandler } from './view/element-events.js';
export type { CustomElementAttributes, HtmlAttributes, HtmlElementAttributes, Ref } from './view/elements.js';
export { ErrorBoundary, type ErrorBoundaryProps } from './view/error-boundary.js';
export { For, type ForProps } from './view/for.js';
export { Index, type IndexProps } from './view/index-list.js';
export { type LazyComponent, lazy } from './view/lazy.js';
export { onMount } from './view/mounts.js';
export { Portal, type PortalProps } from './view/portal.js';
export { mergeProps, splitProps } from './view/props.js';
export { render } from './view/render.js';
export type { Each } from './view/rows.js';
export { type ChildrenFor, Match, type MatchProps, Show, type ShowProps, Switch, type SwitchProps } from './view/show.js';
export type { StyleValue } from './view/styles.js';
export { Suspense, type SuspenseProps } from './view/suspense.js';
export { template } from './view/template.js';
export type { Component, MaybeSignal, View } from './view/types.js';
export { useId } from './view/use-id.js';
