import type { Netron } from '@omnitron-dev/netron';
import type { HealthCheck } from '../util/health-check.js';
import type { HealthQuestion } from './health.js';

/** Makes questions about the registries and the backplane of a node. Without them it goes on with what it knows. */
export function nodeQuestions(node: Netron | undefined): HealthQuestion[] {
  const questions: HealthQuestion[] = [];
  const discovery = node && discoveryOf(node);
  if (discovery) questions.push({ name: 'discovery', ask: () => reached(discovery.backends) });
  const backplane = node?.backplane;
  if (backplane) questions.push({ name: 'backplane', ask: () => reached([backplane]) });
  return questions;
}

/** Something that may be out of reach. */
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
