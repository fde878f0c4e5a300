/** Terms on which a member answers over HTTP: everything that was said about it, read once. */
import type { BoundMember } from '../service/call/bound-service.js';
import { Cache, type CacheRule, Invalidates, Safe } from '../service/declare/annotations.js';

export interface MemberTerms {
  /** Calling it changes nothing: it is asked by GET, HEAD and QUERY as well, and its result may be kept. */
  readonly safe: boolean;
  readonly cache: CacheRule;
  /** Methods of HTTP that it can be called by. */
  readonly methods: readonly string[];
  /** Names of what each result shows. */
  readonly tags: readonly string[];
  /** Names of what each call that succeeds makes out of date. */
  readonly invalidates: readonly string[];
}

const known = new WeakMap<BoundMember, MemberTerms>();

/** Returns the terms of a member. */
export function termsOf(member: BoundMember): MemberTerms {
  let terms = known.get(member);
  if (terms === undefined) {
    terms = readTerms(member);
    known.set(member, terms);
  }
  return terms;
}

function readTerms({ kind, info }: BoundMember): MemberTerms {
  const cache = info.annotation(Cache);
  const safe = cache !== undefined || info.annotation(Safe) === true || kind === 'property';
  return {
    safe,
    cache: cache ?? {},
    methods: safe ? ['GET', 'HEAD', 'POST', 'QUERY'] : ['POST'],
    tags: cache?.tags ?? [],
    invalidates: info.annotation(Invalidates) ?? [],
  };
}
