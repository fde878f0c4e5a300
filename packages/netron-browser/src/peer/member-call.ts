/** One call of a member: what it is, and the names by which caches and errors know it. */
import { type Clock, NetronError } from '@omnitron-dev/netron/http/client';
import { nameOf } from '../cache/key.js';
import type { CallSettings } from '../fluent/settings.js';
import type { Principal } from '../request/principal.js';
import { TimeLimit } from '../util/limit.js';
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

/** The end of its caller's patience. */
export function limitOf({ settings, service, member }: MemberCall, clock: Clock): TimeLimit {
  return new TimeLimit(clock, settings.timeout, settings.signal, nameOf(service.query, member.name));
}

/** @throws NetronError `data_loss` when the caller's own check refuses a result */
export async function check({ validate }: CallSettings, value: unknown, what: string): Promise<void> {
  if (validate === undefined) return;
  if ((await validate(value)) === false) throw new NetronError('data_loss', `${what}: the result is not valid`);
}

/** A key that no other call has. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
