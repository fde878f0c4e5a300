/** Sends one stored call: marks it as sent, sends it, and retries until its outcome is known. */
import { afterAttempt, type Clock, NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { isOtherUser } from '../request/principal.js';
import { report } from '../util/attempt.js';
import type { ChangeResult } from './queued-call.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** The parts of the queue that sending uses. */
export interface SendingParts {
  readonly storage: QueueStorage;
  readonly clock: Clock;
  readonly activity: Activity;
  /** Whether the user has changed or the queue is closed. */
  stopped(call: StoredCall): Promise<boolean>;
  /** Sends a call and returns its result. */
  send(call: StoredCall): Promise<ChangeResult>;
  /** Returns the milliseconds for which the server remembers the key of a call; `Infinity` when the call may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Waits for the network, or for a time that grows with the failures. */
  pause(failures: number): Promise<void>;
}

/** State of a call that is being sent. */
export interface SendState {
  /** Milliseconds since 1970 when it was first sent; `undefined` when it was not. */
  sent: number | undefined;
  /** Whether a request is in flight. */
  sending: boolean;
  /** Whether it was cleared and must not be sent again. */
  cleared: boolean;
}

/** How sending ended. `deferred`: the call is sent later, or by another tab. */
export type SendOutcome =
  | { readonly kind: 'ran'; readonly result: ChangeResult }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'deferred' };

/** Sends a call until its outcome is known, it is cleared, or the user changes. */
export async function sendCall(call: StoredCall, state: SendState, parts: SendingParts): Promise<SendOutcome> {
  const { activity, clock } = parts;
  const ended = async () => state.cleared || (await parts.stopped(call));
  for (let failures = 0; !(await ended()); failures++) {
    if (failures > 0 || !activity.online) {
      await parts.pause(failures);
      if (await ended()) break;
    }
    try {
      const window = await parts.window(call);
      const before = state.sent;
      // A clock that was set back makes the age unknown: treat the key as expired.
      if (before !== undefined && Math.abs(clock.wall() - before) >= window) {
        const why = 'it was sent so long ago that the server no longer knows it; it may have run';
        const error = new NetronError('unknown_outcome', `${call.service}.${call.method}: ${why}`);
        return { kind: 'failed', error: withOutcome(error, 'unknown') };
      }
      const sent = { ...call, sent: before ?? clock.wall() };
      const noted = await note(sent, parts.storage);
      if (noted === false) return { kind: 'cleared' };
      // Without the mark, a page that reloads would not know that the call was sent, nor when: it could run twice.
      if (noted === undefined && before === undefined && window !== Number.POSITIVE_INFINITY) continue;
      if (state.cleared) break;
      state.sent = sent.sent;
      state.sending = true;
      try {
        return { kind: 'ran', result: await parts.send(sent) };
      } catch (error) {
        if ((error as { outcome?: unknown } | null)?.outcome === 'not_run') {
          state.sent = before;
          await note({ ...call, sent: before }, parts.storage);
        }
        throw error;
      } finally {
        state.sending = false;
      }
    } catch (error) {
      if (isOtherUser(error)) break;
      // An earlier attempt may have run, whatever happened to this one.
      if (!isTransient(error))
        return { kind: 'failed', error: state.sent === undefined ? error : afterAttempt(undefined, error) };
    }
  }
  return { kind: state.cleared ? 'cleared' : 'deferred' };
}

/**
 * Stores that a call was sent.
 *
 * @returns `false` when the call is not stored any more; `undefined` when the storage failed, which is logged to the console
 */
async function note(call: StoredCall, storage: QueueStorage): Promise<boolean | undefined> {
  let stored: boolean | undefined;
  await report('cannot mark a change as sent', async () => {
    const found: unknown = await storage.update(call);
    if (typeof found !== 'boolean') throw new TypeError('update() of the queue storage must return a boolean');
    stored = found;
  });
  return stored;
}

/** Whether a failure is transient, so that the call is sent again. An error from the method itself is the outcome of the call. */
function isTransient(error: unknown): boolean {
  const { code, outcome, retryAfterMs } = (error ?? {}) as { code?: unknown; outcome?: unknown; retryAfterMs?: unknown };
  if (outcome === 'ran') return false;
  if (code === 'resource_exhausted') return retryAfterMs !== undefined;
  return ['unavailable', 'unknown_outcome', 'deadline_exceeded', 'unauthenticated'].includes(code as string);
}
