import {
  type Container,
  createContainer,
  createToken,
  type ModuleReference,
  type Provider,
  type Registered,
} from '@omnitron-dev/nexus';
import { dev } from '#dev';
import { AetherError } from '../reactive/error.js';
import { ComponentDescription } from '../view/component.js';
import { Description } from '../view/description.js';
import { render } from '../view/render.js';
import type { Component, View } from '../view/types.js';
import { provideContainer } from './container.js';

/** The root module of an application; `undefined` for a list of providers. */
export const ROOT_MODULE = createToken<ModuleReference | undefined>('aether.root-module', { factory: () => undefined });

/** Names a static method of provided classes that checks what the graph does not show, when an application is made. */
export const startCheck = Symbol();

/** Checks of the options that other layers read from a root module, when an application is made of it. Each layer adds its own. */
export const rootChecks: ((module: ModuleReference) => void)[] = [];

interface Checked {
  readonly [startCheck]?: (container: Container, provided: readonly Registered[]) => void;
}

/** Options of `createApp`. */
export interface CreateAppOptions {
  /** Providers in addition to those of the module, for instance for the environment of the page. */
  readonly providers?: readonly Provider[];
}

/** An application: a container, and the views mounted with it. */
export interface App extends AsyncDisposable {
  readonly container: Container;
  /**
   * Creates the instances of asynchronous factories, so that `inject()` finds them.
   *
   * @throws NexusError or what a factory throws
   */
  ready(): Promise<this>;
  /**
   * Shows a view or component in an element, after its existing content.
   *
   * @param target an element, or a selector for one
   * @returns a function that disposes the view and removes its nodes
   * @throws AetherError `no_element` when the selector finds nothing, `disposed` after `dispose()`
   */
  mount(root: Component | View, target: string | Element): () => void;
  /** Returns a view or component with the application's container, for `renderToString`, `hydrate` and tests. */
  view(root: Component | View): View;
  /** Disposes all mounted views, then the container. */
  dispose(): Promise<void>;
}

/**
 * Creates a container from a module or a list of providers, and checks the whole graph.
 *
 * @throws NexusError naming the path to what is missing, circular or captive
 * @throws TypeError for an unknown option of a backend of the module
 * @throws AetherError `unknown_backend` when the default of the module, or one that a provided service names, is not configured
 */
export function compileModule(module: ModuleReference | readonly Provider[], providers: readonly Provider[] = []): Container {
  const isList = Array.isArray(module);
  const container = createContainer(module as ModuleReference);
  if (!isList) {
    for (const check of rootChecks) check(module as ModuleReference);
    container.provide({ provide: ROOT_MODULE, useValue: module as ModuleReference });
  }
  for (const provider of providers) container.provide(provider);
  const provided = container.providers();
  for (const { token } of provided) (token as Checked)[startCheck]?.(container, provided);
  return container;
}

/**
 * Creates an application from a module or a list of providers.
 *
 * ```tsx
 * createApp(AppModule).mount(Root, '#app');
 * ```
 */
export function createApp(module: ModuleReference | readonly Provider[], options: CreateAppOptions = {}): App {
  if (dev) dev.optionsGiven('createApp', options, { providers: true } satisfies Record<keyof CreateAppOptions, true>);
  const container = compileModule(module, options.providers);
  const mounted = new Set<() => void>();
  let disposed = false;
  const app: App = {
    container,
    async ready() {
      for (const { kind, scope, create } of container.providers()) {
        if (kind === 'factory' && scope === 'singleton') await create();
      }
      return app;
    },
    mount(root, target) {
      if (disposed) throw new AetherError('disposed', 'mount() was called after dispose()');
      const element = typeof target === 'string' ? document.querySelector(target) : target;
      if (element === null) throw new AetherError('no_element', `mount() found no element for the selector '${target}'`);
      const remove = render(app.view(root), element);
      const ended = dev ? dev.shown(element, root instanceof Description ? root.type : root, 'mount') : undefined;
      const end = () => {
        mounted.delete(end);
        if (ended) ended();
        remove();
      };
      mounted.add(end);
      return end;
    },
    view(root) {
      const App = () => {
        provideContainer(container);
        return isComponent(root) ? new ComponentDescription(root, {}) : root;
      };
      return new ComponentDescription(App, {});
    },
    async dispose() {
      disposed = true;
      for (const end of [...mounted]) end();
      await container.dispose();
    },
    [Symbol.asyncDispose]: () => app.dispose(),
  };
  return app;
}

const isComponent = (root: Component | View): root is Component => typeof root === 'function';
