import { expect, it } from 'vitest';
import { simulate } from '../../src/testing.js';
import { callFaults, calls } from './calls.js';
import { runs, seed } from './runs.js';

it(`calls: ${runs} seeds`, async () => {
  const report = await simulate(calls(), { seed, runs, faults: callFaults });
  expect(report.runs).toBe(runs);
  console.log(report.steps, report.time, report.faults);
});
