import { checkNumbers } from '../util/check-numbers.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { thrownText } from '../util/thrown.js';
import { checkFaults, type Fault, type FaultPlan, type PlannedFault, planFaults } from './faults.js';
import { preload } from './preload.js';
import { SeededRandom } from './seeded-random.js';
import { World, type WorldLimits } from './world.js';

/** A program over several nodes that checks its own claims: it rejects, or fails an invariant, when one does not hold. */
export type Scenario = (world: World) => Promise<void>;

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Seed of the first run; further runs use the following numbers. Default 1. */
  seed?: number;
  /** Number of runs. Default 1. */
  runs?: number;
  /** Faults chosen at random from the seed, or exactly the listed ones. Default: none. */
  faults?: FaultPlan | readonly Fault[];
  /** Maximum virtual time of a run, in milliseconds. Default: one hour. */
  limit?: number;
  /** Maximum number of events in a run. Default 1,000,000. */
  steps?: number;
  /** Whether to keep the whole trace of the last run. Default `false`: only its last 40 lines. */
  trace?: boolean;
}

const names: OptionNames<SimulateOptions> = { seed: true, runs: true, faults: true, limit: true, steps: true, trace: true };

/** Facts about successful runs. */
export interface SimulationReport {
  readonly runs: number;
  /** Number of events in all runs. */
  readonly steps: number;
  /** Virtual time of all runs, in milliseconds. */
  readonly time: number;
  /** Number of faults that have happened, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Digest of the last run's trace: equal runs have equal digests. */
  readonly digest: string;
  /** Trace of the last run. */
  readonly trace: readonly string[];
}

/** Maximum number of reruns of a failure while the list of its faults is shortened. */
const maxReruns = 200;

/** A run that failed: its seed, and a shortened list of faults with which it still fails. */
export class SimulationError extends Error {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** The last lines of the trace, or all of them. */
  readonly trace: readonly string[];

  /** @internal */
  constructor(seed: number, faults: readonly Fault[], cause: unknown, trace: readonly string[]) {
    const reason = thrownText(cause);
    const list = faults.length === 0 ? '[]' : `[\n${faults.map((fault) => `  ${JSON.stringify(fault)},`).join('\n')}\n]`;
    super(`seed ${seed} failed: ${reason}\nreproduce with { seed: ${seed}, faults: ${list} }`, { cause });
    this.name = 'SimulationError';
    this.seed = seed;
    this.faults = faults;
    this.trace = trace;
  }
}

/**
 * Runs a scenario once for each seed, on virtual time and a virtual network, one event after the other. A run with the same seed is
 * identical each time, byte for byte. A run fails, and states what it waits for, when nothing more can happen in it or it takes
 * too long; it also fails when timers or connections are left afterwards.
 *
 * @throws SimulationError for the first run that fails; TypeError for unknown options; RangeError for invalid numbers
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<SimulationReport> {
  checkOptions('simulate', options, names);
  const { seed: first = 1, runs = 1, faults: given = [], limit = 3_600_000, steps = 1_000_000, trace = false } = options;
  if (!Number.isSafeInteger(first)) throw new RangeError(`simulate: seed must be an integer, not ${first}`);
  if (!(Number.isSafeInteger(runs) && runs > 0)) throw new RangeError(`simulate: runs must be a positive integer, not ${runs}`);
  checkNumbers('simulate', { limit, steps }, 'a positive number');
  await preload();
  const limits: WorldLimits = { time: limit, steps, lines: trace ? Infinity : 40 };
  const sum = { steps: 0, time: 0, faults: {} as Record<string, number> };
  let last: World | undefined;
  for (let seed = first; seed < first + runs; seed += 1) {
    const planned = Array.isArray(given)
      ? fixed(checkFaults(given))
      : planFaults(given as FaultPlan, new SeededRandom(seed).fork('faults'));
    const { world, failure } = await runOnce(scenario, seed, planned, limits);
    if (failure !== undefined) throw await shrink(scenario, seed, world, failure.error, limits);
    sum.steps += world.steps;
    sum.time += world.clock.now();
    for (const { kind } of world.faults) sum.faults[kind] = (sum.faults[kind] ?? 0) + 1;
    last = world;
  }
  const { trace: end } = last as World;
  return { runs, ...sum, digest: end.digest, trace: end.lines };
}

interface Run {
  readonly world: World;
  readonly failure: { readonly error: unknown } | undefined;
}

async function runOnce(scenario: Scenario, seed: number, planned: readonly PlannedFault[], limits: WorldLimits): Promise<Run> {
  const world = new World(seed, planned, limits);
  try {
    await world.run(Promise.resolve().then(() => scenario(world)));
    await world.end();
    return { world, failure: undefined };
  } catch (error) {
    return { world, failure: { error } };
  } finally {
    world.kill();
  }
}

/** Leaves out faults that the failure does not need: halves first, then one fault after the other. */
async function shrink(
  scenario: Scenario,
  seed: number,
  failed: World,
  error: unknown,
  limits: WorldLimits,
): Promise<SimulationError> {
  let shortest = { faults: failed.faults as readonly Fault[], error, trace: failed.trace.lines };
  let reruns = 0;
  for (let size = Math.ceil(shortest.faults.length / 2); size >= 1 && shortest.faults.length > 0; ) {
    let shorter = false;
    for (let at = 0; at < shortest.faults.length && reruns < maxReruns; ) {
      const fewer = shortest.faults.filter((_, number) => number < at || number >= at + size);
      reruns += 1;
      const { world, failure } = await runOnce(scenario, seed, part(fewer), limits);
      if (failure === undefined) {
        at += size;
        continue;
      }
      shortest = { faults: fewer, error: failure.error, trace: world.trace.lines };
      shorter = true;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!shorter || reruns >= maxReruns) break;
  }
  return new SimulationError(seed, shortest.faults, shortest.error, shortest.trace);
}

function fixed(faults: readonly Fault[]): PlannedFault[] {
  return faults.map((fault) => ({ at: fault.at, choose: () => fault }));
}

/** Plans faults of which others were left out: a fault that would now come before the start of its process does not happen. */
function part(faults: readonly Fault[]): PlannedFault[] {
  return faults.map((fault) => {
    const names = 'process' in fault ? [fault.process] : fault.between;
    return { at: fault.at, choose: ({ known }) => (names.every((name) => known.includes(name)) ? fault : undefined) };
  });
}
