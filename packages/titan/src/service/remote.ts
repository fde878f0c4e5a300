import { parseServiceName, type Remote } from '@omnitron-dev/netron';
import { createToken, Inject, inject, type Token } from '@omnitron-dev/nexus';
import { quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { NetronModule } from '../netron/netron-module.js';
import { serviceProxy } from '../netron/remote-service.js';
import type { ContractClient, ContractMethods, ServiceContract } from './contract.js';
import { factsOf } from './service-facts.js';

/** A class whose instances are services. */
export type ServiceClass<T extends object = object> = abstract new (...args: never[]) => T;

/** A reference to a service: name and range, contract, or class. */
export type ServiceReference = string | ServiceContract | ServiceClass;

/** A service without a type: its methods take any arguments, and their results are unknown. */
export interface LooseService {
  readonly [method: string]: (...args: unknown[]) => unknown;
}

const expected = 'expected a name, a contract or a class with @TitanService';

/**
 * Returns the name and range of a requested service.
 *
 * @throws TitanError `invalid_use` for a value that is not a service reference, and for an invalid name
 */
export function queryOf(to: ServiceReference): string {
  if (typeof to === 'string') return checkedName(to);
  if ((typeof to !== 'object' && typeof to !== 'function') || to === null)
    throw new TitanError('invalid_use', `${String(to)} is not a service: ${expected}`);
  const facts = 'contract' in to ? to : factsOf(to);
  if (!facts)
    throw new TitanError('invalid_use', `${(to as { name?: string }).name ?? 'an object'} is not a service: ${expected}`);
  return `${facts.name}@^${facts.version}`;
}

function checkedName(query: string): string {
  try {
    parseServiceName(query);
    return query;
  } catch {
    throw new TitanError('invalid_use', `invalid service name ${quoted(query)}: expected a name such as users or users@^1.0.0`);
  }
}

/** Returns a token of the client of a service by its contract. */
export function remote<C extends ContractMethods>(to: ServiceContract<C>): Token<ContractClient<C>>;
/** Returns a token of the client of a service by its class. */
export function remote<T extends object>(to: ServiceClass<T>): Token<Remote<T>>;
/** Returns a token of the client of a service by name: `remote<AuthService>('auth@1.0.0')`. */
export function remote<T extends object>(to: string): Token<Remote<T>>;
/**
 * Returns a token that injects the client of a service, in this process or elsewhere: `static inject = [remote(users)]`.
 * Creating it connects nothing; each call finds a node that has the service, and fails with `failed_precondition` before the
 * application's start and after its stop.
 */
export function remote(to: ServiceReference): Token<unknown> {
  const query = queryOf(to);
  return createToken<unknown>(`remote ${query}`, {
    factory: () => serviceProxy(inject(NetronModule), query),
  });
}

/** Injects the client of a service into a constructor's parameter. Legacy dialect; elsewhere `inject(remote('auth@1.0.0'))`. */
export function RemoteService(
  to: ServiceReference,
): (target: new (...args: never[]) => unknown, key: undefined, index: number) => void {
  const token = remote(to as string);
  return Inject(token) as (target: new (...args: never[]) => unknown, key: undefined, index: number) => void;
}
