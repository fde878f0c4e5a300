/**
 * Error codes of the framework, a closed set:
 *
 * - `invalid_config`: the configuration cannot be read or violates its schema
 * - `invalid_use`: an invalid option, module or call
 * - `start_failed`: a module failed or timed out while the application started
 * - `stop_failed`: a step failed or timed out while the application stopped; the other steps have run
 */
export type TitanErrorCode = 'invalid_config' | 'invalid_use' | 'start_failed' | 'stop_failed';

/** Marks errors, of whichever copy of this package. */
const brand = Symbol.for('titan.error');

/** The one error class of this package. Switch on `code`; never parse `message`. */
export class TitanError extends Error {
  override name = 'TitanError';
  readonly code: TitanErrorCode;

  /** @param message message for people, with the expected and the actual value */
  constructor(code: TitanErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** @internal */
  get [brand](): boolean {
    return true;
  }

  /** Returns whether `error` is a `TitanError`, also of another copy of this package, for which `instanceof` is false. */
  static is(error: unknown): error is TitanError {
    try {
      return !!(error as { [brand]?: boolean } | undefined)?.[brand];
    } catch {
      // A proxy may throw on any access.
      return false;
    }
  }
}
