/** The annotations that the core itself knows, and which of them `@Public` takes by name. */
import { isPlain } from '../../errors/plain-data.js';
import type { AnnotationStatement } from '../../middleware/member.js';
import { onlyOptions } from '../../util/only-options.js';
import type { OptionNames } from '../../util/option-names.js';
import { createAnnotation } from './annotation.js';
import type { StandardSchema } from './standard-schema.js';

const both = (outer: boolean, inner: boolean): boolean => outer && inner;
const flag = (published: unknown): boolean | undefined => (typeof published === 'boolean' ? published : undefined);
const refused = (one: boolean, other: boolean): boolean => other || !one;
const granted = { merge: both, stricter: refused, published: true, read: flag, value: true } as const;

/** Calling the member changes nothing: it may be asked again, by GET and from caches. Where statements differ, `false` wins. */
export const Safe = createAnnotation<boolean>({ ...granted, name: 'safe' });

/** Calling the member twice is the same as once: it may be repeated when nobody knows whether it ran. Where statements differ, `false` wins. */
export const Idempotent = createAnnotation<boolean>({ ...granted, name: 'idempotent' });

/** The member's stream can go on from a position after a loss. Where statements differ, `false` wins. */
export const Resumable = createAnnotation<boolean>({ ...granted, name: 'resumable' });

/** Schemas of a member's arguments and result; of a stream's items. */
export interface MemberContract {
  /** Of the only argument, or of the array of all of them. */
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
}

const contractParts: OptionNames<MemberContract> = { input: true, output: true };

/** Contract of a member, for those who check it, describe it or make clients of it. Not published. */
export const Contract = createAnnotation<MemberContract>({
  name: 'contract',
  merge: 'complete',
  check: (contract) => onlyOptions('contract', contract, contractParts),
});

/** Rules for keeping a result. */
export interface CacheRule {
  /** Seconds for which it is fresh. */
  readonly ttl?: number;
  /** Whether caches between may keep it, for everybody: the result does not depend on who asks. Default `false`. */
  readonly shared?: boolean;
  /** Names by which it can be said to be out of date. */
  readonly tags?: readonly string[];
}

const cacheRuleNames: OptionNames<CacheRule> = { ttl: true, shared: true, tags: true };

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
  check: (rule) => onlyOptions('cache', rule, cacheRuleNames),
  read: (value) => (isPlain(value) ? (value as CacheRule) : undefined),
});

/** Names of what a call makes out of date, wherever it is kept. */
export const Invalidates = createAnnotation<readonly string[]>({
  name: 'invalidates',
  merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
  stricter: (one, other) => other.every((name) => one.includes(name)),
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});

/** Which doors a member can be called through: names of transports, `http` among them. Where statements differ, only those that both name. */
export const TransportRule = createAnnotation<readonly string[]>({
  name: 'transport',
  merge: (outer, inner) => outer.filter((name) => inner.includes(name)).sort(),
  stricter: (one, other) => one.every((name) => other.includes(name)),
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});

/** Options of `@Public` that are annotations, by their names there. */
export interface AnnotationOptionsOfPublic {
  /** Calling it changes nothing; so it may be asked again, by GET and from caches. */
  readonly safe?: boolean;
  /** Calling it twice is the same as once; so it may be asked again when nobody knows whether it ran. */
  readonly idempotent?: boolean;
  /** Its stream can go on from a position after a loss. */
  readonly resumable?: boolean;
  /** Its result may be kept, `ttl` in seconds; so calling it changes nothing. */
  readonly cache?: CacheRule;
  /** Names of what a call makes out of date. */
  readonly invalidates?: readonly string[];
  /** The only transports that it can be called through, for instance `tcp`. Calls within the process always can. */
  readonly transport?: string | readonly string[];
}

/** Returns the statements that the options of a member make. */
export function annotationsIn(options: AnnotationOptionsOfPublic): AnnotationStatement[] {
  const { safe, idempotent, resumable, cache, invalidates, transport } = options;
  return [
    ...(safe === undefined ? [] : [Safe(safe)]),
    ...(idempotent === undefined ? [] : [Idempotent(idempotent)]),
    ...(resumable === undefined ? [] : [Resumable(resumable)]),
    ...(cache === undefined ? [] : [Cache(cache)]),
    ...(invalidates === undefined ? [] : [Invalidates(invalidates)]),
    ...(transport === undefined ? [] : [TransportRule([transport].flat())]),
  ];
}
