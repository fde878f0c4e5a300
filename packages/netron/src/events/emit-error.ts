import { type Code, isCode } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { thrownProperty } from '../util/thrown.js';

/** Failure of one subscriber. */
export interface EmitFailure {
  /** Position among the subscribers, in the order of their calls. */
  readonly index: number;
  /** Pattern of its subscription. */
  readonly pattern: string;
  /** Error that it threw, or `deadline_exceeded`. */
  readonly error: unknown;
}

/**
 * Some subscribers of an emitted event have failed. `code` is theirs when all failed with the same code, otherwise `unknown`.
 */
export class EmitError extends NetronError {
  override readonly name: string = 'EmitError';
  /** Failed subscribers, in the order of their calls. */
  readonly failures: readonly EmitFailure[];
  /** Results of the other subscribers, in order. */
  readonly results: readonly unknown[];

  constructor(event: string, subscribers: number, failures: readonly EmitFailure[], results: readonly unknown[]) {
    super(commonCode(failures), `${failures.length} of ${subscribers} subscribers of '${event}' failed`, {
      cause: failures[0]?.error,
    });
    this.failures = failures;
    this.results = results;
  }

  /** The errors of the subscribers, as in an `AggregateError`. */
  get errors(): unknown[] {
    return this.failures.map((failure) => failure.error);
  }
}

function commonCode(failures: readonly EmitFailure[]): Code {
  const found = new Set(failures.map(({ error }) => thrownProperty(error, 'code')));
  const [code] = found;
  return found.size === 1 && isCode(code) ? code : 'unknown';
}
