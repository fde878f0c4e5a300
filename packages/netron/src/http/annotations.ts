/** What is said of members for callers over HTTP: caching, what a call makes out of date, doors. */
import { isPlain } from '../errors/plain-data.js';
import { createAnnotation } from '../service/declare/annotation.js';
import { Safe } from '../service/declare/annotations.js';

/** How a result may be kept. */
export interface CacheRule {
  /** Seconds for which it is fresh. */
  readonly ttl?: number;
  /** Whether caches between may keep it, for everybody: the result does not depend on who asks. Default `false`. */
  readonly shared?: boolean;
  /** Names by which it can be said to be out of date. */
  readonly tags?: readonly string[];
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

/**
 * The member's result may be kept by callers; so calling it changes nothing, which this says as well. A class's gives
 * defaults for those of its members that say it themselves.
 */
export const Cache = createAnnotation<CacheRule>({
  name: 'cache',
  merge: 'complete',
  published: true,
  optIn: true,
  implies: [Safe(true)],
  read: (value) => (isPlain(value) ? (value as CacheRule) : undefined),
});

/** Names of what a call makes out of date, wherever it is kept. */
export const Invalidates = createAnnotation<readonly string[]>({
  name: 'invalidates',
  merge: (outer, inner) => [...new Set([...outer, ...inner])],
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});

/** Which doors a member can be called through: names of transports, `http` among them. Where statements differ, only those that both name. */
export const TransportRule = createAnnotation<readonly string[]>({
  name: 'transport',
  merge: (outer, inner) => outer.filter((name) => inner.includes(name)),
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});
