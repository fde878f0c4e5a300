/** One call of a member, and its names in caches and errors. */
import { type Clock, NetronError } from '@omnitron-dev/netron/http/client';
import { nameOf } from '../cache/key.js';
import type { CallSettings } from '../fluent/settings.js';
import type { CallMark } from '../queue/change-order.js';
import type { Principal } from '../request/principal.js';
import { isBytes } from '../util/bytes.js';
import { TimeLimit, within } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import type { MemberFacts, ServiceFacts } from './definitions.js';

/** One call of a member whose description is known. */
export interface MemberCall {
  readonly service: ServiceFacts;
  readonly member: MemberFacts;
  readonly args: unknown[];
  readonly settings: CallSettings;
  readonly headers: Readonly<Record<string, string>>;
  readonly principal: Principal;
  /** State for middleware; created for the first one that may use it. */
  readonly state?: Map<unknown, unknown> | undefined;
  /** Mark of a call that waits for the network. */
  readonly mark?: CallMark | undefined;
  /** Receives whether the value of a read came from the cache. */
  readonly onHit?: ((hit: boolean) => void) | undefined;
  /** Whether a read is made again as another user. */
  readonly repeated?: boolean;
}

/** Whether a call reads or changes, by the description of its member. */
export interface Effect {
  /** Whether the call writes a property. */
  readonly writes: boolean;
  /** Whether the call changes nothing. */
  readonly safe: boolean;
}

/** Returns the effect of a call. */
export function effectOf({ member, args }: MemberCall): Effect {
  const property = member.kind === 'property';
  const writes = property && args.length > 0;
  return { writes, safe: !writes && (member.safe || property) };
}

/** The parts of the peer that limit how long callers wait. */
export interface Waits {
  readonly clock: Clock;
  /** Milliseconds for a call unless its settings differ. */
  readonly timeout: number;
}

/** Returns the milliseconds for a call. An upload has no limit of its own: the server gives up when no bytes arrive. */
export function timeoutOf({ settings, args }: Pick<MemberCall, 'settings' | 'args'>, timeout: number): number {
  return settings.timeout ?? (args.some(isBytes) ? Number.POSITIVE_INFINITY : timeout);
}

/**
 * Returns the time limit of a call.
 *
 * @param spent milliseconds that have passed already
 */
export function limitOf(call: MemberCall, { clock, timeout }: Waits, spent = 0): TimeLimit {
  const { settings, service, member } = call;
  return new TimeLimit(clock, timeoutOf(call, timeout), settings.signal, nameOf(service.query, member.name), spent);
}

/** Waits within the limit of the call for what it needs before it is made. When that fails, the call has not run. */
export async function prepared<T>(call: MemberCall, waits: Waits, work: Promise<T>, spent = 0): Promise<T> {
  try {
    return await within(work, limitOf(call, waits, spent));
  } catch (error) {
    // The abort reason of the caller may be shared by many calls and is not marked.
    throw error === call.settings.signal?.reason ? error : markNotRun(error);
  }
}

/**
 * Returns a value that the caller's `validate` accepts.
 *
 * @throws NetronError `data_loss` when it rejects the value, `deadline_exceeded` when that takes longer than a call may
 */
export async function check(call: MemberCall, value: unknown, waits: Waits): Promise<unknown> {
  const said = call.settings.validate?.(value);
  const valid = await (said instanceof Promise ? within(said, limitOf(call, waits)) : said);
  const { service, member } = call;
  if (valid === false) throw new NetronError('data_loss', `${nameOf(service.query, member.name)}: the result is not valid`);
  return value;
}

/** Returns a unique idempotency key. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
