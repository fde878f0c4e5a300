/** Annotation of a service about how nodes find it and share its calls. */
import { type BalancerName, isBalancerName } from '../balance/balancer-names.js';
import { isPlain } from '../errors/plain-data.js';
import { createAnnotation } from '../service/declare/annotation.js';
import type { ServiceDefinition } from '../service/definition.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';

/** How a service is found and called. Options of a caller take precedence. */
export interface DiscoveryAdvice {
  /** Whether registries list it. Default `true`; connected peers can call it in any case. */
  readonly enabled?: boolean;
  /** Whether silent nodes of the service are pinged. Default `true`. */
  readonly healthCheck?: boolean;
  /** Chooses the node for each call. Default `p2c`. */
  readonly loadBalancing?: BalancerName;
}

const names: OptionNames<DiscoveryAdvice> = { enabled: true, healthCheck: true, loadBalancing: true };

/** States how nodes find a service and share its calls: `@Discovery({ loadBalancing: 'round-robin' })` on its class. */
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

/** Returns the advice of a service: the annotation of its class is published with its members. */
export function adviceOf(definition: ServiceDefinition | undefined): DiscoveryAdvice {
  const said = definition?.members[0]?.annotations;
  return (said !== undefined && Object.hasOwn(said, Discovery.name) && Discovery.read(said[Discovery.name])) || none;
}
