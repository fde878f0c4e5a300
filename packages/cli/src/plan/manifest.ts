import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './refusal.js';

/**
 * Reads the manifest of a project; returns an empty one when there is none.
 *
 * @throws Refusal when it cannot be read, or is not a JSON object
 */
export function manifestOf(folder: string): Readonly<Record<string, unknown>> {
  const file = join(folder, 'package.json');
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Refusal(`cannot read ${file}: ${(error as Error).message}`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Refusal(`${file}: expected a JSON object`);
  return read as Readonly<Record<string, unknown>>;
}
