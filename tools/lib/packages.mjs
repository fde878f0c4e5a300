import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * @typedef {object} Package
 * @property {string} folder name of its folder below `packages`
 * @property {string} path absolute path
 * @property {{ name: string, version: string, dependencies?: Record<string, string>, exports?: Record<string, unknown>, files?: string[], imports?: Record<string, unknown> }} manifest
 */

/** The packages that are published, in the order of their folders' names. */
export const packages = readdirSync(join(root, 'packages'))
  .filter((folder) => existsSync(join(root, 'packages', folder, 'package.json')))
  .sort()
  .map((folder) => {
    const path = join(root, 'packages', folder);
    /** @type {Package} */
    const found = { folder, path, manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) };
    return found;
  });
