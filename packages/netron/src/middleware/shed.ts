import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { Handler } from './call.js';

/** Options of the middleware `shed`. */
export interface ShedOptions {
  /** Milliseconds that calls may wait for the event loop. Default 20. */
  target?: number;
  /** Milliseconds during which every wait must be longer before calls are refused. Default 100. */
  interval?: number;
  /** Default: the platform's clock. */
  clock?: Clock;
}

const names: OptionNames<ShedOptions> = { target: true, interval: true, clock: true };

/** Milliseconds between two measurements of the event loop's delay. */
const period = 5;

/**
 * Refuses calls with `resource_exhausted` while the process cannot keep up (controlled delay, CoDel). When the event loop
 * has been late by more than `target` every time during `interval`, each of its turns answers as many calls as `target`
 * allows and refuses the others at once, so that the answered ones are answered soon. A single long turn causes no
 * refusal. A timer runs only while calls arrive.
 *
 * @throws RangeError when an option is not above 0; TypeError for unknown options
 */
export function shed(options: ShedOptions = {}): (next: Handler) => Handler {
  onlyOptions('shed', options, names);
  const { target = 20, interval = 100, clock = systemClock } = options;
  checkNumbers('shed', { target, interval }, 'a positive number');
  const loop = new LoopDelay(target, interval, clock);
  return (next) => (call) => {
    const late = loop.late();
    if (!loop.overloaded || late <= target) return next(call);
    const message = `${call.service}.${call.method} rejected: the event loop is ${Math.round(late)} ms late`;
    throw withOutcome(new NetronError('resource_exhausted', message, { retryAfterMs: interval }), 'not_run');
  };
}

/** Measures the delay of the event loop, and whether it persists. */
class LoopDelay {
  overloaded = false;
  readonly #target: number;
  readonly #interval: number;
  readonly #clock: Clock;
  /** Time at which the timer is due; `undefined` while there is none. */
  #due: number | undefined;
  #asked = false;
  #least = Infinity;
  #intervalEnd = 0;

  constructor(target: number, interval: number, clock: Clock) {
    this.#target = target;
    this.#interval = interval;
    this.#clock = clock;
  }

  /** Returns the milliseconds that pending work has waited so far in this turn of the event loop. */
  late(): number {
    const now = this.#clock.now();
    this.#asked = true;
    if (this.#due === undefined) {
      this.#intervalEnd = now + this.#interval;
      this.#least = Infinity;
      this.#arm(now);
    }
    return Math.max(0, now - (this.#due as number));
  }

  #arm(now: number): void {
    this.#due = now + period;
    this.#asked = false;
    this.#clock.setTimeout(() => this.#look(), period, true);
  }

  #look(): void {
    const now = this.#clock.now();
    this.#least = Math.min(this.#least, now - (this.#due as number));
    if (now >= this.#intervalEnd) {
      this.overloaded = this.#least > this.#target;
      this.#least = Infinity;
      this.#intervalEnd = now + this.#interval;
    }
    if (this.#asked || this.overloaded) this.#arm(now);
    else this.#due = undefined;
  }
}
