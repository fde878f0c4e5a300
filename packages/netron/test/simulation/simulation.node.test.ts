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
  ['calls take effect at most once, and end in time', calls(), callFaults],
  ['streams arrive complete and in order, and end', streams, streamFaults],
  ['events arrive in order, and subscriptions are kept', events, eventFaults],
  ['references can be called while they are held, and are released', references, referenceFaults],
  ['calls with an idempotency key take effect once, repeated or not', keyed(), keyedFaults],
  ['sessions resume without losing or repeating messages', sessions, sessionFaults],
  ['resumable streams continue at other nodes', resuming, resumingFaults],
  ['circuit breaker, bulkhead and retry stay within their limits', resilience, resilienceFaults],
];

it('12 restarts of three nodes, one after the other: no call fails or takes effect twice, and streams continue in order', async () => {
  const report = await simulate(rolling(12), { seed, runs: Math.ceil(runs / 16) });
  expect(report.runs).toBe(Math.ceil(runs / 16));
});

it('a cluster with discovery behaves identically, byte for byte, for equal seeds', async () => {
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
