import { copy } from './construct.js';
import type { Container } from './container.js';
import { fail } from './error.js';
import { type ClassDecorator, definition, definitionOf, keep, keepOn, moduleOf, openModule } from './injectable.js';
import type { CheckedAll, FactoryProvider, Provider } from './provider.js';
import { type Entry, normalize, Registry } from './registry.js';
import { type Class, type Dependency, follow, type InjectedAll, type InjectionToken, nameOf, type Token } from './token.js';

/** Options of a module. Frameworks may add fields of their own by interface merging. */
export interface ModuleOptions {
  /** Shown in errors and graphs. Default: the class's name. */
  readonly id?: string;
  /** Modules whose exports this one sees. Use an arrow function where files import each other. */
  readonly imports?: readonly ModuleReference[];
  readonly providers?: readonly Provider[];
  /** Tokens, provided or imported, and imported modules that importers may see. Everything else is hidden. */
  readonly exports?: readonly (InjectionToken | ModuleReference)[];
  /** Makes the exports visible to every module of the container. */
  readonly global?: boolean;
}

/** A module without a class. Created by {@link defineModule}. */
export interface ModuleDefinition extends ModuleOptions {
  readonly id: string;
}

/** A module with additional providers and imports, as `forRoot()` and `forFeature()` return it. All parts of a module share its providers. */
export interface ModuleWithProviders extends ModuleOptions {
  readonly module: Class | ModuleDefinition;
  /** Default: the tokens of `providers`. The exports of the module itself are always visible. */
  readonly exports?: readonly (InjectionToken | ModuleReference)[];
}

/** A module in any of its forms. */
export type ModuleReference = Class | ModuleDefinition | ModuleWithProviders | (() => ModuleReference);

/** Module options that the compiler has checked: every provider matches its token and its dependencies. */
export type CheckedModule<P extends readonly unknown[]> = Omit<ModuleOptions, 'providers'> & {
  readonly providers?: P & CheckedAll<P>;
};

/** Makes a class a module. The class itself is provided, too, and visible to importers: `@Inject(LoggerModule)` injects its instance. */
export function Module<const P extends readonly Provider[]>(options: CheckedModule<P> = {}): ClassDecorator {
  return keep(definition, { options, load, copy });
}

/** Defines a module without a class. */
export function defineModule<const P extends readonly Provider[]>(
  options: CheckedModule<P> & { readonly id: string },
): ModuleDefinition {
  return keepOn({ ...options } as ModuleDefinition, definition, { options, load, copy });
}

/** Returns the options of a module; `undefined` for any other value. Not inherited. */
export function moduleOptions(module: unknown): ModuleOptions | undefined {
  return definitionOf(module)?.options;
}

type Import = readonly [from: Unit, part: ModuleOptions];

/** A module in a container. */
export interface Unit extends Registry {
  readonly module: unknown;
  /** Its own options, and the additions of `forRoot()` and the like. */
  readonly parts: Set<ModuleOptions>;
  readonly imports: Import[];
  complete: boolean;
}

/**
 * Loads a module and all its imports into `container`, each module once. First all providers, then all exports, so that the
 * order of imports does not matter.
 *
 * @returns the providers that the module itself can see
 * @throws NexusError `export`, `duplicate`, `arity`, `invalid`
 */
export function load(container: Container, root: ModuleReference): Registry {
  const globals: Import[] = [];
  const modules = new Map<unknown, Unit>();
  container.modules = modules;

  const visit = (reference: ModuleReference): Import => {
    const given = follow(reference);
    const { options } = openModule(given);
    const module = moduleOf(given);
    const part = module === given ? options : (given as ModuleOptions);
    let unit: Unit | undefined;
    for (let at: Container | undefined = container; at && !unit; at = at.parent) unit = at.modules?.get(module);
    // A module that a parent has loaded is shared, unless there is something to add to it.
    if (!unit || !(unit.parts.has(part) || unit.container === container)) {
      const registry = new Registry(container, options.id ?? nameOf(module));
      unit = Object.assign(registry, { module, parts: new Set<ModuleOptions>(), imports: [], complete: false });
      modules.set(module, unit);
      absorb(unit, options);
      if (typeof module === 'function' && !unit.entries.has(module)) unit.add(module as Class);
    }
    if (!unit.parts.has(part)) absorb(unit, part);
    return [unit, part];
  };

  const absorb = (unit: Unit, part: ModuleOptions) => {
    unit.parts.add(part);
    for (const reference of part.imports ?? []) unit.imports.push(visit(reference));
    for (const provider of part.providers ?? []) unit.add(provider);
    if (part.global) globals.push([unit, part]);
  };

  const complete = (unit: Unit) => {
    if (unit.complete) return;
    unit.complete = true;
    for (const [from, part] of unit.imports) {
      complete(from);
      share(from, part, unit);
    }
  };

  const [unit] = visit(root);
  for (const each of modules.values()) {
    complete(each);
    // Checks its exports even if nothing imports it.
    share(each);
  }
  container.globals = new Registry(container, 'global');
  for (const [from, part] of globals) share(from, part, container.globals);
  if (unit.container === container) return unit;
  // The module still belongs to the parent: this container only sees its visible providers.
  for (const [token, entry] of unit.entries) if (entry) bring(container.registry, token, entry);
  return container.registry;
}

