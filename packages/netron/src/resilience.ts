/** Entry `netron/resilience`: single policies for calls, as middleware for `Netron.create({ middleware })`, services and clients. */
export { CircuitOpenError } from './errors/named-errors.js';
export { type AdaptiveLimitOptions, adaptiveLimit } from './middleware/adaptive-limit.js';
export { type BreakerMiddlewareOptions, breaker } from './middleware/breaker.js';
export { type BulkheadMiddlewareOptions, bulkhead } from './middleware/bulkhead.js';
export type { CircuitState } from './middleware/circuit.js';
export { CircuitBreaker, type KeyedBreakerOptions, NetronCircuitBreaker } from './middleware/circuit-breaker.js';
export type { Verdict } from './middleware/failure.js';
export { type HedgeMiddlewareOptions, hedge } from './middleware/hedge.js';
export type { BreakerOptions, BulkheadOptions, HedgeOptions, RetryOptions } from './middleware/policy-options.js';
export { type RetryMiddlewareOptions, retry } from './middleware/retry.js';
export { RetryPolicy } from './middleware/retry-policy.js';
export { type ShedOptions, shed } from './middleware/shed.js';
export { timeout } from './middleware/timeout.js';
