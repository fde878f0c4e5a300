/**
 * Figures of services of several nodes: `npm run bench:cluster -- --only calls,picks --rounds 9`. Rounds alternate between the
 * sides; each figure is the median of its rounds.
 */
import { parseArgs } from 'node:util';
import { calls } from './calls.mjs';
import { picks } from './picks.mjs';
import { registry } from './registry.mjs';
import { sessions } from './sessions.mjs';

/** @typedef {{ row: string, asked: string, value: string }} Line */

const parts = { calls, picks, registry, sessions };
const { values } = parseArgs({
  options: { only: { type: 'string', default: Object.keys(parts).join() }, rounds: { type: 'string', default: '9' } },
});

console.log('| | asked | |\n| --- | --- | --- |');
for (const name of values.only.split(',')) {
  const part = parts[/** @type {keyof typeof parts} */ (name)];
  if (part === undefined) throw new RangeError(`no part '${name}': expected ${Object.keys(parts).join(', ')}`);
  for (const { row, asked, value } of await part({ rounds: Number(values.rounds) }))
    console.log(`| ${row} | ${asked} | ${value} |`);
}
