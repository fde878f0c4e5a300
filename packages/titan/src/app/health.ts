import { messageOf } from '../errors/titan-error.js';
import type { HealthCheck } from '../util/health-check.js';

export type { HealthCheck };

/** Health of an application. */
export interface HealthStatus {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** A question that is asked about one part. */
export interface HealthQuestion {
  readonly name: string;
  readonly ask: () => HealthCheck | Promise<HealthCheck>;
}

/** Milliseconds that one part has to say how it is. */
const patience = 5_000;

/** Asks all parts at once. One that throws, or does not answer within five seconds, is not healthy. */
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthCheck>((resolve) => {
    timer = setTimeout(() => resolve({ healthy: false, message: `no answer within ${patience / 1000} s` }), patience);
  });
  try {
    const check = await Promise.race([ask(), late]);
    return typeof check?.healthy === 'boolean' ? check : { healthy: false, message: 'health() gave no { healthy }' };
  } catch (error) {
    return { healthy: false, message: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
