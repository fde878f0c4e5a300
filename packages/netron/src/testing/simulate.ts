import { checkNumbers } from '../util/check-numbers.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { thrownText } from '../util/thrown.js';
import { checkFaults, type Fault, type FaultPlan, type PlannedFault, planFaults } from './faults.js';
import { preload } from './preload.js';
import { SeededRandom } from './seeded-random.js';
import { World, type WorldLimits } from './world.js';

/** A program over several nodes that checks what it promises: rejects, or lets an invariant fail, when it does not hold. */
export type Scenario = (world: World) => Promise<void>;

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Seed of the first run; the following ones have the next numbers. Default 1. */
  seed?: number;
  /** Default 1. */
  runs?: number;
  /** Faults drawn from the seed, or exactly those that are listed. Default: none. */
  faults?: FaultPlan | readonly Fault[];
  /** Milliseconds of virtual time that a run may take. Default an hour. */
  limit?: number;
  /** Events that a run may take. Default 1,000,000. */
  steps?: number;
  /** Keeps the whole trace of the last run. Default `false`: its last 40 lines. */
  trace?: boolean;
}

const names: OptionNames<SimulateOptions> = { seed: true, runs: true, faults: true, limit: true, steps: true, trace: true };

/** Facts about runs that went well. */
export interface SimulationReport {
  readonly runs: number;
  /** Events of all runs. */
  readonly steps: number;
  /** Milliseconds of virtual time of all runs. */
  readonly time: number;
  /** Faults that have happened, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Digest of the last run's trace: equal runs have equal ones. */
  readonly digest: string;
  /** Trace of the last run. */
  readonly trace: readonly string[];
}

/** Runs of one failure at most, while the list of its faults gets shorter. */
const mostReruns = 200;

/** A run that failed: its seed, and the fewest faults with which it still does. */
export class SimulationError extends Error {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** The last lines of what happened, or all of them. */
  readonly trace: readonly string[];

  /** @internal */
  constructor(seed: number, faults: readonly Fault[], cause: unknown, trace: readonly string[]) {
    const reason = thrownText(cause);
    const list = faults.length === 0 ? '[]' : `[\n${faults.map((fault) => `  ${JSON.stringify(fault)},`).join('\n')}\n]`;
    super(`seed ${seed} fails: ${reason}\nagain by { seed: ${seed}, faults: ${list} }`, { cause });
    this.name = 'SimulationError';
    this.seed = seed;
    this.faults = faults;
    this.trace = trace;
  }
}

/**
 * Runs a scenario once for each seed, on virtual time and a virtual network, one event after the other: a run is the same each
 * time, byte for byte. A run in which nothing can happen any more, or that takes too long, fails and says what it waits for;
 * so does one after which something is left.
 *
 * @throws SimulationError for the first run that fails; TypeError for unknown options; RangeError for numbers that cannot be
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<SimulationReport> {
  checkOptions('simulate', options, names);
  const { seed: first = 1, runs = 1, faults: given = [], limit = 3_600_000, steps = 1_000_000, trace = false } = options;
  if (!Number.isSafeInteger(first)) throw new RangeError(`simulate: seed must be a whole number, not ${first}`);
  if (!(Number.isSafeInteger(runs) && runs > 0))
    throw new RangeError(`simulate: runs must be a whole number above 0, not ${runs}`);
  checkNumbers('simulate', { limit, steps }, 'above 0');
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

/** Leaves out what is not needed for the failure: halves first, then one fault after the other. */
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
    for (let at = 0; at < shortest.faults.length && reruns < mostReruns; ) {
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
    else if (!shorter || reruns >= mostReruns) break;
  }
  return new SimulationError(seed, shortest.faults, shortest.error, shortest.trace);
}

function fixed(faults: readonly Fault[]): PlannedFault[] {
  return faults.map((fault) => ({ at: fault.at, choose: () => fault }));
}

/** Faults of which others were left out: one that now comes before its process does not happen. */
function part(faults: readonly Fault[]): PlannedFault[] {
  return faults.map((fault) => {
    const names = 'process' in fault ? [fault.process] : fault.between;
    return { at: fault.at, choose: ({ known }) => (names.every((name) => known.includes(name)) ? fault : undefined) };
  });
}
