/** Health of one part. */
export interface HealthCheck {
  readonly healthy: boolean;
  /** Whether the application cannot work without it: then it is `unhealthy`, otherwise `degraded`. Default `false`. */
  readonly critical?: boolean;
  readonly message?: string;
  readonly [fact: string]: unknown;
}
