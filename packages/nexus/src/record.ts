import type { Container } from './container.js';
import type { ModuleOptions, ModuleReference } from './module.js';
import type { Scope } from './provider.js';
import type { Registry } from './registry.js';
import type { Class } from './token.js';

// What decorators and `defineModule` keep on what they describe. Registered symbols: two copies of this package understand each other.

/** What `@Injectable()` says about a class. */
export interface InjectableOptions {
  /** Default `singleton`. A provider's own `scope` goes before it. */
  readonly scope?: Scope;
  /** Provides the class without registration: in the outermost container (`'root'`) or in that module, once it is imported. */
  readonly providedIn?: 'root' | ModuleReference;
}

/** What makes something a module. It brings the loader along: programs without modules do not contain it. */
export interface Definition {
  readonly options: ModuleOptions;
  readonly load: (container: Container, root: ModuleReference) => Registry;
}

/** Where each is kept. */
export const injectable = Symbol.for('nexus.injectable');
export const definition = Symbol.for('nexus.module');
/** A function that gives what the constructor takes; decorators bring it along. */
export const parameters = Symbol.for('nexus.parameters');

/** What is kept on `target` itself, not on what it inherits from. */
const own = (target: unknown, key: PropertyKey): unknown =>
  target && Object.hasOwn(target, key) ? (target as Record<PropertyKey, unknown>)[key] : undefined;

/** The options of `@Injectable()`. */
export const injectableOptions = (type: unknown) => own(type, injectable) as InjectableOptions | undefined;

/** The definition of a module; `undefined` for anything that is none. */
export const definitionOf = (module: unknown) => own(module, definition) as Definition | undefined;

/**
 * What a constructor is called with, from the nearest class in the chain that says it: by `static inject`, else by decorators and
 * emitted types. `undefined` stands for a parameter without a usable token (an interface, a primitive, a class defined later).
 */
export function dependenciesOf(type: Class): readonly unknown[] {
  for (let at: unknown = type; at; at = Object.getPrototypeOf(at)) {
    const listed = own(at, 'inject');
    if (Array.isArray(listed)) return listed;
    const found = (own(at, parameters) as (() => readonly unknown[] | undefined) | undefined)?.();
    if (found) return found;
  }
  return [];
}
