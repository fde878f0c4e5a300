/**
 * `npm run bench:aether`: measures the front end beside other libraries. One run, interleaved rounds, CPU time, medians of the
 * ratios of rounds. Writes `results.md`, `results.json` and the tables in the README of aether when everything was measured,
 * `partial.*` otherwise.
 */
import { writeFileSync } from 'node:fs';
import { writeReadme } from '../harness/readme.mjs';
import { install } from './harness/install.mjs';
import { parts, readOptions, usage } from './harness/options.mjs';
import { describe, summary, table } from './harness/report.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(usage);
  process.exit(0);
}
install(options.build);

const start = performance.now();
const sections = [];
for (const part of parts.filter((each) => options.only.includes(each))) {
  console.error(`── ${part}`);
  const { sections: made } = await import(`./${part}/report.mjs`);
  for (const section of await made(options)) {
    console.log(`${table(section)}\n`);
    sections.push(section);
  }
}

const whole = options.only.length === parts.length && options.rows === '';
const caption = describe(options);
const file = (name) => new URL(`${whole ? 'results' : 'partial'}.${name}`, import.meta.url);
writeFileSync(file('md'), `# Results\n\n${caption}\n\n${sections.map(table).join('\n\n')}\n`);
writeFileSync(file('json'), `${JSON.stringify({ caption, sections }, undefined, 1)}\n`);
if (whole) writeReadme('aether', `${caption}\n\n${sections.map(summary).join('\n\n')}`);
console.error(`${Math.round((performance.now() - start) / 1000)} s`);
