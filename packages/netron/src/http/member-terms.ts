/** Terms on which a member answers over HTTP: everything that was said about it, read once. */
import type { BoundMember } from '../service/call/bound-service.js';
import { Cache, type CacheRule, Invalidates, Safe } from '../service/declare/annotations.js';
import { Http } from '../service/declare/http-rule.js';
import type { EdgeReply } from './message.js';

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
  /** Status of a reply with a result, and its further headers; `undefined`: as all have it. */
  readonly reply: Pick<EdgeReply, 'status' | 'headers'> | undefined;
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

/** Gives a reply with a result the status and headers of its member. One that says that nothing has changed keeps its own. */
export function onTerms({ reply: own }: MemberTerms, reply: EdgeReply): EdgeReply {
  if (own === undefined || reply.status !== 200) return reply;
  return { ...reply, status: own.status, headers: [...reply.headers, ...own.headers] };
}

function readTerms({ kind, info }: BoundMember): MemberTerms {
  const cache = info.annotation(Cache);
  const safe = cache !== undefined || info.annotation(Safe) === true || kind === 'property';
  const { method, status = 200, headers = {} } = info.annotation(Http) ?? {};
  const more = Object.entries(headers).flatMap(([key, value]) => [key.toLowerCase(), value]);
  return {
    safe,
    cache: cache ?? {},
    methods: [...(safe ? ['GET', 'HEAD', 'POST', 'QUERY'] : ['POST']), ...(method === undefined ? [] : [method])],
    reply: status === 200 && more.length === 0 ? undefined : { status, headers: more },
    tags: cache?.tags ?? [],
    invalidates: info.annotation(Invalidates) ?? [],
  };
}
