/** Result of one check. */
export interface CheckResult {
  readonly healthy: boolean;
  /** Whether everything depends on it. Default `false`: a failure only degrades the service. */
  readonly critical?: boolean;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Summary of several checks. */
export interface HealthStatus {
  /** `unhealthy` when a critical check failed, `degraded` when another one did. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly checks: Readonly<Record<string, CheckResult>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** Summarizes checks. */
export function summarize(checks: Readonly<Record<string, CheckResult>>, timestamp: number): HealthStatus {
  const failed = Object.values(checks).filter(({ healthy }) => !healthy);
  const status = failed.length === 0 ? 'healthy' : failed.some(({ critical }) => critical === true) ? 'unhealthy' : 'degraded';
  return { status, checks, timestamp };
}
