import { checkNumbers } from '../util/check-numbers.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { SeededRandom } from './seeded-random.js';

/** A fault of the connections between two processes. */
export type LinkFault = {
  /** Milliseconds after the start of the run. */
  readonly at: number;
  readonly between: readonly [string, string];
} & (
  | {
      /** `cut`: the connections break, and both ends are notified. `silence`: they break without a notification. */
      readonly kind: 'cut' | 'silence';
    }
  | {
      /**
       * `partition`: no message passes between them. `clog`: no message passes from the first to the second. `slow`: every message
       * between them takes 500 ms longer. Messages sent meanwhile are not lost.
       */
      readonly kind: 'partition' | 'clog' | 'slow';
      readonly ms: number;
    }
);

/** A fault of a process. */
export interface ProcessFault {
  readonly at: number;
  /**
   * `pause`: the process stops, as after SIGSTOP. `restart`: it is killed and starts again after `ms`; only for processes with a
   * program (`start`). `jump`: its wall time jumps by `ms`, which may be negative.
   */
  readonly kind: 'pause' | 'restart' | 'jump';
  readonly process: string;
  readonly ms: number;
}

/** One fault. */
export type Fault = LinkFault | ProcessFault;

/** A kind of fault. */
export type FaultKind = Fault['kind'];

/** Faults that are chosen at random from the seed. */
export interface FaultPlan {
  /** Kinds of faults to choose from. Default: all. A kind that is listed twice is twice as likely. */
  readonly kinds?: readonly FaultKind[];
  /** Maximum number of faults in one run; the number is random, too. Default 6. */
  readonly most?: number;
  /** Milliseconds within which they happen. Default 20,000. */
  readonly within?: number;
  /** Maximum milliseconds that one lasts. Default 10,000. */
  readonly longest?: number;
  /** Processes without faults. Default: none. */
  readonly spare?: readonly string[];
}

const planNames: OptionNames<FaultPlan> = { kinds: true, most: true, within: true, longest: true, spare: true };

/** Every kind of fault. */
export const faultKinds: readonly FaultKind[] = ['cut', 'silence', 'partition', 'clog', 'slow', 'pause', 'restart', 'jump'];

/** Processes that can have a fault at its time. */
export interface FaultTargets {
  /** Names of the processes that have been started. */
  readonly known: readonly string[];
  /** Names of the processes that are alive. */
  readonly all: readonly string[];
  /** Names of the processes that can be restarted. */
  readonly restartable: readonly string[];
}

/** A fault that is planned for a time; its targets are chosen then. */
export interface PlannedFault {
  readonly at: number;
  /** Chooses among the live processes. @returns `undefined` when no process can have the fault */
  choose(targets: FaultTargets): Fault | undefined;
}

/**
 * Chooses the faults of a run at random.
 *
 * @throws TypeError for unknown options; RangeError for invalid kinds and numbers
 */
export function planFaults(plan: FaultPlan, random: SeededRandom): PlannedFault[] {
  checkOptions('faults', plan, planNames);
  const { kinds = faultKinds, most = 6, within = 20_000, longest = 10_000, spare = [] } = plan;
  if (kinds.length === 0) throw new RangeError('faults: kinds must not be empty');
  checkKinds(kinds);
  checkNumbers('faults', { most, within, longest }, 'a non-negative number');
  const count = random.integer(0, most);
  return Array.from({ length: count }, (_, number) => {
    const own = random.fork(number);
    const at = Math.round(own.number() * within);
    const kind = own.pick(kinds);
    // Exponential, so that short faults are as likely as long ones.
    const ms = Math.max(1, Math.round(longest ** own.number()));
    return { at, choose: (targets: FaultTargets) => choose(kind, at, ms, targets, spare, own) };
  }).sort((a, b) => a.at - b.at);
}

/** @returns the listed faults. @throws RangeError when one has an unknown kind or an invalid time */
export function checkFaults(listed: readonly Fault[]): readonly Fault[] {
  checkKinds(listed.map(({ kind }) => kind));
  for (const fault of listed) {
    const where = `faults: ${fault.kind}`;
    checkNumbers(where, { at: fault.at }, 'a non-negative number');
    const { kind, ms } = fault as { readonly kind: FaultKind; readonly ms?: number };
    // The wall time may jump back.
    if (kind !== 'cut' && kind !== 'silence')
      checkNumbers(where, { ms: kind === 'jump' ? Math.abs(ms as number) : ms }, 'a non-negative number');
  }
  return listed;
}

function checkKinds(kinds: readonly FaultKind[]): void {
  const unknown = kinds.find((kind) => !faultKinds.includes(kind));
  if (unknown !== undefined) throw new RangeError(`faults: unknown kind '${String(unknown)}'; known: ${faultKinds.join(', ')}`);
}

function choose(
  kind: FaultKind,
  at: number,
  ms: number,
  targets: FaultTargets,
  spare: readonly string[],
  random: SeededRandom,
): Fault | undefined {
  const all = targets.all.filter((name) => !spare.includes(name));
  if (kind === 'restart') {
    const some = targets.restartable.filter((name) => !spare.includes(name));
    return some.length === 0 ? undefined : { at, kind, process: random.pick(some), ms };
  }
  if (kind === 'pause') return all.length === 0 ? undefined : { at, kind, process: random.pick(all), ms };
  if (kind === 'jump') {
    const hours = random.integer(-2, 2);
    return all.length === 0
      ? undefined
      : { at, kind, process: random.pick(all), ms: hours * 3_600_000 + random.integer(-500, 500) };
  }
  if (all.length < 2) return undefined;
  const one = random.pick(all);
  const between = [one, random.pick(all.filter((name) => name !== one))] as const;
  return kind === 'cut' || kind === 'silence' ? { at, kind, between } : { at, kind, between, ms };
}
