/** Sends stored changes. Loaded with the first one. */
import { type ErrorCodec, NetronError, readJson } from '@omnitron-dev/netron/http/client';
import { outdatedBy } from '../cache/patterns.js';
import type { CallSettings } from '../fluent/settings.js';
import type { ChangeResult } from '../queue/queued-call.js';
import type { StoredCall } from '../queue/storage.js';
import type { Credentials } from '../request/credentials.js';
import { currentUser } from '../request/current-user.js';
import type { PageErrors } from '../request/page-errors.js';
import { otherUser, type Principal } from '../request/principal.js';
import { orAborted, TimeLimit, within } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import type { Waits } from './member-call.js';
import type { Requests } from './requests.js';
import type { Services } from './services.js';

/** The parts of the peer that stored calls use. */
export interface StoredCallsParts {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly credentials: Credentials;
  readonly services: Services;
  readonly requests: Requests;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: PageErrors;
}

/**
 * Sends a stored change under its key.
 *
 * @throws NetronError `unauthenticated` when it belongs to another user than the current one
 */
export async function sendStored(call: StoredCall, parts: StoredCallsParts): Promise<ChangeResult> {
  const { services, requests, headers, credentials, backend } = parts;
  const found = await services.member(call.service, call.method);
  const principal = credentials.principal();
  const owner = await orAborted(Promise.resolve(principal.owner()), principal.over);
  if (`${backend} ${owner}` !== call.owner) throw otherUser();
  const args = argsOf(call, await parts.errors.codec());
  const settings: CallSettings = { idempotencyKey: call.key, retry: false };
  const own = Object.entries({ ...headers, ...call.headers }).filter(
    (header): header is [string, string] => typeof header[1] === 'string',
  );
  const reply = await requests.send({ ...found, args, settings, headers: Object.fromEntries(own), principal });
  return { value: reply.value, outdated: outdatedBy(call.invalidate, found.member.invalidates, reply) };
}

/** @throws NetronError `data_loss` when they are not a list of values: other programs may write to the storage as well */
function argsOf({ args, service, method }: StoredCall, errors: ErrorCodec): unknown[] {
  let read: unknown;
  let cause: unknown;
  try {
    read = readJson(args, { rich: true, errors });
  } catch (error) {
    cause = error;
  }
  if (Array.isArray(read)) return read;
  throw markNotRun(new NetronError('data_loss', `${service}.${method}: cannot read the stored arguments`, { cause }));
}

/** Returns a name for the server and a user. */
export async function nameOf(
  principal: Principal,
  { backend, clock, timeout }: Pick<StoredCallsParts, 'backend'> & Waits,
): Promise<string> {
  const owner = Promise.resolve(principal.owner());
  return `${backend} ${await within(owner, new TimeLimit(clock, timeout, undefined, 'the token'))}`;
}

/** Returns a name for the server and the current user, once that is known. */
export async function currentUserName({
  backend,
  credentials,
}: Pick<StoredCallsParts, 'backend' | 'credentials'>): Promise<string> {
  return `${backend} ${(await currentUser(credentials)).owner}`;
}

/** Returns the milliseconds for which the server remembers the key of a stored change. */
export async function windowOf(
  { service, method }: StoredCall,
  { services }: Pick<StoredCallsParts, 'services'>,
): Promise<number> {
  const { member } = await services.member(service, method);
  return member.idempotent ? Number.POSITIVE_INFINITY : member.idempotencyWindow;
}
