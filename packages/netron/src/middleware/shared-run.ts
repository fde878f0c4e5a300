import type { CallOutcome } from '../errors/outcome.js';
import type { Call } from './call.js';
import { originalCall } from './derived-call.js';

/** Notes of a node on a call that it answers. Calls that a node makes have none. */
export interface CallNotes {
  /** Fate of the method, where the call fails. */
  readonly outcome?: CallOutcome;
  /** Notes whether nobody can say that. */
  doubt?(on: boolean): void;
  /** Notes that the method has begun. */
  enter?(): void;
}

/** Returns the notes on a call, whatever was derived from it. */
export const notesOf = (call: Call): CallNotes => originalCall(call) as CallNotes;

/**
 * Answers a call with what comes of another, for which the method runs: for middleware that runs equal calls once. When it fails, the error of `call` tells of
 * that run by its `outcome`; a caller who gives up before is told `unknown`.
 *
 * @param maker the call that the method runs for; `undefined` while another node may run it, for `call` may then begin itself
 * @param result what comes of `maker`, settled when its run is over
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
