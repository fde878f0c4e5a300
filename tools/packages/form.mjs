import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';
import { tool } from '../lib/run.mjs';
import { bundleDeclarations, bundleScripts } from './bundle.mjs';
import { chunks, none } from './chunks.mjs';
import { entryFiles, publishedManifest } from './manifest.mjs';

/** @typedef {import('../lib/packages.mjs').Package} Package */

/**
 * Makes the folder that is published, from sources alone: compiles into an empty folder, bundles what came out, and
 * writes the manifest. Types of other packages of this repository come from their `dist`: run `tsc -b` before.
 *
 * @param {Package} pack
 * @returns {Promise<string>} the folder, `build/<name>`
 */
export async function publishedForm({ folder, path, manifest }) {
  const form = join(root, 'build', folder);
  const compiled = join(root, 'build/compiled', folder);
  rmSync(form, { recursive: true, force: true });
  rmSync(compiled, { recursive: true, force: true });
  const options = ['--incremental', 'false', '--composite', 'false', '--declarationMap', 'false', '--inlineSources'];
  const { code, output } = await tool('tsc', ['-p', path, '--outDir', compiled, ...options]);
  if (code !== 0) throw new Error(output);
  const destination = join(form, 'dist');
  const cut = chunks[folder] ?? none;
  await bundleScripts({
    compiled,
    sources: join(path, 'src'),
    entries: entryFiles(manifest, '.js'),
    destination,
    chunks: cut,
  });
  await bundleDeclarations({
    compiled,
    entries: entryFiles(manifest, '.d.ts'),
    imports: manifest.imports ?? {},
    destination,
    chunks: cut,
  });
  for (const file of ['README.md', 'LICENSE', ...(manifest.files ?? [])])
    cpSync(join(path, file), join(form, file), { recursive: true });
  writeFileSync(join(form, 'package.json'), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
  return form;
}
