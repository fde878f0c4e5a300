/** Health of one part. */
export interface HealthCheck {
  readonly healthy: boolean;
  /** Whether the application cannot work without this part: its failure is then `unhealthy`, otherwise `degraded`. Default `false`. */
  readonly critical?: boolean;
  readonly message?: string;
  readonly [fact: string]: unknown;
}
