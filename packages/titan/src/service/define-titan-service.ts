import { type AnnotationStatement, Contract, defineService, Idempotent, Safe, withAnnotations } from '@omnitron-dev/netron';
import { insteadOf, quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { type ContractMethods, checkContract, type HandlerMethod } from './contract.js';
import { checkNoHook } from './hook-names.js';
import {
  annotationsOf,
  checkMethodOptions,
  checkServiceOptions,
  exceptionsOf,
  type RuleOptions,
  serviceAnnotations,
  type TitanServiceOptions,
} from './options.js';
import { inputOf, keepFacts } from './service-facts.js';
import { nameAndVersion } from './service-name.js';

/** A service defined by functions, whose parameters are inferred from the contract. */
export interface TitanServiceDescription<C extends ContractMethods> extends TitanServiceOptions<C> {
  readonly contract: C;
  /** Rules of single methods. */
  readonly options?: { readonly [K in keyof NoInfer<C>]?: RuleOptions };
  readonly methods: { readonly [K in keyof NoInfer<C>]: HandlerMethod<C[K]> };
}

/** The methods of a defined service. */
export type TitanServiceObject<C extends ContractMethods> = { readonly [K in keyof C]: HandlerMethod<C[K]> };

/**
 * Defines a service of the application without decorators.
 *
 * @throws TitanError `invalid_use` when options are unknown or of another type, and for methods with the name of a hook
 * @example `defineTitanService({ ...users, methods: { getUser: (id) => find(id) } })`
 */
export function defineTitanService<const C extends ContractMethods>(
  description: TitanServiceDescription<C>,
): TitanServiceObject<C> {
  checkServiceOptions(description, { methods: true, options: true });
  const { contract, transports, middleware = [], methods, options = {} } = description;
  checkContract(`service ${quoted(description.name)}`, contract);
  const { name, version } = nameAndVersion(description);
  for (const member of Object.keys(methods)) checkNoHook(`service ${quoted(name)}`, member);
  const rules = options as { readonly [name: string]: RuleOptions | undefined };
  for (const [member, given] of Object.entries(rules)) {
    const where = `service ${quoted(name)}: options.${member}`;
    if (!Object.hasOwn(methods, member))
      throw new TitanError('invalid_use', `${where}: no such method${insteadOf(member, Object.keys(methods))}`);
    if (given !== undefined) checkMethodOptions(where, given);
  }
  const annotated = Object.entries(methods as Record<string, (...args: never[]) => unknown>).map(([member, method]) => {
    const { output, idempotent, safe, stream, ...rest } = contract[member] ?? {};
    const input = inputOf(rest);
    const said: AnnotationStatement[] = [...annotationsOf(rules[member] ?? {}, false)];
    if (input || output) said.push(Contract({ ...(input && { input }), ...(output && { output }) }));
    if (idempotent !== undefined) said.push(Idempotent(idempotent));
    if (safe !== undefined) said.push(Safe(safe));
    // A wrapper of its own: a function may be a method of several services.
    return [member, withAnnotations(ownCopy(method, stream ?? false), ...said)] as const;
  });
  const service = defineService({
    name,
    version,
    middleware,
    annotations: serviceAnnotations(description),
    methods: Object.fromEntries(annotated),
  });
  keepFacts(service, { name, version, contract, transports, except: exceptionsOf(description) });
  return service as unknown as TitanServiceObject<C>;
}

type Method = (...args: never[]) => unknown;

const generator = Object.getPrototypeOf(async function* () {}) as object;
const generators = new Set(['GeneratorFunction', 'AsyncGeneratorFunction']);

/** Returns a function that behaves like `method`, `this` included. */
function ownCopy(method: Method, stream: boolean): Method {
  const copy = function (this: unknown, ...args: never[]) {
    return method.apply(this, args);
  };
  // Netron recognizes a stream by the kind of the function.
  return stream || generators.has(method.constructor.name) ? Object.setPrototypeOf(copy, generator) : copy;
}
