/** Programs of this folder as modules that a process can run. */
import { join } from 'node:path';
import { build } from 'esbuild';

const banner = "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);";

/** Bundles `programs/NAME.ts` of the folder `from` into `outfile`. */
export async function bundle(from: string, name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(from, 'programs', `${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@omnitron-dev/source'],
    banner: { js: banner },
    outfile,
    logLevel: 'error',
  });
}
