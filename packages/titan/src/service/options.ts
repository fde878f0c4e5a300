import {
  type AnnotationStatement,
  Cache,
  type CacheRule,
  Discovery,
  type DiscoveryAdvice,
  type Fill,
  type HttpRule,
  Invalidates,
  type MiddlewareInput,
  type OptionNames,
  TransportRule,
} from '@omnitron-dev/netron';
import { checkFlag, checkNames, checkText, checkTexts, quoted, readNamed } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { Audited, type AuditOptions } from '../guard/audit.js';
import { checkAudit, checkAuth, checkCache, checkRateLimit } from '../guard/check-rules.js';
import { limitOf, type RateLimitOptions } from '../guard/rate.js';
import { type AuthOptions, ruleOf } from '../guard/rules.js';
import type { ContractMethods } from './contract.js';
import { nameExpected } from './service-name.js';
import type { ServiceTransports } from './transports.js';

/** Rules and properties of a service, or of one member. */
export interface RuleOptions {
  /** Transports on which it may be called: `'tcp'`, `['tcp', 'websocket']`. */
  readonly transport?: string | readonly string[];
  /** Access: `{ roles: ['admin'] }`; `true` for every authenticated caller. Rules of service and member add up. */
  readonly auth?: boolean | AuthOptions;
  /** Rate limit: `{ rpm: 100 }`. The limit of a service counts all its members together. */
  readonly rateLimit?: RateLimitOptions;
  /** Caches results, `ttl` in seconds. The `cache` of a service sets defaults for members that have one. */
  readonly cache?: CacheRule;
  /** Tags of cached results that a call invalidates. */
  readonly invalidates?: readonly string[];
  /** Records calls, refused ones included: `true`, or the arguments to record. */
  readonly audit?: boolean | AuditOptions;
}

/** Options of a service: shaped so that a contract can be spread into them. */
export interface TitanServiceOptions<C extends ContractMethods = ContractMethods> extends RuleOptions {
  /** `users`, or with its version: `users@1.0.0`. */
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  /** Schemas of its methods. Each has to be a public method. */
  readonly contract?: C;
  /** Transports of the service: a listener is opened for each that has a port or a path. */
  readonly transports?: ServiceTransports;
  /** Defaults of how other nodes find it and distribute calls to it. `enabled: false`: registries do not list it. */
  readonly discovery?: DiscoveryAdvice;
  /** Middleware in front of all members, outermost first. The container instantiates classes. */
  readonly middleware?: readonly MiddlewareInput[];
}

/** Options of one member. */
export interface MemberOptions extends RuleOptions {
  /** For properties: `false` lets callers write them. Default `true`. */
  readonly readonly?: boolean;
  /** Position of the parameter that receives the call's context. */
  readonly context?: number;
  /** Values that the callee fills in for other parameters, by position. */
  readonly fill?: Readonly<Record<number, Fill>>;
  readonly safe?: boolean;
  readonly idempotent?: boolean;
  readonly resumable?: boolean;
  /** Method, status and headers over HTTP: `{ method: 'PUT' }`. */
  readonly http?: HttpRule;
  readonly annotations?: readonly AnnotationStatement[];
}

const ofRules: OptionNames<RuleOptions> = {
  audit: true,
  auth: true,
  cache: true,
  invalidates: true,
  rateLimit: true,
  transport: true,
};
const ofService: OptionNames<TitanServiceOptions> = {
  ...ofRules,
  contract: true,
  discovery: true,
  middleware: true,
  name: true,
  transports: true,
  version: true,
};
const ofMember: OptionNames<MemberOptions> = {
  ...ofRules,
  annotations: true,
  context: true,
  fill: true,
  http: true,
  idempotent: true,
  readonly: true,
  resumable: true,
  safe: true,
};
const ofDiscovery: OptionNames<DiscoveryAdvice> = { enabled: true, healthCheck: true, loadBalancing: true };

