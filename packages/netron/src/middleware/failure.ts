import { codes } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { isError, thrownProperty } from '../util/thrown.js';
import type { MemberInfo } from './member.js';

/**
 * Judgement of how a call has ended. `success`: the target answered, possibly with an error caused by the caller, such as
 * `not_found`. `failure`: the target did not do its work. `neither`: the caller gave up, so the end does not count.
 */
export type Verdict = 'success' | 'failure' | 'neither';

/** Judges the error of a call: `failure` for codes with an HTTP status from 500 on, and for errors without a code. */
export function verdictOf(error: unknown): Verdict {
  if (NetronError.is(error)) {
    if (error.code === 'canceled') return 'neither';
    return codes[error.code].http >= 500 && error.code !== 'unimplemented' ? 'failure' : 'success';
  }
  return isError(error) && thrownProperty(error, 'name') === 'AbortError' ? 'neither' : 'failure';
}

/**
 * Returns the function for the default key of a member's calls. The key is built once; calls on pipelined results, which share one
 * member, get the key of the member that they call.
 */
export function memberKeys(member: MemberInfo | undefined): typeof memberKey {
  if (member === undefined) return memberKey;
  const { service, name } = member;
  const own = memberKey({ service, method: name });
  return (call) => (call.method === name && call.service === service ? own : memberKey(call));
}

/** Returns the default key under which policies keep state for a call: service and method. */
export function memberKey(call: { readonly service: string; readonly method: string }): string {
  return `${call.service}.${call.method}`;
}
