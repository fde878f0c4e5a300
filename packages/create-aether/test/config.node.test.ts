/** The configuration of a made project: its server may have decorators, and restarts when one of its files changes. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { NetronError } from '@omnitron-dev/netron';
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';
import { createServer } from 'vite';
import { expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A service whose class has decorators, and the handler of its node. It imports a file that the page has, too. */
const server = (text: string) => `
import { rules } from '../src/rules.ts';

declare const running: { count: number };
const named = (name: string) => (target: object) => void Object.assign(target, { title: name });
const taken = (..._place: unknown[]) => {};

@named('${text}')
class Notes {
  static title: string;
  list(@taken limit: number) {
    return limit;
  }
}

export const startNode = async () => {
  running.count++;
  return {
    node: { stop: async () => void running.count-- },
    handler: {
      owns: (url: string) => url.startsWith('/netron'),
      node: async (_: unknown, response: { end(text: string): void }) => response.end(Notes.title + new Notes().list(1) + rules),
    },
  };
};
`;

/** Number of nodes, which the service counts. */
const running = { count: 0 };

it('runs a class service with decorators, and runs it again when it or what it imports has changed, and for nothing else', async () => {
  const folder = await realpath(mkdtempSync(join(tmpdir(), 'config-')));
  const put = async (name: string, text: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  for (const name of ['vite.config.ts', 'tsconfig.json', 'index.html']) {
    await put(name, await readFile(join(root, 'packages/create-aether/template', `${name}.tpl`), 'utf8'));
  }
  await put('package.json', '{ "type": "module" }');
  await put('node_modules/@omnitron-dev/aether/package.json', '{ "type": "module", "exports": { "./vite": "./vite.js" } }');
  await put('node_modules/@omnitron-dev/aether/vite.js', 'export const aether = () => [];');
  symlinkSync(join(root, 'node_modules/vite'), join(folder, 'node_modules/vite'));
  await put('server/node.ts', server('first'));
  await put('src/rules.ts', "export { rules } from './values.ts';");
  await put('src/values.ts', "export const rules = ' a';");
  await put('src/page.ts', "export { rules } from './rules.ts';");

  vi.stubGlobal('running', running);
  const vite = await createServer({ root: folder, logLevel: 'silent', server: { port: 0, host: '127.0.0.1' } });
  try {
    await vite.listen();
    const answer = async () => (await fetch(new URL('/netron', vite.resolvedUrls?.local[0]))).text();
    const eventually = (run: () => unknown) => vi.waitFor(run, { timeout: 60_000, interval: 50 });
    expect(await answer()).toBe('first1 a');
    await put('server/node.ts', server('second'));
    await eventually(async () => expect(await answer()).toBe('second1 a'));
    await put('src/values.ts', "export const rules = ' b';");
    await eventually(async () => expect(await answer()).toBe('second1 b'));

    // A page that the server renders.
    await vite.ssrLoadModule('/src/page.ts');
    const restart = vi.spyOn(vite, 'restart');
    await put('src/page.ts', "export { rules } from './rules.ts';\nexport const title = 'changed';");
    const [page] = vite.environments.ssr.moduleGraph.getModulesByFile(join(folder, 'src/page.ts')) ?? [];
    await eventually(() => expect(page?.lastHMRTimestamp).toBeGreaterThan(0));
    expect(restart).not.toHaveBeenCalled();
    restart.mockRestore();

    // A syntax error, and its correction.
    await put('src/values.ts', "export const rules = ' c;");
    await eventually(async () => expect(await answer()).not.toContain('second1'));
    const users = new HttpRemotePeer(new URL(vite.resolvedUrls?.local[0] as string).origin);
    const refused = (await users.queryInterface('notes').catch((error: unknown) => error)) as NetronError;
    expect(refused.code).toBe('unavailable');
    expect(refused.message).toMatch(/^the service has not started: .*values\.ts/s);
    // The page shows it: without the colours of a terminal.
    expect(refused.message).toBe(stripVTControlCharacters(refused.message));
    const document = await fetch(vite.resolvedUrls?.local[0] as string, { headers: { accept: 'text/html' } });
    const html = await document.text();
    expect([document.status, html]).toEqual([200, expect.stringContaining('<!doctype html>') as string]);
    // A browser would ask for an icon otherwise, and report that there is none.
    expect(html).toContain('<link rel="icon" ');
    for (const rules of [' d', ' e', ' f']) {
      await put('src/values.ts', `export const rules = '${rules}';`);
      await eventually(async () => expect(await answer()).toBe(`second1${rules}`));
    }

    // An import of a file that is created later.
    await put('src/rules.ts', "export { rules } from './later.ts';");
    await eventually(async () => expect(await answer()).toMatch(/later\.ts/));
    await put('src/later.ts', "export const rules = ' g';");
    await eventually(async () => expect(await answer()).toBe('second1 g'));
    await eventually(() => expect(running.count).toBe(1));
  } finally {
    await vite.close();
    rmSync(folder, { recursive: true });
    vi.unstubAllGlobals();
  }
});
