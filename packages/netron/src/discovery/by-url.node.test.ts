import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { whyNotLoaded } from './by-url.js';

/** Imports a package that consists of `source`, from a folder where nothing else is installed; returns the failure. */
async function importing(source: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'netron-import-'));
  try {
    const made = join(folder, 'node_modules', 'store');
    await mkdir(made, { recursive: true });
    await writeFile(join(made, 'package.json'), JSON.stringify({ name: 'store', type: 'module', exports: './index.js' }));
    await writeFile(join(made, 'index.js'), source);
    const main = join(folder, 'main.mjs');
    await writeFile(main, "export const failure = await import('store').catch((error) => error);");
    return ((await import(/* @vite-ignore */ pathToFileURL(main).href)) as { failure: unknown }).failure;
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('names the package to install when one is missing', async () => {
  const client = await importing("import 'some-client';");
  expect(whyNotLoaded('store', client)).toBe('package store requires some-client: npm install some-client');
  const scoped = await importing("import '@some/client/deep';");
  expect(whyNotLoaded('store', scoped)).toBe('package store requires @some/client: npm install @some/client');
  const none = await importing("await import('@omnitron-dev/no-such-store');");
  expect(whyNotLoaded('@omnitron-dev/no-such-store', none)).toBe(
    'package @omnitron-dev/no-such-store is not installed: npm install @omnitron-dev/no-such-store',
  );
});

it('gives the reason when an installed package cannot be loaded', async () => {
  const broken = await importing("throw new Error('no memory');");
  expect(whyNotLoaded('store', broken)).toBe('cannot load package store: no memory');
});
