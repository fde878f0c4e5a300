/** Runs calls with an idempotency key once: remembers the outcome of each, and answers repeats with it. */
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf, withOutcome } from '../errors/outcome.js';
import { checkNumbers } from '../util/check-numbers.js';
import { fingerprint } from '../util/fingerprint.js';
import { onAbort } from '../util/on-abort.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { Call, Handler } from './call.js';
import { originalCall } from './derived-call.js';
import { givenText } from './given-text.js';
import { type IdempotencyStore, type KeptOutcome, MemoryIdempotencyStore } from './idempotency-store.js';
import { identityKey } from './identity-key.js';
import type { MemberInfo } from './member.js';
import { inPlace, type PlacedMiddleware } from './places.js';
import { type CallNotes, notesOf } from './shared-run.js';

/** Options of the middleware `idempotency`. */
export interface IdempotencyOptions {
  /** Default: the memory of this process. */
  store?: IdempotencyStore;
  /** Milliseconds for which a key is remembered. Default 120,000. */
  window?: number;
  /**
   * Returns the owner of the key; equal keys of different owners are different. Default: the caller's identity (its `id`, `sub` or
   * `userId` with its `tenant`, otherwise all of it), or else the peer's id, which differs between the connections of a program that has
   * several: anonymous callers whose keys must be valid across connections or nodes need `caller`. By default, calls with a key fail with
   * `failed_precondition` when the identity is an instance of a class without such a field.
   */
  caller?: (call: Call) => string;
}

const names: OptionNames<IdempotencyOptions> = { store: true, window: true, caller: true };

const windows = new WeakMap<MemberInfo, number>();

/** Returns the milliseconds for which the keys of calls to a member are remembered; 0 when they are not. */
export function idempotencyWindow(member: MemberInfo): number {
  return windows.get(member) ?? 0;
}

/**
 * Runs a call with an idempotency key once, however often and over whichever transport it arrives. A repeat waits for the first call and
 * gets its answer: the result, or the error with its outcome. A call that was refused before the method began leaves no trace. A key that
 * is repeated with other arguments, or has more than 256 characters, is `invalid_argument`. Calls without a key, and streams, are not affected.
 *
 * @throws RangeError when `window` is not above 0; TypeError for unknown options
 */
export function idempotency(options: IdempotencyOptions = {}): PlacedMiddleware {
  onlyOptions('idempotency', options, names);
  const { store = new MemoryIdempotencyStore(), window = 120_000, caller = ownerOf } = options;
  checkNumbers('idempotency', { window }, 'a positive number');
  return inPlace('idempotency', (next: Handler, member: MemberInfo) => {
    if (member.kind === 'stream') return next;
    windows.set(member, window);
    return (call) => {
      const { idempotencyKey } = originalCall(call) as { idempotencyKey?: string };
      if (idempotencyKey === undefined) return next(call);
      if (idempotencyKey.length > longestKey) throw tooLong();
      const owner = givenText('the caller of a call with an idempotency key', caller(call));
      const key = JSON.stringify([call.service, call.method, owner, idempotencyKey]);
      return once(store, key, window, call, next);
    };
  });
}

async function once(store: IdempotencyStore, key: string, window: number, call: Call, next: Handler): Promise<unknown> {
  const noted = notesOf(call);
  for (;;) {
    const known = await begun(store, key, window, call, noted);
    if (known === 'forgotten') continue;
    if (known !== undefined) {
      if (known.ok) return known.value;
      throw known.error;
    }
    let outcome: KeptOutcome;
    try {
      outcome = { ok: true, value: await next(call) };
    } catch (error) {
      if (noted.outcome === 'not_run') {
        await store.forget(key).catch(() => {});
        throw error;
      }
      outcome = { ok: false, error: withOutcome(error, noted.outcome ?? 'ran') };
    }
    // The call has run: its caller gets the outcome even if that could not be stored.
    await store.keep(key, outcome, window).catch(() => {});
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }
}

/**
 * Begins a call with the store, until its caller gives up: a key that is granted after that is released at once. For a caller that gives up
 * while another call has the key, the outcome is unknown.
 */
async function begun(
  store: IdempotencyStore,
  key: string,
  window: number,
  call: Call,
  noted: CallNotes,
): Promise<KeptOutcome | 'forgotten' | undefined> {
  const { signal } = call;
  signal.throwIfAborted();
  noted.doubt?.(true);
  const beginning = store.begin(key, window, fingerprint(call.args), signal);
  return new Promise((resolve, reject) => {
    let waits = true;
    const leave = onAbort(signal, (reason) => {
      waits = false;
      reject(reason);
    });
    beginning.then(
      (known) => {
        leave();
        if (waits) {
          noted.doubt?.(isDoubtful(known));
          if (known !== undefined && known !== 'forgotten') noted.enter?.();
          resolve(known);
        } else if (known === undefined) store.forget(key).catch(() => {});
      },
      (error: unknown) => {
        leave();
        if (waits && !NetronError.is(error, 'unknown_outcome')) noted.doubt?.(false);
        reject(error);
      },
    );
  });
}

/** Whether the outcome of the call that has used a key is unknown. */
function isDoubtful(known: KeptOutcome | 'forgotten' | undefined): boolean {
  return typeof known === 'object' && !known.ok && outcomeOf(known.error) === 'unknown';
}

function ownerOf({ user, peer }: Call): string {
  if (user === undefined || user === null) return `peer:${peer.id}`;
  const key = identityKey(user);
  if (key !== undefined) return key;
  throw new NetronError(
    'failed_precondition',
    'idempotency: cannot distinguish the identity of the caller from others: add an id to it, or set the option caller',
  );
}

/** Maximum length of a key. */
const longestKey = 256;

function tooLong(): NetronError {
  return new NetronError('invalid_argument', `idempotencyKey must have at most ${longestKey} characters`);
}
