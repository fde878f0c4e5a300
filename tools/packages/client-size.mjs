import { readFileSync } from 'node:fs';
import { browserBytes } from './size.mjs';

/** Functions of the client that make its parts. */
const parts = [
  'reconnect',
  'callbacks',
  'streams',
  'events',
  'errors',
  'values',
  'longMessages',
  'compression',
  'pipelining',
  'observation',
  'sessions',
  'middleware',
];

/**
 * Sizes of the client of connections and of its parts, as a page has them that imports `connect` and the parts it names.
 *
 * @param {string} folder where the package is installed
 * @returns {Promise<Record<string, number>>} bytes, minified and compressed, by the names that the README has for them
 */
export async function clientSizes(folder) {
  const sizeOf = (/** @type {string[]} */ ...names) =>
    browserBytes(`export { ${['connect', ...names].join(', ')} } from '@omnitron-dev/netron/client'`, folder);
  const base = await sizeOf();
  /** @type {Record<string, number>} */
  const sizes = { 'the client itself': base };
  for (const part of parts) sizes[`${part}()`] = (await sizeOf(part)) - base;
  sizes['all of it'] = await sizeOf(...parts);
  return sizes;
}

/**
 * Compares the table of a README with what was measured.
 *
 * @param {string} readme path
 * @param {Record<string, number>} sizes bytes
 * @returns {string[]} what differs by more than 3 %
 */
export function differences(readme, sizes) {
  const rows = [...readFileSync(readme, 'utf8').matchAll(/^\| `?([^|`]+?)`? \| ([\d.]+) kB \|/gm)];
  return Object.entries(sizes).flatMap(([part, bytes]) => {
    const told = Number(rows.find(([, name]) => name === part)?.[2]);
    const now = bytes / 1024;
    return Math.abs(now - told) <= Math.max(0.1, told * 0.03) ? [] : [`${part} is ${now.toFixed(1)} kB, the README says ${told}`];
  });
}
