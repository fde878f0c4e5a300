/** The HTTP properties of a member, collected once from its annotations. */
import type { BoundMember } from '../service/call/bound-service.js';
import { Cache, type CacheRule, Invalidates, Safe } from '../service/declare/annotations.js';
import { Http } from '../service/declare/http-rule.js';
import type { EdgeReply } from './message.js';

export interface MemberTerms {
  /** Whether a call changes nothing: it can be made by GET, HEAD and QUERY as well, and its result may be cached. */
  readonly safe: boolean;
  readonly cache: CacheRule;
  /** HTTP methods by which it can be called. */
  readonly methods: readonly string[];
  /** Tags of each result. */
  readonly tags: readonly string[];
  /** Tags that each successful call invalidates. */
  readonly invalidates: readonly string[];
  /** Status and further headers of a reply with a result; `undefined` means the defaults. */
  readonly reply: Pick<EdgeReply, 'status' | 'headers'> | undefined;
}

const known = new WeakMap<BoundMember, MemberTerms>();

/** Returns the HTTP properties of a member. */
export function termsOf(member: BoundMember): MemberTerms {
  let terms = known.get(member);
  if (terms === undefined) {
    terms = readTerms(member);
    known.set(member, terms);
  }
  return terms;
}

/** Applies the status and headers of a member to a reply with status 200; any other reply keeps its own. */
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
