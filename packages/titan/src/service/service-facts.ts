import { argumentsSchema } from '../schema/arguments-schema.js';
import type { Schema } from '../schema/schema.js';
import type { ContractMethods, MethodContract } from './contract.js';
import type { ServiceTransports } from './transports.js';

/** Marks classes and objects that are services of an application. A registered symbol: copies of this package share it. */
const mark = Symbol.for('titan.service');

/** Facts of a service that the application needs when it starts. */
export interface ServiceFacts {
  readonly name: string;
  readonly version: string;
  readonly contract: ContractMethods;
  readonly transports: ServiceTransports | undefined;
  /** Members that its rule about callers leaves out. */
  readonly except: readonly string[];
}

/** Keeps the facts of a service on its class or object. */
export function keepFacts(target: object, facts: ServiceFacts): void {
  Object.defineProperty(target, mark, { value: facts, configurable: true });
}

/** The facts of a service, of its class or of an instance; `undefined` for anything else. Not inherited: a derived class says its own. */
export function factsOf(service: unknown): ServiceFacts | undefined {
  if ((typeof service !== 'object' && typeof service !== 'function') || service === null) return undefined;
  const own = (target: object | undefined) =>
    target && Object.hasOwn(target, mark) ? (target as { [mark]: ServiceFacts })[mark] : undefined;
  return own(service) ?? (typeof service === 'object' ? own((service as object).constructor) : undefined);
}

/** One schema of the arguments of a method: that of its only argument, or one of the list of all. */
export function inputOf({ input }: MethodContract): Schema | undefined {
  return Array.isArray(input) ? argumentsSchema(input) : (input as Schema | undefined);
}
