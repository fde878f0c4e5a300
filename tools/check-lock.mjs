// A lock must hold the binaries of every platform and name no registry host: the root's, and those of folders that are
// not workspaces.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFiles } from './lib/files.mjs';
import { root } from './lib/root.mjs';

/**
 * @typedef {object} Entry
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {Record<string, string>} [optionalDependencies]
 */

const faults = [];
const counts = [];
for (const lock of (await repositoryFiles()).filter((file) => /(?:^|\/)package-lock\.json$/.test(file))) {
  /** @type {{ packages: Record<string, Entry> }} */
  const { packages } = JSON.parse(readFileSync(join(root, lock), 'utf8'));
  const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
  counts.push(`${lock}: ${names.size} packages`);
  for (const [path, entry] of Object.entries(packages)) {
    for (const dependency of Object.keys(entry.optionalDependencies ?? {})) {
      if (!names.has(dependency)) faults.push(`${lock}: ${path}: ${dependency} is missing`);
    }
    if (/^https?:/.test(entry.resolved ?? '')) faults.push(`${lock}: ${path}: contains a registry host`);
    if (path.includes('node_modules/') && !entry.link && !entry.integrity) faults.push(`${lock}: ${path}: has no integrity`);
  }
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(counts.join('\n'));
