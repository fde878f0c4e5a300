/** Policies for calls, each alone: middleware for `Netron.create({ middleware })`, services and pages. */
export { CircuitOpenError } from './errors/named-errors.js';
export { type AdaptiveLimitOptions, adaptiveLimit } from './middleware/adaptive-limit.js';
export { type BreakerMiddlewareOptions, breaker } from './middleware/breaker.js';
export { type BulkheadMiddlewareOptions, type BulkheadOptions, bulkhead } from './middleware/bulkhead.js';
export type { BreakerOptions, CircuitState } from './middleware/circuit.js';
export { CircuitBreaker, type KeyedBreakerOptions, NetronCircuitBreaker } from './middleware/circuit-breaker.js';
export type { Verdict } from './middleware/failure.js';
export { type HedgeMiddlewareOptions, type HedgeOptions, hedge } from './middleware/hedge.js';
export { type RetryMiddlewareOptions, retry } from './middleware/retry.js';
export { type RetryOptions, RetryPolicy } from './middleware/retry-policy.js';
export { type ShedOptions, shed } from './middleware/shed.js';
export { timeout } from './middleware/timeout.js';
