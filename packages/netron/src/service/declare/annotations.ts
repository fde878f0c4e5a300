/** The annotations that the core itself knows, and which of them `@Public` takes by name. */
import type { AnnotationStatement } from '../../middleware/member.js';
import { createAnnotation } from './annotation.js';
import type { StandardSchema } from './standard-schema.js';

const both = (outer: boolean, inner: boolean): boolean => outer && inner;
const flag = (published: unknown): boolean | undefined => (typeof published === 'boolean' ? published : undefined);
const granted = { merge: both, published: true, read: flag, value: true } as const;

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

/** What a member takes and answers, for those who check it, describe it or make clients of it. Not published. */
export const Contract = createAnnotation<MemberContract>({ name: 'contract', merge: 'complete' });

/** Options of `@Public` that are annotations, by their names there. */
const byOption = { safe: Safe, idempotent: Idempotent, resumable: Resumable } as const;

/** What the options of a member say. */
export function annotationsIn(options: { readonly [Name in keyof typeof byOption]?: boolean }): AnnotationStatement[] {
  return (Object.keys(byOption) as (keyof typeof byOption)[]).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [byOption[name](value)];
  });
}
