/** Metadata of service classes: backend, name, default options of their methods. */
import { knownOptions, type QueryOptions } from '@omnitron-dev/netron-browser';
import type { MutateOptions, ServiceClass } from './types.js';

/** Default options of a method. */
export type MethodOptions =
  | { readonly kind: 'query'; readonly options: QueryOptions }
  | { readonly kind: 'mutation'; readonly options: MutateOptions<never> };

/** Returns an object with a property for each option of a mutation. */
export const mutationNames = (): object => ({ ...knownOptions.call, optimistic: true, onSuccess: true, onError: true });

interface ClassFacts {
  backend?: string;
  service?: string;
  readonly methods: Map<string, MethodOptions>;
}

/** Key of the metadata of a class. Registered, so that two copies of the package share it. */
const key = Symbol.for('@omnitron-dev/aether/service');

/** Returns the mutable metadata of a class itself. */
export function factsOf(target: object): ClassFacts {
  if (!Object.hasOwn(target, key)) Object.defineProperty(target, key, { value: { methods: new Map() } satisfies ClassFacts });
  return (target as { [key]: ClassFacts })[key];
}

function* chainOf(target: object): Generator<ClassFacts> {
  for (let at: object | null = target; at !== null && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, key)) yield (at as { [key]: ClassFacts })[key];
  }
}

/** Returns the name of a service's backend; `undefined` for the default one. */
export function getBackendName(service: ServiceClass<object>): string | undefined {
  for (const { backend } of chainOf(service)) if (backend !== undefined) return backend;
  return undefined;
}

/**
 * Returns the name of a service on its backend: the one given to `@Backend`, or else the class name in kebab case, without
 * `Service` or `Store`. Set the name if code is minified without the Vite plugin, which keeps class names.
 */
export function getServiceName(service: ServiceClass<object>): string {
  for (const { service: name } of chainOf(service)) if (name !== undefined) return name;
  return kebab(service.name.replace(/(?:Service|Store)$/, '') || service.name);
}

/** Returns the default options of a method, from decorators or `defineNetronService`. */
export function getMethodOptions(service: ServiceClass<object>, method: string): MethodOptions | undefined {
  for (const { methods } of chainOf(service)) {
    const found = methods.get(method);
    if (found !== undefined) return found;
  }
  return undefined;
}

const kebab = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
