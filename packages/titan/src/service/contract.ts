import type { OptionNames, Remote } from '@omnitron-dev/netron';
import { checkFlag, checkNames, checkSchema, checkText, quoted, refuse } from '../errors/check-options.js';
import type { InferInput, InferOutput, Schema } from '../schema/schema.js';
import { nameAndVersion, nameExpected } from './service-name.js';

/** Schemas and properties of a method. */
export interface MethodContract {
  /** Schema of the only argument, or a list with one schema per argument. Without it, arguments are not validated. */
  readonly input?: Schema | readonly Schema[];
  /** Schema of the result, or of each item of a stream. */
  readonly output?: Schema;
  /** Whether the method returns a stream. */
  readonly stream?: boolean;
  /** Whether two calls have the same effect as one: callers may retry it. */
  readonly idempotent?: boolean;
  /** Whether a call changes nothing. */
  readonly safe?: boolean;
}

/** The methods of a contract, by name. */
export interface ContractMethods {
  readonly [name: string]: MethodContract;
}

/** A contract with the name and version of its service. Shaped like the options of `@TitanService`. */
export interface ServiceContract<C extends ContractMethods = ContractMethods> {
  readonly name: string;
  readonly version: string;
  readonly contract: C;
}

/**
 * Defines the contract of a service, separate from the class that implements it: callers import only the contract.
 *
 * @example
 * ```ts
 * export const users = defineContract({ name: 'users', version: '1.0.0', contract: { getUser: { input: z.uuid(), output: User.nullable() } } });
 * ```
 */
export function defineContract<const C extends ContractMethods>(given: {
  /** `users`, or with its version: `users@1.0.0`. */
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  readonly contract: C;
}): ServiceContract<C> {
  checkNames('defineContract', given, { contract: true, name: true, version: true });
  checkText('defineContract: name', nameExpected, given.name ?? null);
  checkText('defineContract: version', 'a version, such as 1.0.0', given.version);
  checkContract(`contract ${quoted(given.name)}`, given.contract);
  return Object.freeze({ ...given, ...nameAndVersion(given) });
}

const ofMethod: OptionNames<MethodContract> = { idempotent: true, input: true, output: true, safe: true, stream: true };

/** @throws TitanError `invalid_use` for unknown properties of a method: a misspelled `input` would validate nothing */
export function checkContract(where: string, contract: ContractMethods): void {
  if (typeof contract !== 'object' || contract === null || Array.isArray(contract))
    refuse(`${where}: methods`, 'an object such as { add: { input, output } }', contract);
  for (const [name, method] of Object.entries(contract)) {
    checkNames(`${where}: ${name}`, method, ofMethod);
    for (const flag of ['idempotent', 'safe', 'stream'] as const) checkFlag(`${where}: ${name}.${flag}`, method[flag]);
    for (const schema of [method.input ?? []].flat()) checkSchema(`${where}: ${name}.input`, schema);
    if (method.output !== undefined) checkSchema(`${where}: ${name}.output`, method.output);
  }
}

/** A parameter that is optional if its type allows `undefined`. */
type Single<T> = undefined extends T ? [value?: T] : [value: T];

/** The same as the method receives it: one of any type may be declared as required. */
type SingleGiven<T> = unknown extends T ? [value: T] : Single<T>;

type Outputs<L extends readonly Schema[]> = { -readonly [I in keyof L]: InferOutput<L[I]> };
type Inputs<L extends readonly Schema[]> = MayEndEarly<{ -readonly [I in keyof L]: InferInput<L[I]> }>;

/** Arguments whose trailing ones are optional if their types allow `undefined`. */
type MayEndEarly<L extends readonly unknown[]> = L extends [...infer Rest, infer Last]
  ? undefined extends Last
    ? [...MayEndEarly<Rest>, last?: Last]
    : L
  : L;

/** Arguments as the method receives them: the output of the schemas. */
export type HandlerArgs<M extends MethodContract> = M extends { readonly input: infer I }
  ? I extends Schema
    ? SingleGiven<InferOutput<I>>
    : I extends readonly Schema[]
      ? Outputs<I>
      : unknown[]
  : unknown[];

/** Arguments as the method is called with them: an omitted one is `undefined`. */
export type PassedArgs<M extends MethodContract> = M extends { readonly input: infer I extends Schema }
  ? [value: InferOutput<I>]
  : HandlerArgs<M>;

/** Arguments as callers pass them: the input of the schemas. */
export type CallerArgs<M extends MethodContract> = M extends { readonly input: infer I }
  ? I extends Schema
    ? Single<InferInput<I>>
    : I extends readonly Schema[]
      ? Inputs<I>
      : unknown[]
  : unknown[];

/** Result of the method: the input of the output schema. */
export type HandlerValue<M extends MethodContract> = M extends { readonly output: infer O extends Schema }
  ? InferInput<O>
  : unknown;

/** Result as callers receive it: the output of the output schema. */
export type CallerValue<M extends MethodContract> = M extends { readonly output: infer O extends Schema }
  ? InferOutput<O>
  : unknown;

/** A method as its contract requires it. */
export type HandlerMethod<M extends MethodContract> = (
  ...args: HandlerArgs<M>
) => M['stream'] extends true
  ? AsyncIterable<HandlerValue<M>> | Iterable<HandlerValue<M>>
  : HandlerValue<M> | Promise<HandlerValue<M>>;

/** The methods of a contract as its callers see them. */
export type ContractInterface<C extends ContractMethods> = {
  readonly [K in keyof C]: (
    ...args: CallerArgs<C[K]>
  ) => C[K]['stream'] extends true ? AsyncGenerator<CallerValue<C[K]>> : Promise<CallerValue<C[K]>>;
};

/** Client of a service with a contract. */
export type ContractClient<C extends ContractMethods> = Remote<ContractInterface<C>>;
