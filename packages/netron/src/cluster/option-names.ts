/** Names of the options of a service, for what asks for one before the part is loaded that reads them. */
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { type Nested, readNested } from '../util/read-nested.js';
import { readOptions } from '../util/read-options.js';
import type { HealthCheckOptions, Policy, ServiceConnectOptions } from './options.js';

const policyNames: OptionNames<Policy> = {
  timeout: true,
  idempotent: true,
  retry: true,
  hedge: true,
  breaker: true,
  bulkhead: true,
};

const names: OptionNames<ServiceConnectOptions> = {
  ...policyNames,
  loadBalancer: true,
  loadBalancing: true,
  healthCheck: true,
  outliers: true,
  locality: true,
  subset: true,
  connections: true,
  key: true,
  session: true,
  methods: true,
  labels: true,
  signal: true,
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

const healthNames: OptionNames<HealthCheckOptions> = { interval: true, timeout: true };

/**
 * Returns options as they are now. Refuses what is no record of them, and names that are not known, those of single members and of
 * health checks among them.
 *
 * @throws TypeError
 */
export function checkedServiceOptions(given: ServiceConnectOptions): ServiceConnectOptions {
  checkOptions('service', given, names);
  const options = readNested(readOptions(given), nested);
  const { methods = {}, healthCheck = true } = options;
  for (const [name, policy] of Object.entries(methods)) checkOptions(`methods.${name}`, policy, policyNames);
  if (typeof healthCheck !== 'boolean') checkOptions('healthCheck', healthCheck, healthNames);
  return options;
}
