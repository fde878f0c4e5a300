import type { Dependency, InjectOptions } from './dependency.js';
import { Wish } from './dependency.js';
import type { ModuleReference } from './module.js';
import type { Scope } from './provider.js';
import type { Class } from './token.js';

/** What `@Injectable()` says about a class. */
export interface InjectableOptions {
  /** Default `singleton`. A provider's own `scope` goes before it. */
  readonly scope?: Scope;
  /** Provides the class without registration: in the outermost container (`'root'`) or in that module, once it is imported. */
  readonly providedIn?: 'root' | ModuleReference;
}

/** A class decorator that works in the legacy and in the standard dialect. */
export type ClassDecorator = (target: Class, context?: ClassDecoratorContext) => void;

const injectable = Symbol.for('nexus.injectable');
const parameters = Symbol.for('nexus.parameters');
const paramtypes = 'design:paramtypes';

/** Decorated classes keep their records on themselves, so that two copies of this package understand each other. */
type Records = Class & {
  inject?: unknown;
  [injectable]?: InjectableOptions;
  [parameters]?: { types?: unknown[]; tokens?: unknown[] };
};

type MetadataReflect = typeof Reflect & {
  metadata?: (key: string, value: unknown[]) => (target: Records) => void;
  getOwnMetadata?: (key: string, target: Records) => unknown[] | undefined;
};
const reflect: MetadataReflect = Reflect;

const parametersOf = (type: Records) =>
  Object.hasOwn(type, parameters) ? type[parameters]! : Object.defineProperty(type, parameters, { value: {} })[parameters]!;

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
  (target: Records): void => {
    if (key === paramtypes && typeof target === 'function') parametersOf(target).types = value;
  };

/** A class decorator that keeps `value` on the class; collects the parameter types on its way. */
export function keep(key: symbol, value: unknown): ClassDecorator {
  collectMetadata();
  return (target) => {
    Object.defineProperty(target, key, { value });
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
    const record = parametersOf(target);
    record.tokens ??= [];
    record.tokens[index] = options ? new Wish(token, options) : token;
  };
}

/** The options of `@Injectable()`; not inherited. */
export function injectableOptions(type: unknown): InjectableOptions | undefined {
  return typeof type === 'function' && Object.hasOwn(type, injectable) ? (type as Records)[injectable] : undefined;
}

/**
 * What a constructor is called with, from the nearest class in the chain that says it: by `static inject`, else by `@Inject()`
 * over emitted types. `undefined` stands for a parameter without a usable token (an interface, a primitive, a class defined later).
 */
export function dependenciesOf(type: Class): readonly unknown[] {
  for (let at: Records = type; at && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'inject') && Array.isArray(at.inject)) return at.inject;
    const { tokens = [], types = reflect.getOwnMetadata?.(paramtypes, at) ?? [] } = Object.hasOwn(at, parameters)
      ? at[parameters]!
      : {};
    if (tokens.length + types.length) {
      const dependencies = Array.from({ length: Math.max(tokens.length, types.length) }, (_, i) => tokens[i] ?? usable(types[i]));
      // Parameters with a default value that name no token keep their default.
      while (dependencies.length > at.length && !dependencies.at(-1)) dependencies.pop();
      return dependencies;
    }
  }
  return [];
}

const usable = (type: unknown) => (typeof type === 'function' && type !== Object && type !== Function ? type : undefined);
