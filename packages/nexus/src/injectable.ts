import { copy } from './construct.js';
import type { Container } from './container.js';
import { type Copy, foreign } from './copy.js';
import { fail } from './error.js';
import type { ModuleOptions, ModuleReference, ModuleWithProviders } from './module.js';
import type { Scope } from './provider.js';
import type { Entry, Registry } from './registry.js';
import { type Class, type Dependency, follow, type InjectOptions, injectable, nameOf } from './token.js';

// What decorators and `defineModule` keep on what they describe. Registered symbols: two copies of this package understand each other.

/** Options of `@Injectable()` for a class. */
export interface InjectableOptions {
  /** Default `singleton`. The `scope` of a provider takes precedence. */
  readonly scope?: Scope;
  /** Provides the class without registration: in the outermost container (`'root'`) or in that module, once it is imported. */
  readonly providedIn?: 'root' | ModuleReference;
}

/** Record of `@Injectable()`. It also contains the lookup of classes without registration: programs without decorators do not contain that. */
interface Injected {
  readonly scope?: Scope | undefined;
  /** Returns the entry of the class if it belongs to `registry`. */
  readonly place: (registry: Registry, type: Class) => Entry | undefined;
}

/** Definition of a module. It holds the loader: programs without modules do not contain it. */
export interface Definition {
  readonly options: ModuleOptions;
  readonly load: (container: Container, root: ModuleReference) => Registry;
  /** Copy of this package that defined it. */
  readonly copy: Copy;
}

/** Key of a module's definition. */
export const definition = Symbol.for('nexus.module');
/** Key of a constructor's parameter types, written by compilers; `@Inject()` replaces single ones. */
const parameters = 'design:paramtypes';

/** Reads a property of `target` itself, not an inherited one. */
const own = (target: unknown, key: PropertyKey): unknown =>
  target && Object.hasOwn(target, key) ? (target as Record<PropertyKey, unknown>)[key] : undefined;

/** Options of `@Injectable()` for a class. */
export const injectableOf = (type: unknown) => own(type, injectable) as Injected | undefined;

/** Returns the definition of a module; `undefined` for any other value. */
export const definitionOf = (module: unknown) => own(module, definition) as Definition | undefined;

/** Returns a module without the additions of `forRoot()` and the like. */
export const moduleOf = (part: unknown): unknown => (part as Partial<ModuleWithProviders> | undefined)?.module ?? part;

/** Returns the definition of a module, with or without such additions. */
export function openModule(part: unknown): Definition {
  const module = moduleOf(part);
  const found = definitionOf(module) ?? fail('invalid', `${nameOf(module)} is not a module (circular import?)`);
  if (found.copy !== copy) foreign(`module ${nameOf(module)}`, copy, found.copy);
  return found;
}

type MetadataReflect = typeof Reflect & {
  metadata?: (key: string, value: unknown[]) => (target: Class) => void;
  getOwnMetadata?: (key: string, target: unknown) => unknown[] | undefined;
};
const reflect: MetadataReflect = Reflect;

/** Reads the parameter types of a class from decorators and compilers; where reflect-metadata is loaded, also of other decorators. */
const emitted = (type: unknown) => (own(type, parameters) ?? reflect.getOwnMetadata?.(parameters, type)) as unknown[] | undefined;

/**
 * Returns the dependencies of a constructor, from the nearest class in the chain that declares them: with `static inject`,
 * or else with decorators and emitted types. `undefined` stands for a parameter without a usable token (an interface, a
 * primitive, a class defined later).
 */
export function dependenciesOf(type: Class): readonly unknown[] {
  for (let at: unknown = type; at; at = Object.getPrototypeOf(at)) {
    const listed = own(at, 'inject');
    if (Array.isArray(listed)) return listed;
    const found = emitted(at)?.map((token) => (token === Object || token === Function ? undefined : token)) ?? [];
    // Parameters with a default value that name no token keep their default.
    while (found.length > (at as Class).length && !found.at(-1)) found.pop();
    if (found.length) return found;
  }
  return [];
}

/** A class decorator that works in the legacy and in the standard dialect. */
export type ClassDecorator = (target: Class, context?: ClassDecoratorContext) => void;

/** Stores a value on a class or module. */
export const keepOn = <T extends object>(target: T, key: PropertyKey, value: unknown): T =>
  Object.defineProperty(target, key, { value, configurable: true });

/**
 * Compilers emit parameter types as `Reflect.metadata('design:paramtypes', […])`, as the last entry of the list of decorators,
 * and only when that function exists. It exists from the evaluation of our decorator factory until the class is decorated;
 * where reflect-metadata is loaded, it stays in charge.
 */
function collectMetadata(): void {
  if (!reflect.metadata) Object.defineProperty(reflect, 'metadata', { value: metadata, configurable: true });
}

const metadata =
  (key: string, value: unknown[]) =>
  (target: Class): void => {
    if (key === parameters && typeof target === 'function') keepOn(target, parameters, value);
  };

/** Returns a class decorator that stores `value` on the class, and collects the parameter types. */
export function keep(key: symbol, value: unknown): ClassDecorator {
  collectMetadata();
  return (target) => {
    keepOn(target, key, value);
    if (reflect.metadata === metadata) Reflect.deleteProperty(reflect, 'metadata');
  };
}

/** Declares how a class is provided. Needed only for its options, or to make the compiler emit parameter types (legacy dialect). */
export function Injectable({ scope, providedIn }: InjectableOptions = {}): ClassDecorator {
  const place = ({ container }: Registry, type: Class) => {
    const where = follow(providedIn);
    const home = where === 'root' ? !container.parent && container.registry : container.modules?.get(where);
    if (!home) return;
    if (!home.entries.get(type)) home.add(type);
    return home.entries.get(type);
  };
  return keep(injectable, { scope, place });
}

/**
 * Names the token of a constructor parameter. Legacy dialect only: the standard one has no parameter decorators; write
 * `static inject` or call `inject()` there.
 *
 * @param token an arrow function if the class is defined later: `@Inject(() => B)`
 */
export function Inject(token: Dependency, options?: InjectOptions) {
  collectMetadata();
  return (target: Class, _key: undefined, index: number): void => {
    const list = [...(emitted(target) ?? [])];
    list[index] = options ? { ...options, token } : token;
    keepOn(target, parameters, list);
  };
}
