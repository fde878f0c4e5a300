/** The program as one file, next to its templates. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Names of packages that are not bundled. */
export const external = ['pino', 'yaml', 'smol-toml', 'ws', 'semver', 'jose', 'citty', '@clack/prompts', 'zod', 'ioredis'];

/** Bundles `titan` and the program of its processes; returns the path of `titan`. */
export async function titanProgram(): Promise<string> {
  const folder = `${root}.cache/cli-${process.pid}`;
  await bundle(folder, {
    'bin/titan': `${root}packages/cli/bin/titan.mjs`,
    'bin/worker': `${root}packages/cli/bin/worker.mjs`,
  });
  cpSync(`${root}packages/cli/templates`, `${folder}/templates`, { recursive: true });
  cpSync(`${root}packages/cli/package.json`, `${folder}/package.json`);
  return `${folder}/bin/titan.mjs`;
}

/** Bundles programs from the packages' sources, one file each. */
export async function bundle(folder: string, entryPoints: Record<string, string>): Promise<void> {
  await build({
    entryPoints,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@omnitron-dev/source'],
    external,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
  });
}
