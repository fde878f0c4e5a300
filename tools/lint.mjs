// Every static check of the repository but types.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runGroups } from './lib/checks.mjs';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { node, tool } from './lib/run.mjs';

const sources = packages.map(({ folder }) => `packages/${folder}/src`).filter((path) => existsSync(join(root, path)));
const promises = ['-A', 'all', '-D', 'typescript/no-floating-promises', '-D', 'typescript/no-misused-promises'];

/** @type {import('./lib/checks.mjs').Check[]} */
const checks = [
  {
    name: 'format and rules (biome)',
    run: () => tool('biome', ['check', '--error-on-warnings', '--colors=off', '--max-diagnostics=100', '.']),
  },
  {
    name: 'floating promises (oxlint)',
    run: () => tool('oxlint', ['--type-aware', '--format=unix', '--ignore-pattern=**/*.test-d.ts', ...promises, ...sources]),
  },
  { name: 'layers and cycles (dependency-cruiser)', run: () => node('tools/check-layers.mjs', []) },
  { name: 'lock file', run: () => node('tools/check-lock.mjs', []) },
  { name: 'unused files, exports, dependencies (knip)', run: () => tool('knip', ['--no-progress', '--no-config-hints']) },
  { name: 'texts, lengths, links', run: () => node('tools/check-text.mjs', []) },
];
// Some of them use one processor only.
await runGroups(checks.map((check) => [check]));
