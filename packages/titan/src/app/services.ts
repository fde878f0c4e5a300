import {
  type Construct,
  inPlace,
  type MemberInfo,
  type MiddlewareInput,
  type Netron,
  type NetronOptions,
} from '@omnitron-dev/netron';
import { authenticate } from '@omnitron-dev/netron-auth/identity';
import type { Class, Container } from '@omnitron-dev/nexus';
import { insteadOf, quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { type AccessOptions, checkAccess, checkPolicies, identifyCall } from '../guard/access.js';
import { auditCalls } from '../guard/audit.js';
import { cacheResults } from '../guard/caching.js';
import { checkExceptions } from '../guard/check-rules.js';
import { limitRate } from '../guard/rate.js';
import type { ResultCache } from '../guard/result-cache.js';
import { Policies } from '../guard/rules.js';
import { ServiceRules } from '../guard/service-rules.js';
import { validateInput, validateOutput } from '../guard/validation.js';
import type { Logger } from '../logger/logger.js';
import { EncryptedTransport } from '../security/encrypted-transport.js';
import { checkNoHook } from '../service/hook-names.js';
import { factsOf } from '../service/service-facts.js';
import { withServiceTransports } from '../service/transports.js';
import type { Composition } from './composition.js';
import type { Placement } from './placement.js';
import type { SecurityParts } from './security.js';

/** Whether an application provides classes with a service decorator, which are exposed automatically. */
export const offers = ({ provided }: Composition): boolean => provided.some(({ token }) => factsOf(token) !== undefined);

/**
 * Returns the objects to expose: the named ones, and every instance whose class is a service of the application.
 *
 * @throws TitanError `invalid_use` if two of them have the same name and version
 */
export function exposed(container: Container, named: readonly (Class | object)[]): Set<object> {
  const objects = named.map((each) => (typeof each === 'function' ? (container.get(each as Class) as object) : each));
  const found = container.instances().map(({ instance }) => instance as object);
  const all = new Set([...objects, ...found.filter((each) => factsOf(each))]);
  checkNamesApart(all);
  return all;
}

function checkNamesApart(services: Iterable<object>): void {
  const known = new Map<string, object>();
  for (const service of services) {
    const facts = factsOf(service);
    if (!facts) continue;
    const id = idOf(facts);
    const other = known.get(id);
    if (other) {
      const text = `duplicate service '${id}': ${nameOf(other)} and ${nameOf(service)}; change the name or version of one`;
      throw new TitanError('invalid_use', text);
    }
    known.set(id, service);
  }
}

const idOf = ({ name, version }: { readonly name: string; readonly version: string }) => `${name}@${version}`;

const nameOf = (service: object): string =>
  factsOf(service.constructor) ? `class ${service.constructor.name}` : 'a result of defineTitanService';

/**
 * Exposes a service on a node.
 *
 * @throws TitanError `invalid_use` if its contract names a method that is not public, `auth.except` names no member, a member has the name of a hook, or
 *   the core refuses one, for instance for an unknown `transport`
 */
export async function expose(node: Netron, service: object, logger: Logger): Promise<void> {
  const before = new Set(node.getServices().map(idOf));
  await node.peer.exposeService(service).catch((error: unknown) => {
    throw error instanceof TypeError ? new TitanError('invalid_use', error.message, { cause: error }) : error;
  });
  const served = node.getServices().find((each) => !before.has(idOf(each)));
  const methods = served?.getMethods() ?? [];
  const members = served?.getSchema().members ?? [];
  for (const { name } of members) checkNoHook(`service ${quoted(served?.name ?? '')}`, name);
  const facts = factsOf(service);
  if (!facts) return;
  const { contract, transports = {}, except } = facts;
  const id = idOf(facts);
  if (members.length === 0)
    logger.warn({ service: id }, 'the service has no public members, so it cannot be called; add @Public()');
  const missing = Object.keys(contract).filter((method) => !methods.includes(method));
  if (missing.length > 0)
    throw new TitanError('invalid_use', `contract of ${id}: no public method ${missing.join(', ')}; add @Public()`);
  checkExceptions(
    id,
    except,
    members.map((member) => member.name),
  );
  const known = ['netron', 'http', 'grpc', ...node.transports.map((transport) => transport.name)];
  if (transports.grpc) logger.warn({ service: id }, 'the grpc transport is ignored: it requires the gRPC bridge');
  const unknown = Object.keys(transports).find((transport) => !known.includes(transport));
  if (unknown !== undefined)
    throw new TitanError('invalid_use', `${id}: unknown transport ${quoted(unknown)}${insteadOf(unknown, known)}`);
}

/** Options of the guards in front of members. */
export interface GuardOptions {
  readonly compose: () => Composition;
  /** Named services, in addition to those that modules provide. */
  readonly named: readonly (Class | object)[];
  readonly security: SecurityParts;
  readonly cache: ResultCache;
  readonly logger: Logger;
  /** Receives refused logins. */
  readonly refused: AccessOptions['refused'];
  readonly placement: Placement;
  /** The program's own transports. */
  readonly edges: readonly string[];
}

/** Returns options of a node with the guards of the framework in front of every member, and the listeners that services need. */
export function nodeOptions(
  given: NetronOptions,
  { compose, named, security, cache, logger, refused, placement, edges }: GuardOptions,
): NetronOptions {
  const { container, provided } = compose();
  const options = placement.link(given);
  const facts = [...named, ...provided.map(({ token }) => token)].flatMap((service) => {
    return placement.isElsewhere(service) ? [] : (factsOf(service) ?? []);
  });
  const services = new ServiceRules();
  const report = (member: string, paths: readonly string[]) =>
    logger.error({ member, paths }, 'a result does not match its contract');
  const { signIn, authorization, encryption, live } = security;
  const failed = (member: string, error: unknown) => logger.error({ member, err: error }, 'authorization failed to run');
  const access = { signIn, authorization, live, failed, refused, known: options.authenticate !== undefined };
  const limiterFailed = (error: unknown) =>
    logger.warn({ err: error }, 'the shared rate limiter failed: counting on this node only');
  // A policy has to run before a cached result is returned, and it needs validated arguments.
  const early = (place: 'validation' | 'policy') => (member: MemberInfo) => (member.annotation(Policies) ? 'idempotency' : place);
  const rules: MiddlewareInput[] = [
    inPlace('node', auditCalls(security.audit)),
    inPlace('identity', identifyCall(access)),
    ...placement.lint,
    inPlace(
      'rights',
      checkAccess(access, (member) => services.note(member)),
    ),
    inPlace('rate', limitRate(security.rateLimit, limiterFailed)),
    inPlace('cache', cacheResults(cache)),
    inPlace(early('validation'), validateInput),
    inPlace(early('policy'), checkPolicies(failed)),
    inPlace('output', validateOutput(report)),
  ];
  const construct: Construct = (type) => (container.has(type) ? container.get(type) : container.run(() => new type())) as never;
  const known = signIn.names.length > 0 ? { authenticate: authenticate(signIn) } : {};
  return withServiceTransports(
    {
      construct,
      ...known,
      ...options,
      ...(edges.length > 0 && { edges: [...(options.edges ?? []), ...edges] }),
      ...(encryption && { additionalTransports: [new EncryptedTransport(encryption), ...(options.additionalTransports ?? [])] }),
      authorize: services.authorizer(access, options.authorize),
      middleware: {
        incoming: [...rules, ...(options.middleware?.incoming ?? [])],
        outgoing: [...placement.outgoing(signIn), ...(options.middleware?.outgoing ?? [])],
      },
    },
    [...new Set(facts)],
  );
}
