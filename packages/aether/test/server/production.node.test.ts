/** What a program in production says of a fault: the condition `development` is not given, names are those of the program. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const program = `
import { createRoot, effect, signal } from '@omnitron-dev/aether';
import { renderToString } from '@omnitron-dev/aether/ssr';

const failure = async (run) => {
  try {
    await run();
  } catch (error) {
    return error.message;
  }
};

const Card = () => ({ not: 'a view' });
export const shown = await failure(() => renderToString(<main><Card /></main>));

const [ping, pong] = [signal(0), signal(0)];
export const effects = await failure(() =>
  createRoot(() => {
    effect(() => {
      effect(() => pong.set(ping() + 1), { name: 'inner' });
      effect(() => ping.set(pong() + 1), { name: 'other' });
    }, { name: 'outer' });
  }),
);
`;

it('names the component that renders an invalid value, and the effects of an endless cycle', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aether-production-'));
  try {
    const outfile = join(folder, 'program.mjs');
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'tsx' },
      bundle: true,
      write: false,
      outfile,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      conditions: ['@omnitron-dev/source'],
      jsx: 'automatic',
      jsxImportSource: '@omnitron-dev/aether',
    });
    await writeFile(outfile, outputFiles[0]?.text ?? '');
    const said = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as { shown?: string; effects?: string };
    expect(said.shown).toBe('Card: cannot show an object');
    expect(said.effects).toMatch(/^effect outer → (inner|other) ran \d+ times in one flush/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
