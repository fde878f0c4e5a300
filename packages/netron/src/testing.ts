/** Entry `netron/testing`: virtual time, turns and random numbers for tests, and simulated clusters that run in one process from a seed. */
export type { Fault, FaultKind, FaultPlan, LinkFault, ProcessFault } from './testing/faults.js';
export type { SimulatedNetwork } from './testing/network.js';
export type { SimulatedProcess } from './testing/process.js';
export { SeededRandom } from './testing/seeded-random.js';
export { type Scenario, type SimulateOptions, SimulationError, type SimulationReport, simulate } from './testing/simulate.js';
export { VirtualClock } from './testing/virtual-clock.js';
export { VirtualScheduler } from './testing/virtual-scheduler.js';
export type { World } from './testing/world.js';
