// Layers and cycles of the sources, by the tables in .dependency-cruiser.mjs. Counts what was looked at: a resolver
// that finds no TypeScript reports no violations either.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { layers } from '../.dependency-cruiser.mjs';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { tool } from './lib/run.mjs';

const faults = [];
const sources = packages.map(({ folder }) => `packages/${folder}/src`).filter((path) => existsSync(join(root, path)));
const { output, stdout } = await tool('depcruise', ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...sources]);

/** @type {{ modules: { source: string }[], summary: { violations: { from: string, to: string, rule: { name: string }, cycle?: { name: string }[] }[], ruleSetUsed: { forbidden: { name: string, comment?: string }[] } } }} */
let report;
try {
  report = JSON.parse(stdout);
} catch {
  console.error(output);
  process.exit(1);
}

const comments = new Map(report.summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment ?? name]));
for (const { from, to, rule, cycle } of report.summary.violations) {
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  faults.push(`${from} → ${path}: ${comments.get(rule.name)} (${rule.name})`);
}

const found = new Set(report.modules.map(({ source }) => source));
const counts = [];
for (const { folder, path } of packages) {
  const table = layers[folder];
  if (!table) {
    faults.push(`packages/${folder} has no table in .dependency-cruiser.mjs`);
    continue;
  }
  const src = join(path, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[cm]?tsx?$/.test(file));
  for (const file of files) {
    const source = relative(root, join(src, file)).replaceAll('\\', '/');
    if (!found.has(source)) faults.push(`${source} was not checked`);
  }
  if (files.length < table.minimum) faults.push(`${folder}: ${files.length} modules, expected at least ${table.minimum}`);
  counts.push(`${folder} ${files.length}`);
  if (table.rows.length === 0) continue;
  const known = new Set([...table.rows.flat(), table.platform?.folder]);
  for (const entry of readdirSync(src, { withFileTypes: true })) {
    if (entry.isDirectory() && !known.has(entry.name)) {
      faults.push(`packages/${folder}/src/${entry.name} is missing in the table of .dependency-cruiser.mjs`);
    }
  }
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`modules: ${counts.join(', ')}`);
