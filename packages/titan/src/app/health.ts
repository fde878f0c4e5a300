import { thrownText } from '@omnitron-dev/netron';
import { OutOfTime, within } from '../util/deadline.js';
import type { HealthCheck } from '../util/health-check.js';

export type { HealthCheck };

/** Health of an application. */
export interface HealthStatus {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** A health check of one part. */
export interface HealthQuestion {
  readonly name: string;
  readonly ask: () => HealthCheck | Promise<HealthCheck>;
}

/** Timeout of the health check of one part, in milliseconds. */
const patience = 5_000;

/** Checks all parts at once. One that throws, or does not answer within five seconds, is not healthy. */
export async function askHealth(questions: readonly HealthQuestion[]): Promise<HealthStatus> {
  const answers = await Promise.all(questions.map(async ({ name, ask }) => [name, await answer(ask)] as const));
  const checks: Record<string, HealthCheck> = {};
  for (const [name, check] of answers) {
    let key = name;
    for (let count = 2; Object.hasOwn(checks, key); count++) key = `${name}#${count}`;
    checks[key] = check;
  }
  const failing = answers.map(([, check]) => check).filter(({ healthy }) => !healthy);
  const status = failing.length === 0 ? 'healthy' : failing.some(({ critical }) => critical) ? 'unhealthy' : 'degraded';
  return { status, checks, timestamp: Date.now() };
}

async function answer(ask: HealthQuestion['ask']): Promise<HealthCheck> {
  try {
    const check = await within(patience, ask);
    return typeof check?.healthy === 'boolean' ? check : { healthy: false, message: 'health() must return { healthy }' };
  } catch (error) {
    const late = error instanceof OutOfTime;
    return { healthy: false, message: late ? `no answer within ${patience / 1000} s` : thrownText(error) };
  }
}
