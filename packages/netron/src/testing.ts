/** Time, turns and chance for tests of what is built with this package. */
export { SeededRandom } from './testing/seeded-random.js';
export { VirtualClock } from './testing/virtual-clock.js';
export { VirtualScheduler } from './testing/virtual-scheduler.js';
