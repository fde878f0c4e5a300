/**
 * Reasons for which Aether itself refuses something:
 *
 * - `cycle`: a computed reads itself, effects keep each other running, or a setup waits for data that it asks for itself
 * - `no_owner`: a function that needs an owner (a component, an effect, a root) was called outside of one
 * - `no_container`: `inject()` was called where no container is in reach
 * - `no_element`: the element to mount into does not exist
 * - `disposed`: an application that has been disposed of was to mount a view
 * - `unknown_backend`: a backend was asked for that is not configured
 */
export type AetherErrorCode = 'cycle' | 'no_owner' | 'no_container' | 'no_element' | 'disposed' | 'unknown_backend';

/** Error of Aether itself. Switch on `code`; never parse `message`. */
export class AetherError extends Error {
  override readonly name = 'AetherError';

  constructor(
    readonly code: AetherErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Makes an `Error` of anything thrown. An `Error` passes through. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describe(thrown), { cause: thrown });
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'a value that cannot be written as text was thrown';
  }
}

/** Hands an error that nobody handles to the runtime, as an uncaught one, without stopping the code under way. */
export function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
