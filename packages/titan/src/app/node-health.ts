import type { Netron } from '@omnitron-dev/netron';
import type { HealthCheck } from '../util/health-check.js';
import type { HealthQuestion } from './health.js';

/** Creates health checks of the registries and the backplane of a node. While they are down, the node continues with its last state. */
export function nodeQuestions(node: Netron | undefined): HealthQuestion[] {
  const questions: HealthQuestion[] = [];
  const discovery = node && discoveryOf(node);
  if (discovery) questions.push({ name: 'discovery', ask: () => reached(discovery.backends) });
  const backplane = node?.backplane;
  if (backplane) questions.push({ name: 'backplane', ask: () => reached([backplane]) });
  return questions;
}

/** A part that may be unreachable. */
interface Reached {
  readonly name: string;
  readonly up: boolean | undefined;
  readonly error?: { readonly message: string } | undefined;
}

function reached(all: readonly Reached[]): HealthCheck {
  const down = all.filter(({ up }) => up !== true);
  if (down.length === 0) return { healthy: true };
  return { healthy: false, message: down.map(({ name, error }) => `${name}: ${error?.message ?? 'no answer'}`).join('; ') };
}

function discoveryOf(node: Netron): Netron['discovery'] | undefined {
  try {
    return node.discovery;
  } catch {
    return undefined;
  }
}
