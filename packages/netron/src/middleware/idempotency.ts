/** Calls with a key run once: receives calls, remembers what became of those that carry one, answers repetitions with it. */
import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf, withOutcome } from '../errors/outcome.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { fingerprint } from '../util/fingerprint.js';
import { onAbort } from '../util/on-abort.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { Call, Handler } from './call.js';
import { originalCall } from './derived-call.js';
import { givenText } from './given-text.js';
import { identityKey } from './identity-key.js';
import type { MemberInfo } from './member.js';
import { inPlace, type PlacedMiddleware } from './places.js';
import { type CallNotes, notesOf } from './shared-run.js';

/** Outcome of a call. */
export type KeptOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Remembers calls by their keys. A key belongs to whoever has begun it, until it is kept or let go. */
export interface IdempotencyStore {
  /**
   * Begins a call.
   *
   * @param ms for which the key is remembered
   * @param print stands for the arguments; absent when nothing does
   * @param signal aborts when nobody waits any more. A key that was given all the same is let go by `forget`
   * @returns `undefined` when nobody has used the key: it is then the caller's to `keep` or to `forget`; otherwise waits for
   *   what becomes of the first call; `forgotten` when that has been let go, so that the call may begin anew
   * @throws NetronError `invalid_argument` when the key was used with other arguments, `unknown_outcome` when whoever ran the
   *   call is gone, `unavailable` when nothing can be remembered
   */
  begin(key: string, ms: number, print?: string, signal?: AbortSignal): Promise<KeptOutcome | 'forgotten' | undefined>;
  /** The call has ended. */
  keep(key: string, outcome: KeptOutcome, ms: number): Promise<void>;
  /** The call did not run. */
  forget(key: string): Promise<void>;
}

/** Options of the middleware `idempotency`. */
export interface IdempotencyOptions {
  /** Default: the memory of this process. */
  store?: IdempotencyStore;
  /** Milliseconds for which a key is remembered. Default 120,000. */
  window?: number;
  /**
   * Owner of the key; equal keys of different callers are different. Default: the caller's identity (its `id`, `sub` or `userId` with
   * its `tenant`, else all of it), else the peer's id, which is another one for each connection of a program that has several: keys of
   * anonymous callers that have to hold over connections or nodes need `caller`. Calls with a key fail with `failed_precondition` when
   * the identity is an instance of a class without such a name.
   */
  caller?: (call: Call) => string;
}

const names: OptionNames<IdempotencyOptions> = { store: true, window: true, caller: true };

const windows = new WeakMap<MemberInfo, number>();

/** Milliseconds for which the keys of calls to a member are remembered; 0 when they are not. */
export function idempotencyWindow(member: MemberInfo): number {
  return windows.get(member) ?? 0;
}

/**
 * Runs a call with an idempotency key once, whichever door and how often it comes by: a repetition waits for the first and
 * gets its answer, be that a result or an error with what became of the first. What was refused before the method began leaves no trace. A key that comes with
 * other arguments, or has more than 256 characters, is `invalid_argument`. Calls without a key, and streams, are not touched.
 *
 * @throws RangeError when `window` is not above 0; TypeError for unknown options
 */
export function idempotency(options: IdempotencyOptions = {}): PlacedMiddleware {
  onlyOptions('idempotency', options, names);
  const { store = new MemoryIdempotencyStore(), window = 120_000, caller = ownerOf } = options;
  checkNumbers('idempotency', { window }, 'above 0');
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
    // It has run: who has made the call learns what came of it, whether that could be kept or not.
    await store.keep(key, outcome, window).catch(() => {});
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }
}

/**
 * Begins a call with the store, until its caller gives up: a key that it gets afterwards is forgotten at once. A caller who gives up while
 * another call has the key does not know what became of it.
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

/** Whether nobody can say what became of the call that has used a key. */
function isDoubtful(known: KeptOutcome | 'forgotten' | undefined): boolean {
  return typeof known === 'object' && !known.ok && outcomeOf(known.error) === 'unknown';
}

function ownerOf({ user, peer }: Call): string {
  if (user === undefined || user === null) return `peer:${peer.id}`;
  const key = identityKey(user);
  if (key !== undefined) return key;
  throw new NetronError(
    'failed_precondition',
    'idempotency: the identity of the caller cannot be told from others: give it an id, or say the option caller',
  );
}

