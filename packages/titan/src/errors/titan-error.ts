/**
 * Reasons of the framework, a closed set:
 *
 * - `invalid_config`: the configuration cannot be read or does not fit its schema
 * - `invalid_use`: an option, a module or a call that makes no sense where it stands
 * - `start_failed`: a module failed, or took too long, while the application started
 * - `stop_failed`: a step failed, or took too long, while it stopped; the other steps have run
 */
export type TitanErrorCode = 'invalid_config' | 'invalid_use' | 'start_failed' | 'stop_failed';

/** Marks errors, of whichever copy of this package. */
const brand = Symbol.for('titan.error');

/** The one error class of this package. Switch on `code`; never parse `message`. */
export class TitanError extends Error {
  override name = 'TitanError';
  readonly code: TitanErrorCode;

  /** @param message for people: what was expected and what came */
  constructor(code: TitanErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** @internal */
  get [brand](): boolean {
    return true;
  }

  /** Whether `error` is one, also of another copy of this package, where `instanceof` says no. */
  static is(error: unknown): error is TitanError {
    try {
      return !!(error as { [brand]?: boolean } | undefined)?.[brand];
    } catch {
      // A proxy may throw whatever is asked of it.
      return false;
    }
  }
}
