/** Entry `netron/health`: health checks for monitoring. */
export { type CheckFunction, type HealthCheckOptions, NetronHealthCheck } from './node/health-check.js';
export type { CheckResult, HealthStatus } from './util/health-status.js';
