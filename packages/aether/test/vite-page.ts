/** A page that Vite serves from the sources of the packages, in Chromium. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { createServer, defaultClientConditions, defaultServerConditions, type Plugin } from 'vite';
import { openTab } from '../../../tools/lib/chromium.mjs';
import { type AetherOptions, aether } from '../src/vite/index.js';

const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

/** Names of the package's entries and where their sources are, for Vite. @param entries those that are no file `<entry>.ts` */
export const aliasesOf = (entries: Record<string, string>): { find: string | RegExp; replacement: string }[] => [
  { find: /^@omnitron-dev\/aether$/, replacement: source('index.ts') },
  ...Object.entries(entries).map(([name, file]) => ({ find: `@omnitron-dev/aether/${name}`, replacement: source(file) })),
  { find: /^@omnitron-dev\/aether\/(.*)$/, replacement: source('$1.ts') },
];

/** Files of the entries whose names are not those of their files. */
const entries: Record<string, string> = { netron: 'netron/index.ts' };

export interface VitePage extends AsyncDisposable {
  readonly tab: Page;
  readonly origin: string;
}

/** Serves a folder with the plugin and opens its page. `query` goes to the address. */
export async function openVitePage(
  root: string,
  query: (origin: string) => Promise<string> = async () => '',
  plugins: readonly Plugin[] = [],
  options: AetherOptions = {},
): Promise<VitePage> {
  // Of its own: two that serve one folder at a time write what they prepare to the same place otherwise.
  const cacheDir = await mkdtemp(join(tmpdir(), 'vite-page-'));
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [aether(options), ...plugins],
    cacheDir,
    oxc: { decorator: { legacy: true } },
    server: { host: '127.0.0.1', port: 0, fs: { strict: false } },
    ssr: { resolve: { conditions: ['@omnitron-dev/source', ...defaultServerConditions] } },
    resolve: {
      conditions: ['@omnitron-dev/source', ...defaultClientConditions],
      alias: aliasesOf(entries),
    },
  });
  await server.listen();
  const { browser, tab } = await openTab();
  const address = server.resolvedUrls?.local[0] as string;
  const { origin } = new URL(address);
  await tab.goto(`${address}${await query(origin)}`);
  return {
    tab,
    origin,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
      await rm(cacheDir, { recursive: true, force: true });
    },
  };
}
