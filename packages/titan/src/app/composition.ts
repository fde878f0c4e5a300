import { thrownText } from '@omnitron-dev/netron';
import {
  type Class,
  type Container,
  createContainer,
  createTestContainer,
  defineModule,
  type InjectionToken,
  type ModuleReference,
  moduleOptions,
  NexusError,
  type Provider,
  type Registered,
} from '@omnitron-dev/nexus';
import type { SectionFacts } from '../config/section-facts.js';
import { isSection } from '../config/section-facts.js';
import { TitanError } from '../errors/titan-error.js';
import { NETRON_TOKEN } from '../netron/tokens.js';
import { startStep } from './start-step.js';

/** Parts of an application, collected by `use` and `service`. */
export class Parts {
  readonly modules: ModuleReference[] = [];
  readonly providers: Provider[] = [];
  /** Classes and objects whose methods are exposed. */
  readonly services: (Class | object)[] = [];
  readonly overrides: readonly Provider[];

  constructor(overrides: readonly Provider[]) {
    this.overrides = overrides;
  }
}

/** The containers of one run. */
export interface Composition {
  /** Logger, configuration, events, metrics, node. */
  readonly platform: Container;
  /** Everything else; it falls back to the platform. */
  readonly container: Container;
  /** Sections of the configuration that providers need. */
  readonly sections: readonly SectionFacts[];
  /** Whether a provider needs the node. */
  readonly needsNode: boolean;
  /** All providers. */
  readonly provided: readonly Registered[];
}

const tokenOf = (provider: Provider) => (typeof provider === 'function' ? provider : provider.provide);

/** Creates the container of the platform. */
export function composePlatform(providers: readonly Provider[], { overrides }: Parts): Container {
  const known = new Set(providers.map(tokenOf));
  const override = overrides.filter((provider) => known.has(tokenOf(provider)));
  return override.length > 0
    ? createTestContainer(providers as Provider[], { override })
    : createContainer(providers as Provider[]);
}

/**
 * Creates the container of an application and checks the whole graph. Creates no instances.
 *
 * @throws NexusError, or an `AggregateError` of several
 */
export function compose(name: string, platform: Container, { modules, providers, services, overrides }: Parts): Composition {
  const classes = services.filter((service): service is Class => typeof service === 'function');
  const own = new Set(providers.map(tokenOf));
  const root = defineModule({
    id: name,
    imports: modules,
    providers: [...providers, ...classes.filter((each) => !own.has(each))] as Provider[],
  });
  const override = overrides.filter((provider) => !platform.has(tokenOf(provider), { self: true }));
  const make = () =>
    override.length > 0 ? createTestContainer(root, { override, parent: platform }) : platform.createChild(root);
  const container = explained(platform, make);
  // Tokens with a factory belong to the platform.
  const needed = platform.providers().map(({ token }) => token as unknown);
  const sections = needed.filter(isSection);
  return { platform, container, sections, needsNode: needed.includes(NETRON_TOKEN), provided: container.providers() };
}

/** Adds a hint to missing tokens of a name that the platform has: they may come from another copy of this package. */
function explained<T>(platform: Container, make: () => T): T {
  const own = new Set(platform.providers().map(({ token }) => nameOf(token)));
  const explain = (error: unknown): unknown => {
    if (!NexusError.is(error) || error.code !== 'missing') return error;
    const { token } = error;
    if (!token || !own.has(nameOf(token as InjectionToken))) return error;
    const name = nameOf(token as InjectionToken);
    const text = `${error.message}. This is not the ${name} of the application, but another class or token of that name: from another copy of @omnitron-dev/titan (install one version), or your own (provide it)`;
    return new NexusError(error.code, text, error.path, token);
  };
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AggregateError)) throw explain(error);
    const errors = error.errors.map(explain);
    throw new AggregateError(errors, errors.join('\n'));
  }
}

/**
 * Returns the instance of a token as the application sees it: a visible one, or else one that a single module keeps private.
 *
 * @throws NexusError `missing`; TitanError `invalid_use` when several modules provide it
 */
export function instanceOf<T>({ container, provided }: Composition, token: InjectionToken<T>): T {
  if (container.has(token)) return container.get(token);
  const [first, ...more] = provided.filter((each) => each.token === token);
  if (more.length > 0) {
    const names = [first, ...more].map((each) => each?.module).join(', ');
    throw new TitanError('invalid_use', `several modules provide ${nameOf(token)} without exporting it: ${names}`);
  }
  return first ? (first.create() as T) : container.get(token);
}

const nameOf = (token: InjectionToken) => (typeof token === 'function' ? token.name : `'${token.description}'`);

/**
 * Creates every singleton of an application, dependencies first; services of other processes only if something here needs
 * them.
 *
 * @param timeout milliseconds for each asynchronous factory
 * @throws TitanError `start_failed` when one takes longer; errors of factories and constructors
 */
export async function createAll(
  { provided }: Composition,
  isElsewhere: (token: unknown) => boolean,
  timeout: number,
): Promise<void> {
  for (const { token, kind, scope, create } of provided) {
    if (isElsewhere(token)) continue;
    if ((kind !== 'class' && kind !== 'factory') || (scope !== 'singleton' && scope !== 'module')) continue;
    const value = made(nameOf(token), create);
    if (value instanceof Promise) await startStep(nameOf(token), timeout, () => value);
  }
}

/** Creates an instance. @throws NexusError unchanged; TitanError `start_failed` with the name of the provider for any other error */
function made(name: string, create: () => unknown): unknown {
  try {
    return create();
  } catch (cause) {
    if (NexusError.is(cause) || TitanError.is(cause)) throw cause;
    throw new TitanError('start_failed', `cannot create ${name}: ${thrownText(cause)}`, { cause });
  }
}

/** An argument of `app.use` with options: a module class with `forRoot`. */
export interface WithOptions<O> {
  forRoot(options: O): ModuleReference;
}

const taken = 'app.use() expects a module, a class or a function (app, options) => …';

/** Adds the argument of `app.use`. Returns a promise if it has to be awaited. */
export function usePart(
  parts: Parts,
  plugin: unknown,
  options: unknown,
  call: (plugin: (...args: never[]) => unknown) => unknown,
): unknown {
  if ((typeof plugin !== 'object' && typeof plugin !== 'function') || plugin === null)
    throw new TitanError('invalid_use', `${taken}, not ${String(plugin)}`);
  const module = plugin as ModuleReference & { module?: unknown } & Partial<WithOptions<unknown>>;
  if (typeof plugin === 'function' && !isClass(plugin)) return call(plugin as (...args: never[]) => unknown);
  if (options !== undefined && typeof module.forRoot === 'function') parts.modules.push(module.forRoot(options));
  else if (moduleOptions(module) || module.module !== undefined) parts.modules.push(module);
  else if (typeof plugin === 'function') parts.providers.push(plugin as Class);
  else throw new TitanError('invalid_use', taken);
  return undefined;
}

/** Whether a function is a class: the prototype of one cannot be replaced. */
const isClass = (given: object): boolean => Object.getOwnPropertyDescriptor(given, 'prototype')?.writable === false;
