/** Writes a set of files, all or none. */
import { lstatSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { Refusal } from './refusal.js';

/** A file to write. */
export interface PlannedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly content: string;
}

/** Options for writing files. */
export interface WriteOptions {
  /** Writes nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** Replaces existing files. Default `false`. */
  readonly force?: boolean;
}

/**
 * Writes files below a folder. Without `force`, none of them remains when one exists already or anything else fails; with it, replaced
 * files stay replaced.
 *
 * @returns paths of the files
 * @throws Refusal when files exist and `force` is not set, or a folder on the way leads elsewhere
 */
export function writePlan(
  folder: string,
  files: readonly PlannedFile[],
  { dryRun = false, force = false }: WriteOptions = {},
): string[] {
  const existing = files.filter(({ path }) => exists(join(folder, path)));
  if (existing.length > 0 && !force)
    throw new Refusal(
      `nothing was written: ${existing.map(({ path }) => path).join(', ')} already ${existing.length === 1 ? 'exists' : 'exist'}; use --force to replace`,
    );
  for (const { path } of files) checkInside(folder, path);
  if (!dryRun) writeAll(folder, files, force);
  return files.map(({ path }) => path);
}

function writeAll(folder: string, files: readonly PlannedFile[], force: boolean): void {
  const written: string[] = [];
  try {
    for (const { path, content } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      // `wx`: another process may have created it in the meantime.
      writeFileSync(file, content, { flag: force ? 'w' : 'wx' });
      if (!force) written.push(file);
    }
  } catch (error) {
    for (const file of written) rmSync(file, { force: true });
    throw error;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Refuses a folder on the way that is a link to another place. */
function checkInside(folder: string, path: string): void {
  let nearest = dirname(join(folder, path));
  while (!exists(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  if (!exists(folder)) return;
  const way = relative(realpathSync(folder), realpathSync(nearest));
  if (way === '..' || way.startsWith(`..${sep}`)) throw new Refusal(`nothing was written: ${path} would be outside of ${folder}`);
}
