/**
 * Codes of Aether's own errors:
 *
 * - `cycle`: a computed reads itself, effects keep triggering each other, or a setup waits for data that it requests itself
 * - `no_owner`: a function that needs an owner (a component, an effect, a root) was called outside of one
 * - `no_container`: `inject()` was called where no container is available
 * - `no_element`: the element to mount into does not exist
 * - `disposed`: a disposed application was asked to mount a view
 * - `unknown_backend`: the requested backend is not configured
 */
export type AetherErrorCode = 'cycle' | 'no_owner' | 'no_container' | 'no_element' | 'disposed' | 'unknown_backend';

/** An error of Aether itself. Switch on `code`; never parse `message`. */
export class AetherError extends Error {
  override readonly name = 'AetherError';

  constructor(
    readonly code: AetherErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Converts any thrown value to an `Error`. An `Error` passes through. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describe(thrown), { cause: thrown });
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'an unprintable value was thrown';
  }
}

/** Reports an unhandled error to the runtime, as an uncaught one, without stopping the running code. */
export function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
