/** Names of the options of a service, for what asks for one before the part is loaded that reads them. */
import { checkOptions, type OptionNames } from '../util/option-names.js';
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

const healthNames: OptionNames<HealthCheckOptions> = { interval: true, timeout: true };

/**
 * Refuses what is no record of options, and names that are not known, those of single members and of health checks among them.
 *
 * @throws TypeError
 */
export function checkServiceOptionNames(given: ServiceConnectOptions): void {
  checkOptions('service', given, names);
  const { methods = {}, healthCheck = true } = given;
  for (const [name, policy] of Object.entries(methods)) checkOptions(`methods.${name}`, policy, policyNames);
  if (typeof healthCheck !== 'boolean') checkOptions('healthCheck', healthCheck, healthNames);
}
