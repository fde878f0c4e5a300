// The lock must hold the binaries of every platform and name no registry host.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

/** @type {{ packages: Record<string, { resolved?: string, integrity?: string, link?: boolean, optionalDependencies?: Record<string, string> }> }} */
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
const faults = [];
for (const [path, entry] of Object.entries(packages)) {
  for (const dependency of Object.keys(entry.optionalDependencies ?? {})) {
    if (!names.has(dependency)) faults.push(`${path}: ${dependency} is missing`);
  }
  if (/^https?:/.test(entry.resolved ?? '')) faults.push(`${path}: names a registry host`);
  if (path.includes('node_modules/') && !entry.link && !entry.integrity) faults.push(`${path}: has no integrity`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${names.size} packages, complete for every platform`);
