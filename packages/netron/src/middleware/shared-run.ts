import type { CallOutcome } from '../errors/outcome.js';
import type { Call } from './call.js';
import { originalCall } from './derived-call.js';

/** Notes of a node on a call that it answers. Calls that a node makes have none. */
export interface CallNotes {
  /** Whether the method ran, for a call that fails. */
  readonly outcome?: CallOutcome;
  /** Sets whether that is unknown. */
  doubt?(on: boolean): void;
  /** Marks the method as begun. */
  enter?(): void;
}

/** Returns the notes on a call, including one derived from it. */
export const notesOf = (call: Call): CallNotes => originalCall(call) as CallNotes;

/**
 * Answers a call with the result of another call, for middleware that runs equal calls once. If the other call fails, the `outcome` in the
 * error of `call` is that of the shared run; for a caller that gives up before, it is `unknown`.
 *
 * @param maker the call that the method runs for; `undefined` while another node may run it, because `call` may then begin itself
 * @param result result of `maker`, settled when its run is over
 * @returns the same result
 */
export async function shareRun<T>(call: Call, maker: Call | undefined, result: PromiseLike<T>): Promise<T> {
  const notes = notesOf(call);
  notes.doubt?.(true);
  try {
    return await result;
  } finally {
    const outcome = maker && notesOf(maker).outcome;
    notes.doubt?.(outcome === 'unknown');
    if (outcome === 'ran') notes.enter?.();
  }
}
