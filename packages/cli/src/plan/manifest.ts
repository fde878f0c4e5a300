import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the manifest of a project; empty when there is none. */
export function manifestOf(folder: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
