import type { Container } from './container.js';
import type { ModuleOptions, ModuleReference } from './module.js';
import type { Scope } from './provider.js';
import type { Registry } from './registry.js';
import type { Class, Dependency, InjectOptions } from './token.js';

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
const injectable = Symbol.for('nexus.injectable');
export const definition = Symbol.for('nexus.module');
/** A function that gives what the constructor takes; decorators bring it along. */
const parameters = Symbol.for('nexus.parameters');

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

/** A class decorator that works in the legacy and in the standard dialect. */
export type ClassDecorator = (target: Class, context?: ClassDecoratorContext) => void;

const paramtypes = 'design:paramtypes';

type MetadataReflect = typeof Reflect & {
  metadata?: (key: string, value: unknown[]) => (target: Class) => void;
  getOwnMetadata?: (key: string, target: Class) => unknown[] | undefined;
};
const reflect: MetadataReflect = Reflect;

/** What is known about the parameters of a class. Calling it gives the dependencies, if anything is known. */
interface Parameters {
  (): readonly unknown[] | undefined;
  /** By `@Inject()`. */
  tokens: unknown[];
  /** As emitted. */
  types?: unknown[];
}

function parametersOf(type: Class & { [parameters]?: Parameters }): Parameters {
  if (Object.hasOwn(type, parameters)) return type[parameters]!;
  const value: Parameters = () => {
    const { tokens, types = reflect.getOwnMetadata?.(paramtypes, type) ?? [] } = value;
    const dependencies = Array.from({ length: Math.max(tokens.length, types.length) }, (_, i) => tokens[i] ?? usable(types[i]));
    if (!dependencies.length) return;
    // Parameters with a default value that name no token keep their default.
    while (dependencies.length > type.length && !dependencies.at(-1)) dependencies.pop();
    return dependencies;
  };
  value.tokens = [];
  Object.defineProperty(type, parameters, { value });
  return value;
}

const usable = (type: unknown) => (typeof type === 'function' && type !== Object && type !== Function ? type : undefined);

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
    if (key === paramtypes && typeof target === 'function') parametersOf(target).types = value;
  };

/** A class decorator that keeps `value` on the class; collects the parameter types on its way. */
export function keep(key: symbol, value: unknown): ClassDecorator {
  collectMetadata();
  return (target) => {
    Object.defineProperty(target, key, { value });
    parametersOf(target);
    if (reflect.metadata === metadata) Reflect.deleteProperty(reflect, 'metadata');
  };
}

/**
 * Says how a class is provided. Only needed for its options, or to have parameter types emitted (legacy dialect).
 */
export function Injectable(options: InjectableOptions = {}): ClassDecorator {
  return keep(injectable, options);
}

/**
 * Names what a constructor parameter gets. Legacy dialect only: the standard one has no parameter decorators;
 * write `static inject` or call `inject()` there.
 *
 * @param token an arrow function where the class is defined later: `@Inject(() => B)`
 */
export function Inject(token: Dependency, options?: InjectOptions) {
  collectMetadata();
  return (target: Class, _key: undefined, index: number): void => {
    parametersOf(target).tokens[index] = options ? { ...options, token } : token;
  };
}
