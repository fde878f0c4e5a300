/** Runs a program of this folder in a process of its own: memory and time are measured where nothing else runs. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { freshPath } from '../contract/temporary.js';
import { bundle } from '../integration/programs.js';

const run = promisify(execFile);

/** What the program prints last: figures by name. */
export async function figures<Name extends string = string>(
  name: string,
  args: readonly string[] = [],
): Promise<Record<Name, number>> {
  const outfile = `${freshPath()}.mjs`;
  try {
    await bundle(import.meta.dirname, name, outfile);
    const { stdout } = await run(process.execPath, ['--expose-gc', outfile, ...args], { timeout: 120_000 });
    const lines = stdout.trim().split('\n');
    return JSON.parse(lines[lines.length - 1] as string) as Record<Name, number>;
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** The middle one of several tries. */
export async function medianOf(name: string, args: readonly string[], figure: string, tries = 3): Promise<number> {
  const seen: number[] = [];
  for (let run_ = 0; run_ < tries; run_ += 1) seen.push((await figures(name, args))[figure] as number);
  return seen.sort((a, b) => a - b)[tries >> 1] as number;
}
