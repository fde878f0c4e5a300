/** What nodes promise holds under faults that are drawn from seeds. */
import { describe, expect, it } from 'vitest';
import { type FaultPlan, type Scenario, simulate } from '../../src/testing.js';
import { callFaults, calls } from './calls.js';
import { eventFaults, events } from './events.js';
import { keyed, keyedFaults } from './keyed.js';
import { referenceFaults, references } from './references.js';
import { resilience, resilienceFaults } from './resilience.js';
import { runs, seed } from './runs.js';
import { sessionFaults, sessions } from './sessions.js';
import { streamFaults, streams } from './streams.js';

const scenarios: readonly [name: string, scenario: Scenario, faults: FaultPlan][] = [
  ['calls have one effect at most, and end in time', calls(), callFaults],
  ['streams are in order and whole, and end', streams, streamFaults],
  ['events come in order, and subscriptions stay', events, eventFaults],
  ['references are called while they are held, and given back', references, referenceFaults],
  ['calls with a key have one effect, repeated or not', keyed(), keyedFaults],
  ['sessions go on as if nothing had happened', sessions, sessionFaults],
  ['breaker, bulkhead and retry keep to their numbers', resilience, resilienceFaults],
];

describe(`under faults, ${runs} seeds each`, () => {
  it.each(scenarios)('%s', async (_name, scenario, faults) => {
    const report = await simulate(scenario, { seed, runs, faults });
    expect(report.runs).toBe(runs);
  });
});
