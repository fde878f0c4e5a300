/** One call of a member: what it is, and the names by which caches and errors know it. */
import { type Clock, NetronError } from '@omnitron-dev/netron/http/client';
import { nameOf } from '../cache/key.js';
import type { CallSettings } from '../fluent/settings.js';
import type { CallMark } from '../queue/turns.js';
import type { Principal } from '../request/principal.js';
import { isBytes } from '../util/bytes.js';
import { TimeLimit, within } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import type { MemberFacts, ServiceFacts } from './definitions.js';

/** One call of a member whose facts are known. */
export interface MemberCall {
  readonly service: ServiceFacts;
  readonly member: MemberFacts;
  readonly args: unknown[];
  readonly settings: CallSettings;
  readonly headers: Readonly<Record<string, string>>;
  readonly principal: Principal;
  /** For middleware; made with the first that may want it. */
  readonly state?: Map<unknown, unknown> | undefined;
  /** Beginning of a call that waits for the network. */
  readonly mark?: CallMark | undefined;
}

/** Whether it reads or changes, by what its member says of itself. */
export interface Effect {
  /** Writes a property. */
  readonly writes: boolean;
  /** Changes nothing. */
  readonly safe: boolean;
}

/** Says what a call does. */
export function effectOf({ member, args }: MemberCall): Effect {
  const property = member.kind === 'property';
  const writes = property && args.length > 0;
  return { writes, safe: !writes && (member.safe || property) };
}

/** Parts of the peer that say how long callers wait. */
export interface Waits {
  readonly clock: Clock;
  /** Milliseconds for a call, unless it says otherwise. */
  readonly timeout: number;
}

/** Milliseconds for a call. Files take however long their bytes take: a server gives up what does not come. */
export function timeoutOf({ settings, args }: Pick<MemberCall, 'settings' | 'args'>, timeout: number): number {
  return settings.timeout ?? (args.some(isBytes) ? Number.POSITIVE_INFINITY : timeout);
}

/**
 * The end of its caller's patience.
 *
 * @param spent milliseconds of it that are over
 */
export function limitOf(call: MemberCall, { clock, timeout }: Waits, spent = 0): TimeLimit {
  const { settings, service, member } = call;
  return new TimeLimit(clock, timeoutOf(call, timeout), settings.signal, nameOf(service.query, member.name), spent);
}

/** Waits for what a call needs before it can be made, as long as its caller does. It has not run when that fails. */
export async function prepared<T>(call: MemberCall, waits: Waits, work: Promise<T>, spent = 0): Promise<T> {
  try {
    return await within(work, limitOf(call, waits, spent));
  } catch (error) {
    // The caller's own reason for leaving may be that of many calls.
    throw error === call.settings.signal?.reason ? error : markNotRun(error);
  }
}

/** @throws NetronError `data_loss` when the caller's own check refuses a result, `deadline_exceeded` when it takes as long as a call may */
export async function check(call: MemberCall, value: unknown, waits: Waits): Promise<void> {
  const said = call.settings.validate?.(value);
  const valid = await (said instanceof Promise ? within(said, limitOf(call, waits)) : said);
  const { service, member } = call;
  if (valid === false) throw new NetronError('data_loss', `${nameOf(service.query, member.name)}: the result is not valid`);
}

/** A key that no other call has. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
