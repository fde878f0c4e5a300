/** Runs programs of the soak, which are TypeScript, in processes of their own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/**
 * Reads options that are numbers; ends the process when one is none.
 *
 * @template {Record<string, number>} T
 * @param {T} defaults
 * @returns {T}
 */
export function numbers(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: /** @type {const} */ ('string'), default: String(value) }]),
  );
  const { values } = parseArgs({ options });
  for (const [name, given] of Object.entries(values)) {
    if (Number(given) >= 0) continue;
    console.error(`--${name} must be a number, not ${given}`);
    process.exit(2);
  }
  return /** @type {T} */ (Object.fromEntries(Object.entries(values).map(([name, given]) => [name, Number(given)])));
}

/**
 * Bundles programs and runs the first; it gets the paths of the others, and then the arguments. The exit code is its own.
 *
 * @param {readonly string[]} files
 * @param {readonly unknown[]} args
 * @param {readonly string[]} [flags] of Node
 */
export async function runBundled(files, args, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), 'netron-soak-'));
  await build({
    entryPoints: [...files],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@omnitron-dev/source'],
    banner: { js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);" },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  const programs = files.map((file) => join(folder, basename(file).replace(/\.ts$/, '.mjs')));
  const child = spawn(process.execPath, [...flags, ...programs, ...args.map(String)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill());
  child.on('exit', (code) => {
    rmSync(folder, { recursive: true, force: true });
    process.exitCode = code ?? 1;
  });
}
