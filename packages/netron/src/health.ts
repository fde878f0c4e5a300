/** Health as monitoring wants it: what is checked, and what came of it. */
export { type HealthCheckOptions, NetronHealthCheck, type CheckFunction } from './node/health-check.js';
export type { CheckResult, HealthStatus } from './util/health-status.js';