/**
 * Refuses options of a service that are unknown or of a wrong type.
 *
 * @param more names in addition to those of every service
 * @throws TitanError `invalid_use`
 */
export function checkServiceOptions(given: TitanServiceOptions, more: Readonly<Record<string, true>> = {}): void {
  checkNames('a service', given, { ...ofService, ...more });
  const { discovery, name, version } = given;
  checkText('a service: name', nameExpected, name ?? null);
  const where = `service ${quoted(name)}`;
  checkText(`${where}: version`, 'a version, such as 1.0.0', version);
  if (discovery !== undefined) checkNames(`${where}: discovery`, discovery, ofDiscovery);
  checkRules(where, given);
}

/** Reads options of `@Public`. @throws TitanError `invalid_use` for an unknown option or a wrong type */
export function readMemberOptions(given: MemberOptions): MemberOptions {
  const options = readNamed('@Public', given, ofMember);
  for (const name of ['idempotent', 'readonly', 'resumable', 'safe'] as const) checkFlag(`@Public: ${name}`, options[name]);
  checkMemberRules('@Public', options);
  return options;
}

/** @throws TitanError `invalid_use` for unknown rules of a method or a wrong type */
export function checkMethodOptions(where: string, given: RuleOptions): void {
  checkNames(where, given, ofRules);
  checkMemberRules(where, given);
}

function checkMemberRules(where: string, given: RuleOptions): void {
  checkRules(where, given);
  if (typeof given.auth === 'object' && given.auth.except !== undefined)
    throw new TitanError('invalid_use', `${where}: auth.except is only allowed on services, where it lists the excluded members`);
}

function checkRules(where: string, { transport, auth, rateLimit, cache, invalidates, audit }: RuleOptions): void {
  if (transport !== undefined) checkTexts(`${where}: transport`, [transport].flat());
  if (auth !== undefined) checkAuth(`${where}: auth`, auth);
  if (rateLimit !== undefined) checkRateLimit(`${where}: rateLimit`, rateLimit);
  if (cache !== undefined) checkCache(`${where}: cache`, cache);
  checkTexts(`${where}: invalidates`, invalidates);
  if (audit !== undefined) checkAudit(`${where}: audit`, audit);
}

/**
 * Returns annotations of a service: its rules and its discovery.
 *
 * @param options of the service
 */
export function serviceAnnotations(options: TitanServiceOptions): AnnotationStatement[] {
  const { enabled = true, healthCheck = true, loadBalancing } = options.discovery ?? {};
  const advice: DiscoveryAdvice = {
    ...(!enabled && { enabled }),
    ...(!healthCheck && { healthCheck }),
    ...(loadBalancing !== undefined && { loadBalancing }),
  };
  // Defaults are not sent to every caller.
  const found = Object.keys(advice).length === 0 ? [] : [Discovery(advice)];
  return [...annotationsOf(options, true), ...found];
}

/** Returns members that are exempt from the rule of a service about callers. */
export const exceptionsOf = ({ auth }: RuleOptions): readonly string[] => (typeof auth === 'object' ? (auth.except ?? []) : []);

/**
 * Returns rules as annotations, which the guard reads.
 *
 * @param ofService whether they apply to all members
 */
export function annotationsOf(
  { transport, auth, rateLimit, cache, invalidates, audit }: RuleOptions,
  ofService: boolean,
): AnnotationStatement[] {
  const said: AnnotationStatement[] = [];
  if (transport !== undefined) said.push(TransportRule([transport].flat().sort()));
  if (auth !== undefined) said.push(...ruleOf(typeof auth === 'boolean' ? { required: auth } : auth));
  if (rateLimit) said.push(limitOf(rateLimit, ofService));
  if (cache) said.push(Cache(cache));
  if (invalidates) said.push(Invalidates([...invalidates].sort()));
  if (audit) said.push(Audited(audit === true ? {} : audit));
  return said;
}
