import { Contract, Idempotent, Safe, Service, Stream } from '@omnitron-dev/netron';
import { Injectable } from '@omnitron-dev/nexus';
import { quoted } from '../errors/check-options.js';
import type { Keeps } from './check.js';
import { type ContractMethods, checkContract } from './contract.js';
import { checkServiceOptions, exceptionsOf, serviceAnnotations, type TitanServiceOptions } from './options.js';
import { inputOf, keepFacts } from './service-facts.js';
import { nameAndVersion } from './service-name.js';

/** Decorates a class that implements a contract, in both dialects. */
export type TitanServiceDecorator<C extends ContractMethods> = <T extends abstract new (...args: never[]) => object>(
  target: T & Keeps<InstanceType<T>, C>,
  context?: ClassDecoratorContext,
) => void;

/**
 * Makes a class a service of the application, with a name and version, rules, and a contract: the compiler checks the class
 * against it, and each call is validated by it.
 *
 * @throws TitanError `invalid_use` when options are unknown or of another type
 * @example
 * ```ts
 * @TitanService({ name: 'calculator', version: '1.0.0', contract: { add: { input: z.object({ a: z.number(), b: z.number() }), output: z.number() } } })
 * class Calculator { @Public() add({ a, b }: { a: number; b: number }) { return a + b; } }
 * ```
 */
export function TitanService<const C extends ContractMethods = ContractMethods>(
  options: TitanServiceOptions<C>,
): TitanServiceDecorator<C> {
  checkServiceOptions(options);
  const { contract = {} as C, transports, middleware = [] } = options;
  checkContract(`service ${quoted(options.name)}`, contract);
  const { name, version } = nameAndVersion(options);
  // Makes compilers of the legacy dialect emit the types of the constructor's parameters, which injection uses.
  const injectable = Injectable();
  return (target, context) => {
    const type = target as unknown as { readonly name: string; readonly prototype: object };
    for (const [member, { stream, idempotent, safe, output, ...rest }] of Object.entries<ContractMethods[string]>(contract)) {
      const input = inputOf(rest);
      const say = (decorate: (prototype: object, name: string) => void) => decorate(type.prototype, member);
      if (input || output) say(Contract({ ...(input && { input }), ...(output && { output }) }));
      if (stream) say(Stream());
      if (idempotent !== undefined) say(Idempotent(idempotent));
      if (safe !== undefined) say(Safe(safe));
    }
    const decorate = Service({ name, version, middleware, annotations: serviceAnnotations(options) });
    if (context) decorate(type, context);
    else decorate(type);
    injectable(target as never, context);
    keepFacts(type, { name, version, contract, transports, except: exceptionsOf(options) });
  };
}
