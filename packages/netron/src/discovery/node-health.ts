import type { CheckResult } from '../util/health-status.js';
import type { Registry } from './registry.js';

/** Checks the health of a node, or of the one that has a service, by its id, as far as it is known. */
export function checksOf(id: string, registry: Registry): Record<string, CheckResult> {
  const node = registry.nodes.get(id) ?? registry.nodes.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  if (node === undefined) return { registry: { healthy: false, critical: true, message: 'not registered' } };
  return {
    registry: registry.listed(node.id) ? { healthy: true } : { healthy: false, message: 'not listed by any registry' },
    status: node.status === 'up' ? { healthy: true } : { healthy: false, message: 'draining' },
  };
}
