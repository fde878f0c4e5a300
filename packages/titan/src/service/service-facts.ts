import { argumentsSchema } from '../schema/arguments-schema.js';
import type { Schema } from '../schema/schema.js';
import type { ContractMethods, MethodContract } from './contract.js';
import type { ServiceTransports } from './transports.js';

/** Marks classes and objects that are services of an application. A registered symbol: copies of this package share it. */
const mark = Symbol.for('titan.service');

/** Properties of a service that the application needs at startup. */
export interface ServiceFacts {
  readonly name: string;
  readonly version: string;
  readonly contract: ContractMethods;
  readonly transports: ServiceTransports | undefined;
  /** Members that are exempt from its rule about callers. */
  readonly except: readonly string[];
}

/** Stores the properties of a service on its class or object. */
export function keepFacts(target: object, facts: ServiceFacts): void {
  Object.defineProperty(target, mark, { value: facts, configurable: true });
}

/**
 * Returns the properties of a service, from its class or an instance; `undefined` for any other value. Not inherited: a
 * derived class declares its own.
 */
export function factsOf(service: unknown): ServiceFacts | undefined {
  if ((typeof service !== 'object' && typeof service !== 'function') || service === null) return undefined;
  const own = (target: object | undefined) =>
    target && Object.hasOwn(target, mark) ? (target as { [mark]: ServiceFacts })[mark] : undefined;
  return own(service) ?? (typeof service === 'object' ? own((service as object).constructor) : undefined);
}

/** Returns one schema of the arguments of a method: that of its only argument, or one of the list of all arguments. */
export function inputOf({ input }: MethodContract): Schema | undefined {
  return Array.isArray(input) ? argumentsSchema(input) : (input as Schema | undefined);
}
