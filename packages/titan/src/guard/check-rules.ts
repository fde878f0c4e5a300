/** Checks the rules of services and members at their declaration, before anyone can call. */
import type { CacheRule, OptionNames } from '@omnitron-dev/netron';
import { checkFlag, checkNames, checkTexts, insteadOf, quoted, refuse } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import type { AuditOptions } from './audit.js';
import type { RateLimitOptions } from './rate.js';
import type { AuthOptions } from './rules.js';

const ofAuth: OptionNames<AuthOptions> = { except: true, permissions: true, provider: true, required: true, roles: true };
const ofRate: OptionNames<RateLimitOptions> = { by: true, cost: true, limit: true, rpm: true, window: true };
const ofCache: OptionNames<CacheRule> = { shared: true, tags: true, ttl: true };
const ofAudit: OptionNames<AuditOptions> = { arguments: true };

/** @throws TitanError `invalid_use` unless it is a rule about callers */
export function checkAuth(where: string, given: unknown): void {
  if (typeof given === 'boolean') return;
  checkNames(where, given, ofAuth);
  const { except, permissions, provider, required, roles } = given as Record<keyof AuthOptions, unknown>;
  checkFlag(`${where}.required`, required);
  checkRoles(`${where}.roles`, roles);
  checkPermissions(`${where}.permissions`, permissions);
  checkTexts(`${where}.except`, except);
  if (provider !== undefined && typeof provider !== 'string') refuse(`${where}.provider`, 'a provider name', provider);
}

/** @throws TitanError `invalid_use` unless it is a non-empty list of roles: an empty one would admit nobody, or everybody, depending on its reader */
export function checkRoles(where: string, given: unknown): void {
  checkTexts(where, given);
  if (Array.isArray(given) && given.length === 0) throw new TitanError('invalid_use', `${where} must have at least one role`);
}

/**
 * @throws TitanError `invalid_use` unless it is a non-empty list of permissions with a `:`: the authorization would split others differently than intended
 */
export function checkPermissions(where: string, given: unknown): void {
  checkTexts(where, given);
  if (Array.isArray(given) && given.length === 0)
    throw new TitanError('invalid_use', `${where} must have at least one permission, such as 'users:read'`);
  const wrong = (given as readonly string[] | undefined)?.find((right) => !/^.+:[^:]+$/s.test(right));
  if (wrong !== undefined) refuse(where, "permissions of the form resource:action, such as 'users:read'", wrong);
}

/** @throws TitanError `invalid_use` unless it is a rate limit */
export function checkRateLimit(where: string, given: unknown): void {
  checkNames(where, given, ofRate);
  const { by, cost = 1, limit, rpm, window } = given as RateLimitOptions;
  for (const name of ['cost', 'limit', 'rpm', 'window'] as const) {
    const value = (given as RateLimitOptions)[name];
    if (value !== undefined && !(typeof value === 'number' && value > 0 && Number.isFinite(value)))
      refuse(`${where}.${name}`, 'a positive number', value);
  }
  const limits = '{ rpm } or { limit, window }';
  if (limit === undefined && rpm === undefined) throw new TitanError('invalid_use', `${where} must have either ${limits}`);
  if (rpm !== undefined && (limit ?? window) !== undefined)
    throw new TitanError('invalid_use', `${where} must have either ${limits}`);
  if (by !== undefined && by !== 'user' && by !== 'address') refuse(`${where}.by`, "'user' or 'address'", by);
  const most = (limit ?? rpm) as number;
  if (cost > most) refuse(`${where}.cost`, `at most the limit of ${most}`, cost);
}

/** @throws TitanError `invalid_use` unless it is a cache rule */
export function checkCache(where: string, given: unknown): void {
  checkNames(where, given, ofCache);
  const { ttl, shared, tags } = given as Record<keyof CacheRule, unknown>;
  if (ttl !== undefined && !(typeof ttl === 'number' && Number.isFinite(ttl) && ttl >= 0))
    refuse(`${where}.ttl`, 'a non-negative number of seconds', ttl);
  checkFlag(`${where}.shared`, shared);
  checkTexts(`${where}.tags`, tags);
}

/** @throws TitanError `invalid_use` unless it is an audit option */
export function checkAudit(where: string, given: unknown): void {
  if (typeof given === 'boolean') return;
  checkNames(where, given, ofAudit);
  const { arguments: wanted } = given as AuditOptions;
  if (typeof wanted !== 'boolean') checkTexts(`${where}.arguments`, wanted);
}

/**
 * Refuses exceptions that are not members of their service.
 *
 * @throws TitanError `invalid_use`
 */
export function checkExceptions(service: string, except: readonly string[], members: readonly string[]): void {
  const unknown = except.find((name) => !members.includes(name));
  if (unknown !== undefined)
    throw new TitanError(
      'invalid_use',
      `auth.except of ${service}: no public member ${quoted(unknown)}${insteadOf(unknown, members)}`,
    );
}
