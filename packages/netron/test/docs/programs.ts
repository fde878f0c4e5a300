/** Runs files of a document as a user would, each in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SnippetFolder } from '../../../../tools/snippets.js';

export type Dialect = 'legacy' | 'standard';

/** A program that goes on until it is told to end. */
export interface Program {
  /** Resolves when it has written a line that contains `text`. */
  said(text: string): Promise<void>;
  /** Sends it a signal; resolves with what it has written, and its exit code. */
  end(signal: NodeJS.Signals): Promise<{ lines: string[]; code: number | null }>;
}

/**
 * Compiles a file with the package's sources, as a TypeScript runner would.
 *
 * @param changes texts to put in place of others, for instance a port that is free
 * @returns path of the program
 */
export async function compile(
  folder: SnippetFolder,
  file: string,
  dialect: Dialect,
  changes: Record<string, string>,
): Promise<string> {
  const output = join(folder.path, dialect);
  await mkdir(output, { recursive: true });
  const outfile = join(output, `${file}.out.mjs`);
  await rm(outfile, { force: true });
  let contents = folder.files.get(file) ?? '';
  for (const [from, to] of Object.entries(changes)) contents = contents.replaceAll(from, to);
  await build({
    stdin: { contents, sourcefile: file, loader: file.endsWith('js') ? 'js' : 'ts', resolveDir: folder.path },
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent' },
    conditions: ['@omnitron-dev/source'],
    external: ['ws', 'semver', 'semver/*'],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy' } },
  });
  return outfile;
}

/** Starts a compiled program. */
export function start(path: string): Program {
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      for (const tell of heard) tell();
    });
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const outcome = async () => ({ lines: text.split('\n').filter((line) => line !== ''), code: await closed });
  return {
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text.includes(wanted)) resolve();
        };
        heard.add(look);
        look();
        closed.then(() => reject(new Error(`the program has ended without saying '${wanted}': ${text}`)));
      }),
    async end(signal) {
      child.kill(signal);
      await closed;
      return outcome();
    },
  };
}

/** Runs a compiled program to its end; resolves with what it has written. */
export async function runToEnd(path: string): Promise<string[]> {
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let problems = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    problems += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the program has ended with ${code}: ${text}${problems}`);
  return text.split('\n').filter((line) => line !== '');
}
