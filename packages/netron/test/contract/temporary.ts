import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string | undefined;
let count = 0;

/** A path that nothing is at, in a directory that is removed when the process ends. */
export function freshPath(): string {
  if (directory === undefined) {
    directory = mkdtempSync(join(tmpdir(), 'netron-'));
    const made = directory;
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  return join(directory, `s${count++}`);
}
