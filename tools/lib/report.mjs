import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

/** @param {string} name */
const file = (name) => join(root, 'coverage', 'reports', `${name}.counts.json`);

/**
 * Leaves the counts of a step for `tools/verify.mjs`.
 *
 * @param {string} name
 * @param {{ passed: number, failed: number, skipped?: number }} counts
 */
export function writeCounts(name, { passed, failed, skipped = 0 }) {
  mkdirSync(dirname(file(name)), { recursive: true });
  writeFileSync(file(name), JSON.stringify({ passed, failed, skipped }));
}

/** @param {string} name */
export function forgetCounts(name) {
  rmSync(file(name), { force: true });
}

/**
 * @param {string} name
 * @returns {{ passed: number, failed: number, skipped: number } | undefined} undefined when the step left none
 */
export function readCounts(name) {
  try {
    return JSON.parse(readFileSync(file(name), 'utf8'));
  } catch {
    return undefined;
  }
}