/** Makes the exports of a module, from its own options and from the imported `part`, visible to `to`; without `to`, only checks that all exist. */
function share(from: Unit, part?: ModuleOptions, to?: Registry): void {
  const { entries, module, imports } = from;
  const [own] = from.parts;
  const show = (token: unknown) => {
    const entry = entries.get(token);
    if (entry) {
      if (to) bring(to, token, entry);
    } else if (!entries.has(token)) fail('export', `${from.name} exports ${nameOf(token)} but neither provides nor imports it`);
  };
  if (typeof module === 'function') show(module);
  for (const each of part && part !== own ? [own!, part] : [own!]) {
    // The additions of a part are exported by default.
    const added = each === own ? [] : (each.providers ?? []).map((provider) => normalize(provider).provide);
    for (const reference of each.exports ?? added) {
      const token = follow(reference);
      const other = moduleOf(token);
      const found = imports.filter(([unit]) => unit.module === other);
      if (!found.length && other !== module) show(typeof token === 'function' ? token : other);
      for (const [unit, more] of found) share(unit, more, to);
    }
  }
}

/** Makes an entry of another registry visible in `to`. Lists are joined; own providers take precedence; two imports must not conflict. */
function bring(to: Registry, token: unknown, entry: Entry): void {
  const known = to.entries.get(token);
  if (!known || known === entry) to.entries.set(token, entry);
  else if (known.kind === 'multi' && entry.kind === 'multi') {
    const items = [...new Set([...known.deps, ...entry.deps])];
    to.entries.set(token, to.list(token, items as Entry[]));
  } else if (known.registry !== to)
    fail(
      'duplicate',
      `${to.name} imports ${nameOf(token)} from both ${known.registry.name} and ${entry.registry.name}; export one`,
    );
}

/** Options of `forRootAsync`: a factory for the module's options. */
export interface AsyncOptions<T, D extends readonly Dependency[] = readonly Dependency[]> {
  /** Modules that export the dependencies of the factory. */
  readonly imports?: readonly ModuleReference[];
  readonly deps?: D;
  readonly useFactory: (...deps: InjectedAll<D>) => T | Promise<T>;
}

/** Static methods of a module class that takes options. Created by {@link configurable}. */
export interface Configurable<T> {
  new (): object;
  /** Returns the module with its options. Import it once; `global: true` or a re-export makes it visible elsewhere. */
  forRoot(options: T): ModuleWithProviders;
  /** Returns the module with options from a factory, which may be asynchronous: then use `getAsync`. */
  forRootAsync<const D extends readonly Dependency[] = []>(options: AsyncOptions<T, D>): ModuleWithProviders;
  /** Returns the module with additional providers, visible only to the importer. */
  forFeature<const P extends readonly Provider[]>(providers: P & CheckedAll<P>): ModuleWithProviders;
}

/**
 * Creates a base class for modules that take options: `@Module({ … }) class DbModule extends configurable(DB_OPTIONS) {}`.
 *
 * @param options the token of the options for the module's providers
 */
export function configurable<T>(options: Token<T>): Configurable<T> {
  // biome-ignore lint/complexity/noStaticOnlyClass: modules inherit the statics
  return class {
    static forRoot(value: T): ModuleWithProviders {
      // biome-ignore lint/complexity/noThisInStatic: the module is the class that inherits these statics
      return { module: this, providers: [{ provide: options, useValue: value }] };
    }
    static forRootAsync({ imports = [], ...factory }: AsyncOptions<T>): ModuleWithProviders {
      // biome-ignore lint/complexity/noThisInStatic: see above
      return { module: this, imports, providers: [{ provide: options, ...factory } as FactoryProvider] };
    }
    static forFeature(providers: readonly Provider[]): ModuleWithProviders {
      // biome-ignore lint/complexity/noThisInStatic: see above
      return { module: this, providers };
    }
  } as unknown as Configurable<T>;
}
