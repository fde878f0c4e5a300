import { codes } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { isError, thrownProperty } from '../util/thrown.js';
import type { MemberInfo } from './member.js';

/**
 * End of a call, as a judgement of what was called. `success`: it answered, be it with an error that the caller is to
 * blame for, such as `not_found`. `failure`: it did not do its work. `neither`: the caller gave up, which says nothing.
 */
export type Verdict = 'success' | 'failure' | 'neither';

/** Judges what a call threw: `failure` for codes with an HTTP status from 500 on, and for errors that have no code. */
export function verdictOf(error: unknown): Verdict {
  if (NetronError.is(error)) {
    if (error.code === 'canceled') return 'neither';
    return codes[error.code].http >= 500 && error.code !== 'unimplemented' ? 'failure' : 'success';
  }
  return isError(error) && thrownProperty(error, 'name') === 'AbortError' ? 'neither' : 'failure';
}

/**
 * Returns what names the calls of a member by default. Their name is made once; calls on results to come, which are all of one
 * member, go by what they call.
 */
export function memberKeys(member: MemberInfo | undefined): typeof memberKey {
  if (member === undefined) return memberKey;
  const { service, name } = member;
  const own = memberKey({ service, method: name });
  return (call) => (call.method === name && call.service === service ? own : memberKey(call));
}

/** The name that policies keep their state under unless told otherwise: service and method. */
export function memberKey(call: { readonly service: string; readonly method: string }): string {
  return `${call.service}.${call.method}`;
}
