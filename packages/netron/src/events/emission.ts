/** Emission of an event: asks its subscribers and combines their outcomes into the emitter's result. */
import { checkSignal } from '../util/check.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { EmitError } from './emit-error.js';
import type { EmitOptions } from './emit-options.js';
import { sortOutcomes } from './outcomes.js';
import { type Outcome, Round } from './round.js';
import type { Publication, Subscriber } from './subscriber.js';

/** Milliseconds. */
const defaultTimeout = 30_000;

/** Asks subscribers, all at once or one after the other. */
export type Ask = (round: Round, subscribers: readonly Subscriber[]) => Promise<Outcome[]>;

/** An emitted event and its subscribers. */
export interface Emission {
  readonly publication: Publication;
  readonly subscribers: readonly Subscriber[];
  readonly clock: Clock;
  /** Milliseconds that each subscriber has, unless the options differ. Default 30,000; 0 means no limit. */
  readonly timeout: number | undefined;
  /** Receives failures that are not reported to the emitter. */
  failed(error: unknown): void;
}

/**
 * @returns outcomes with `collect`, otherwise results
 * @throws EmitError with `throw`, when a subscriber has failed; NetronError `canceled`; RangeError for a time that is not a number from 0
 */
export async function answersOf(emission: Emission, options: EmitOptions, ask: Ask): Promise<unknown[]> {
  const { publication, subscribers, clock, timeout: usual = defaultTimeout } = emission;
  const { timeout = usual, onError = 'throw', signal } = options;
  checkSignal(signal);
  if (options.timeout !== undefined) checkNumbers('emit', { timeout }, 'a non-negative number');
  const limits = { timeoutMs: timeout > 0 && timeout < Number.POSITIVE_INFINITY ? timeout : undefined, signal };
  const round = new Round(publication, limits, clock);
  const outcomes = await ask(round, subscribers);
  if (onError === 'collect') return outcomes;
  const { results, failures } = sortOutcomes(outcomes, round.asked);
  if (failures.length === 0) return results;
  if (onError === 'throw') throw new EmitError(publication.event, subscribers.length, failures, results);
  for (const { error } of failures) emission.failed(error);
  return results;
}
