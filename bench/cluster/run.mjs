/**
 * Figures of services of several nodes: `npm run bench:cluster -- --only calls,picks --rounds 9`. Rounds alternate between the
 * sides; each figure is the median of its rounds. A run of everything writes `results.md` and `results.json`.
 */
import '../harness/application.mjs';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build, describeMachine, install } from '../harness/environment.mjs';
import { head, section } from './report.mjs';

/** Loaded when they run: what they measure is installed by then. @type {Record<string, () => Promise<Part>>} */
const parts = {
  calls: async () => (await import('./calls.mjs')).calls,
  others: async () => (await import('./others.mjs')).others,
  processes: async () => (await import('./processes.mjs')).processes,
  picks: async () => (await import('./picks.mjs')).picks,
  registry: async () => (await import('./registry.mjs')).registry,
  sessions: async () => (await import('./sessions.mjs')).sessions,
  scale: async () => (await import('./scale.mjs')).scale,
};

/** @typedef {(options: { rounds: number }) => Promise<import('./report.mjs').Line[]>} Part */

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '9' }, build: { type: 'boolean', default: true } },
  allowNegative: true,
});
const rounds = Number(values.rounds);
const names = values.only?.split(',') ?? Object.keys(parts);
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) throw new RangeError(`no part '${unknown}': expected ${Object.keys(parts).join(', ')}`);

install();
if (values.build) build(['netron', 'netron-redis']);
const machine = { date: new Date().toISOString().slice(0, 10), ...describeMachine() };
const texts = [head(machine, rounds)];
console.log(texts[0]);
/** @type {Record<string, import('./report.mjs').Line[]>} */
const measured = {};
for (const name of names) {
  const part = await /** @type {() => Promise<Part>} */ (parts[name])();
  const lines = await part({ rounds });
  measured[name] = lines;
  const text = section(name, lines);
  console.log(text);
  texts.push(text);
}
if (values.only === undefined) {
  const file = (/** @type {string} */ name) => new URL(name, import.meta.url);
  writeFileSync(file('results.md'), texts.join('\n'));
  writeFileSync(file('results.json'), `${JSON.stringify({ ...machine, rounds, measured }, undefined, 2)}\n`);
}
