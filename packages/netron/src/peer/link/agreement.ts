import type { Limits } from '../../wire/limits.js';
import { sharedFeatures } from '../../wire/value-features.js';
import type { Compression } from './compression.js';
import type { Hello } from './greeting.js';
import { acceptedLimits, partsFeature } from './message-limits.js';

/** Terms of a conversation, agreed by the hellos of both ends. */
export interface Agreement {
  /** Limits that the other end accepts. */
  readonly limits: Limits;
  /** Whether long messages are sent in parts. */
  readonly parts: boolean;
  /** Whether values may contain cycles and shared objects. */
  readonly graphs: boolean;
  readonly compression: Compression | undefined;
  /** Bits of `valueFeatures`: the values that may be sent. */
  readonly values: number;
}

/** @param compression of this end */
export function agree(
  local: Pick<Hello, 'features'>,
  remote: Pick<Hello, 'features' | 'limits'>,
  compression: Compression | undefined,
): Agreement {
  const both = (feature: string): boolean => local.features.includes(feature) && remote.features.includes(feature);
  const parts = both(partsFeature);
  return {
    limits: acceptedLimits(remote.limits, parts),
    parts,
    graphs: both('graphs'),
    compression: compression !== undefined && both(compression.name) ? compression : undefined,
    values: sharedFeatures(local.features, remote.features),
  };
}
