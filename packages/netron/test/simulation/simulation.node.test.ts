/** What nodes promise holds under faults that are drawn from seeds. */
import { describe, expect, it } from 'vitest';
import { type FaultPlan, type Scenario, simulate } from '../../src/testing.js';
import { callFaults, calls } from './calls.js';
import { eventFaults, events } from './events.js';
import { keyed, keyedFaults } from './keyed.js';
import { referenceFaults, references } from './references.js';
import { resilience, resilienceFaults } from './resilience.js';
import { resuming, resumingFaults } from './resuming.js';
import { rolling } from './rolling.js';
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
  ['resumable streams go on at other nodes', resuming, resumingFaults],
  ['breaker, bulkhead and retry keep to their numbers', resilience, resilienceFaults],
];

it('12 restarts of three nodes, one after the other: no call fails, none has two effects, streams go on in order', async () => {
  const report = await simulate(rolling(12), { seed, runs: Math.ceil(runs / 16) });
  expect(report.runs).toBe(Math.ceil(runs / 16));
});

it('a cluster with discovery is identical, byte for byte, for equal seeds', async () => {
  const scenario = rolling(3);
  const first = await simulate(scenario, { seed });
  expect(await simulate(scenario, { seed })).toEqual(first);
  expect((await simulate(scenario, { seed: seed + 1 })).digest).not.toBe(first.digest);
});

describe(`under faults, ${runs} seeds each`, () => {
  it.each(scenarios)('%s', async (_name, scenario, faults) => {
    const report = await simulate(scenario, { seed, runs, faults });
    expect(report.runs).toBe(runs);
  });
});
