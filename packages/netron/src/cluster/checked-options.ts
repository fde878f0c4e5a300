/** Checks of the options of a service, made when they are given: the code that uses them may not be loaded yet. */
import { checkBalancer } from '../balance/balancer-names.js';
import { outlierChecks } from '../balance/outlier-options.js';
import { breakerChecks, bulkheadChecks, hedgeChecks, retryChecks } from '../middleware/policy-options.js';
import { type SessionOptions, sessionBounds } from '../peer/session/session-options.js';
import { checkSignal, described, isRecord } from '../util/check.js';
import type { NumberRange } from '../util/check-numbers.js';
import { checkValues, type OptionChecks, type ValueCheck } from '../util/check-values.js';
import { checkOptions } from '../util/option-names.js';
import { type Nested, readNested } from '../util/read-nested.js';
import { readOptions } from '../util/read-options.js';
import type { HealthCheckOptions, Policy, ServiceConnectOptions } from './options.js';

const maxConnections = 10;

/** @param alone values that are accepted instead of a record */
const record =
  (checks: Readonly<Record<string, NumberRange | ValueCheck>>, ...alone: readonly unknown[]): ValueCheck =>
  (where, name, value) => {
    if (value === undefined || alone.includes(value)) return;
    const path = where === 'service' ? name : `${where}.${name}`;
    checkOptions(path, value, checks);
    checkValues(path, value as object, checks);
  };

const flag: ValueCheck = (where, name, value) => {
  if (value !== undefined && typeof value !== 'boolean')
    throw new TypeError(`${where}: ${name} must be a boolean, not ${described(value)}`);
};

const policyChecks: OptionChecks<Policy> = {
  timeout: 'a positive number',
  idempotent: flag,
  retry: record(retryChecks, false),
  hedge: record(hedgeChecks, false),
  breaker: record(breakerChecks, false),
  bulkhead: record(bulkheadChecks, false),
};

const healthChecks: OptionChecks<HealthCheckOptions> = {
  interval: 'a positive number of milliseconds',
  timeout: 'a positive number of milliseconds',
};

const balancer: ValueCheck = (_where, _name, value) => {
  if (value !== undefined) checkBalancer(value);
};

const checks: OptionChecks<ServiceConnectOptions> = {
  ...policyChecks,
  loadBalancer: balancer,
  loadBalancing: balancer,
  healthCheck: record(healthChecks, true, false),
  outliers: record(outlierChecks, false),
  locality(_where, name, value) {
    if (value !== undefined && value !== 'prefer' && value !== 'require' && value !== false)
      throw new RangeError(`${name} must be 'prefer', 'require' or false, not ${String(value)}`);
  },
  subset: 'a positive integer',
  connections(_where, name, value = 1) {
    if (!(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxConnections))
      throw new RangeError(`${name} must be an integer between 1 and ${maxConnections}, not ${String(value)}`);
  },
  key(_where, name, value) {
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`${name} must be a function, not ${described(value)}`);
  },
  session(_where, name, value = true) {
    if (typeof value === 'boolean') return;
    if (!isRecord(value)) throw new TypeError(`${name} must be a boolean or an object, not ${described(value)}`);
    sessionBounds(value as SessionOptions, {});
  },
  methods(_where, name, value = {}) {
    if (!isRecord(value)) throw new TypeError(`${name} must be an object of policies, not ${described(value)}`);
    for (const [member, policy] of Object.entries(value)) {
      checkOptions(`${name}.${member}`, policy, policyChecks);
      checkValues(`${name}.${member}`, policy as Policy, policyChecks);
    }
  },
  labels(_where, name, value = {}) {
    if (!isRecord(value)) throw new TypeError(`${name} must be an object of strings, not ${described(value)}`);
    for (const [label, text] of Object.entries(value))
      if (typeof text !== 'string') throw new TypeError(`label '${label}' must be a string, not ${described(text)}`);
  },
  signal: (_where, _name, value) => checkSignal(value),
};

const nestedPolicy: Nested = { retry: {}, hedge: {}, breaker: {}, bulkhead: {} };

const nested: Nested = {
  ...nestedPolicy,
  healthCheck: {},
  outliers: {},
  session: {},
  labels: {},
  methods: { '*': nestedPolicy },
};

/**
 * Checks options and returns a copy of them.
 *
 * @throws RangeError for numbers out of range and unknown balancers
 * @throws TypeError for options that are not a record, for values of the wrong type, and for unknown names
 */
export function checkedServiceOptions(given: ServiceConnectOptions): ServiceConnectOptions {
  checkOptions('service', given, checks);
  const options = readNested(readOptions(given), nested);
  checkValues('service', options, checks);
  return options;
}
