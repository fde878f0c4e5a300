/** The annotations of the core, and those of them that `@Public` accepts as options. */
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

/** States that calling the member changes nothing: it may be retried, called by GET and answered from caches. If statements differ, `false` wins. */
export const Safe = createAnnotation<boolean>({ ...granted, name: 'safe' });

/** States that calling the member twice has the effect of one call, so it may be retried in doubt. If statements differ, `false` wins. */
export const Idempotent = createAnnotation<boolean>({ ...granted, name: 'idempotent' });

/** States that the member's stream can be resumed from a position after a connection is lost. If statements differ, `false` wins. */
export const Resumable = createAnnotation<boolean>({ ...granted, name: 'resumable' });

/** Schemas of a member: of its arguments, and of its result or its stream's items. */
export interface MemberContract {
  /** Schema of the only argument, or of the array of all arguments. */
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
}

const contractParts: OptionNames<MemberContract> = { input: true, output: true };

/** Contract of a member, read to check it, describe it or generate clients. Not published. */
export const Contract = createAnnotation<MemberContract>({
  name: 'contract',
  merge: 'complete',
  check: (contract) => onlyOptions('contract', contract, contractParts),
});

/** Rules for caching a result. */
export interface CacheRule {
  /** Seconds for which the result is fresh. */
  readonly ttl?: number;
  /** Whether shared caches may store the result for all callers, because it does not depend on the caller. Default `false`. */
  readonly shared?: boolean;
  /** Tags by which the result can be invalidated. */
  readonly tags?: readonly string[];
}

const cacheRuleNames: OptionNames<CacheRule> = { ttl: true, shared: true, tags: true };

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

/**
 * States that callers may cache the member's result. It implies `Safe`: calling the member changes nothing. On a class, it gives
 * defaults for those members that have the annotation themselves.
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

/** Tags that each successful call of the member invalidates. */
export const Invalidates = createAnnotation<readonly string[]>({
  name: 'invalidates',
  merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
  stricter: (one, other) => other.every((name) => one.includes(name)),
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});

/** Names of the transports, `http` among them, over which a member can be called. If statements differ, only those named in both remain. */
export const TransportRule = createAnnotation<readonly string[]>({
  name: 'transport',
  merge: (outer, inner) => outer.filter((name) => inner.includes(name)).sort(),
  stricter: (one, other) => one.every((name) => other.includes(name)),
  published: true,
  read: (value) => (isTexts(value) ? value : undefined),
});

/** Options of `@Public` that are annotations. */
export interface AnnotationOptionsOfPublic {
  /** Calling it changes nothing, so it may be retried, called by GET and answered from caches. */
  readonly safe?: boolean;
  /** Calling it twice has the effect of one call, so it may be retried when it is unknown whether it ran. */
  readonly idempotent?: boolean;
  /** Its stream can be resumed from a position after a connection is lost. */
  readonly resumable?: boolean;
  /** Its result may be cached, for `ttl` seconds; implies `safe`. */
  readonly cache?: CacheRule;
  /** Tags that each successful call invalidates. */
  readonly invalidates?: readonly string[];
  /** The only transports over which it can be called, for instance `tcp`. Calls within the process are always possible. */
  readonly transport?: string | readonly string[];
}

/** Returns the annotations for the options of a member. */
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
