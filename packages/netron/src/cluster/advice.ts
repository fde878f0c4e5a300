/** Statements of a service about how nodes find it and share its calls. */
import { type BalancerName, isBalancerName } from '../balance/balancer-names.js';
import { isPlain } from '../errors/plain-data.js';
import { createAnnotation } from '../service/declare/annotation.js';
import type { ServiceDefinition } from '../service/definition.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';

/** How a service is found and called. Callers that say otherwise are not bound by it. */
export interface DiscoveryAdvice {
  /** Whether registries list it. Default `true`; peers that are connected can call it all the same. */
  readonly enabled?: boolean;
  /** `false`: nodes that are silent are not asked whether they are there. Default `true`. */
  readonly healthCheck?: boolean;
  /** Chooses the node for each call. Default `p2c`. */
  readonly loadBalancing?: BalancerName;
}

const names: OptionNames<DiscoveryAdvice> = { enabled: true, healthCheck: true, loadBalancing: true };

/** How nodes find a service, and share its calls: `@Discovery({ loadBalancing: 'round-robin' })` on its class. */
export const Discovery = createAnnotation<DiscoveryAdvice>({
  name: 'discovery',
  merge: 'complete',
  published: true,
  check: (advice) => onlyOptions('discovery', advice, names),
  read: (value) => {
    if (!isPlain(value)) return undefined;
    const { enabled, healthCheck, loadBalancing } = value as Record<string, unknown>;
    return {
      ...(typeof enabled === 'boolean' && { enabled }),
      ...(typeof healthCheck === 'boolean' && { healthCheck }),
      ...(isBalancerName(loadBalancing) && { loadBalancing }),
    };
  },
});

const none: DiscoveryAdvice = Object.freeze({});

/** Returns what a service says of itself: its members carry what was said of the class. */
export function adviceOf(definition: ServiceDefinition | undefined): DiscoveryAdvice {
  const said = definition?.members[0]?.annotations;
  return (said !== undefined && Object.hasOwn(said, Discovery.name) && Discovery.read(said[Discovery.name])) || none;
}
