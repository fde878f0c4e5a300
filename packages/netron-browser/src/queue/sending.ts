/** One stored call on its way: noted as sent, sent, and sent again until it is known what became of it. */
import { afterAttempt, type Clock, NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { isOtherUser } from '../request/principal.js';
import { report } from '../util/attempt.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** Parts of the queue that sending uses. */
export interface SendingParts {
  readonly storage: QueueStorage;
  readonly clock: Clock;
  readonly activity: Activity;
  /** Whether somebody else is spoken for, or the queue is closed. */
  left(call: StoredCall): Promise<boolean>;
  /** Sends a call and gives its result. */
  send(call: StoredCall): Promise<unknown>;
  /** Milliseconds for which the server knows the key of a call again; `Infinity` where it may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Waits for the network, or for a while that grows. */
  pause(failures: number): Promise<void>;
}

/** State of a call that is being sent. */
export interface Course {
  /** Milliseconds since 1970 when it was first sent; `undefined`: never. */
  sent: number | undefined;
  /** Whether its answer is on the way. */
  sending: boolean;
  /** Whether it was cleared: nothing more is sent of it. */
  cleared: boolean;
}

/** End of a course. `stays`: it is sent later, or by somebody else. */
export type Ending =
  | { readonly kind: 'ran'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'stays' };

/** Sends a call until it is known what became of it, it is cleared, or somebody else is spoken for. */
export async function sendCall(call: StoredCall, course: Course, parts: SendingParts): Promise<Ending> {
  const { activity, clock } = parts;
  const over = async () => course.cleared || (await parts.left(call));
  for (let failures = 0; !(await over()); failures++) {
    if (failures > 0 || !activity.online) {
      await parts.pause(failures);
      if (await over()) break;
    }
    try {
      const window = await parts.window(call);
      const before = course.sent;
      // A clock that was set back says nothing of how long ago that was.
      if (before !== undefined && Math.abs(clock.wall() - before) >= window) {
        const why = 'it was sent, and the server does not know it any more; nobody can say whether it ran';
        const error = new NetronError('unknown_outcome', `${call.service}.${call.method}: ${why}`);
        return { kind: 'failed', error: withOutcome(error, 'unknown') };
      }
      const sent = { ...call, sent: before ?? clock.wall() };
      const noted = await note(sent, parts.storage);
      if (noted === false) return { kind: 'cleared' };
      // Without a note nobody would know after a reload that it has been sent, nor when: it could run twice.
      if (noted === undefined && before === undefined && window !== Number.POSITIVE_INFINITY) continue;
      if (course.cleared) break;
      course.sent = sent.sent;
      course.sending = true;
      try {
        return { kind: 'ran', value: await parts.send(sent) };
      } catch (error) {
        if ((error as { outcome?: unknown } | null)?.outcome === 'not_run') {
          course.sent = before;
          await note({ ...call, sent: before }, parts.storage);
        }
        throw error;
      } finally {
        course.sending = false;
      }
    } catch (error) {
      if (isOtherUser(error)) break;
      // What was sent before may have run, whatever became of this attempt.
      if (!isPassing(error)) return { kind: 'failed', error: course.sent === undefined ? error : afterAttempt(undefined, error) };
    }
  }
  return { kind: course.cleared ? 'cleared' : 'stays' };
}

/**
 * Notes whether a call was sent.
 *
 * @returns `false`: it is not stored any more; `undefined`: that could not be stored, which the console tells
 */
async function note(call: StoredCall, storage: QueueStorage): Promise<boolean | undefined> {
  let stored: boolean | undefined;
  await report('a change could not be noted as sent', async () => {
    const there: unknown = await storage.update(call);
    if (typeof there !== 'boolean') throw new TypeError('update() of a storage says whether the call was there: true or false');
    stored = there;
  });
  return stored;
}

/** Failures that say nothing of the call: it is sent again. One that its method has ended with is what became of it. */
function isPassing(error: unknown): boolean {
  const { code, outcome, retryAfterMs } = (error ?? {}) as { code?: unknown; outcome?: unknown; retryAfterMs?: unknown };
  if (outcome === 'ran') return false;
  if (code === 'resource_exhausted') return retryAfterMs !== undefined;
  return ['unavailable', 'unknown_outcome', 'deadline_exceeded', 'unauthenticated'].includes(code as string);
}