/** Characters of the longest key. */
const longestKey = 256;

function tooLong(): NetronError {
  return new NetronError('invalid_argument', `an idempotency key has at most ${longestKey} characters`);
}

/** The error of a key that comes again with other arguments. */
function otherArguments(): NetronError {
  return new NetronError('invalid_argument', 'the idempotency key was used with other arguments');
}

/** Options of `MemoryIdempotencyStore`. */
export interface MemoryIdempotencyOptions {
  /** Keys at most; one more is refused with `resource_exhausted`. Default 100,000. */
  most?: number;
  /** Default: the platform's. */
  clock?: Clock;
}

const storeNames: OptionNames<MemoryIdempotencyOptions> = { most: true, clock: true };

interface Kept {
  readonly print: string | undefined;
  /** Milliseconds for which it is remembered. */
  window: number;
  expires: number;
  outcome: KeptOutcome | undefined;
  /** Repetitions that somebody still waits for. */
  readonly waiting: Set<(outcome: KeptOutcome | 'forgotten') => void>;
}

/** Keys in the memory of one process. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  /** Keys by their windows, oldest first. */
  readonly #windows = new Map<number, Set<string>>();

  /** @throws RangeError when `most` is below 1; TypeError for unknown options */
  constructor(options: MemoryIdempotencyOptions = {}) {
    onlyOptions('MemoryIdempotencyStore', options, storeNames);
    const { most = 100_000, clock = systemClock } = options;
    checkNumbers('MemoryIdempotencyStore', { most }, 'a whole number from 1');
    this.#most = most;
    this.#clock = clock;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#kept.size;
  }

  async begin(key: string, ms: number, print?: string, signal?: AbortSignal): Promise<KeptOutcome | 'forgotten' | undefined> {
    const now = this.#clock.now();
    this.#expire(now);
    const kept = this.#kept.get(key);
    if (kept?.print !== undefined && print !== undefined && kept.print !== print) throw otherArguments();
    if (kept?.outcome !== undefined) return kept.outcome;
    if (kept !== undefined) return awaited(kept.waiting, signal);
    if (this.#kept.size >= this.#most) {
      throw new NetronError('resource_exhausted', `${this.#most} keys of calls are remembered already`, { retryAfterMs: 1_000 });
    }
    this.#kept.set(key, { print, window: ms, expires: now + ms, outcome: undefined, waiting: new Set() });
    this.#list(key, ms);
    return undefined;
  }

  async keep(key: string, outcome: KeptOutcome, ms: number): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    kept.outcome = outcome;
    kept.expires = this.#clock.now() + ms;
    // It is the youngest now.
    this.#unlist(key, kept.window);
    kept.window = ms;
    this.#list(key, ms);
    for (const told of kept.waiting) told(outcome);
  }

  async forget(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#delete(key, kept.window);
    for (const told of kept.waiting) told('forgotten');
  }

  #list(key: string, window: number): void {
    const keys = this.#windows.get(window);
    if (keys === undefined) this.#windows.set(window, new Set([key]));
    else keys.add(key);
  }

  #unlist(key: string, window: number): void {
    const keys = this.#windows.get(window);
    keys?.delete(key);
    if (keys?.size === 0) this.#windows.delete(window);
  }

  #delete(key: string, window: number): void {
    this.#kept.delete(key);
    this.#unlist(key, window);
  }

  #expire(now: number): void {
    for (const [window, keys] of this.#windows)
      for (const key of keys) {
        const { expires, outcome } = this.#kept.get(key) as Kept;
        if (expires > now) break;
        // A call that is still running keeps its key.
        if (outcome !== undefined) this.#delete(key, window);
      }
  }
}

/** Waits to be told what becomes of the first call; rejects, and leaves nothing behind, when nobody waits any more. */
function awaited(waiting: Kept['waiting'], signal: AbortSignal | undefined): Promise<KeptOutcome | 'forgotten'> {
  return new Promise((resolve, reject) => {
    let leave = (): void => {};
    const told = (outcome: KeptOutcome | 'forgotten'): void => {
      waiting.delete(told);
      leave();
      resolve(outcome);
    };
    waiting.add(told);
    if (signal === undefined) return;
    leave = onAbort(signal, (reason) => {
      waiting.delete(told);
      reject(reason);
    });
  });
}
