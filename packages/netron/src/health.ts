/** Health as monitoring wants it: what is checked, and what came of it. */
export { type CheckFunction, type HealthCheckOptions, NetronHealthCheck } from './node/health-check.js';
export type { CheckResult, HealthStatus } from './util/health-status.js';
