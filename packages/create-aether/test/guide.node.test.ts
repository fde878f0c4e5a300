/** Code that the guide gives to a project passes the checks of its `npm run lint`, where the guide says that it goes. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'guide-'));
afterAll(() => rm(folder, { recursive: true }));

const template = (name: string) => readFile(join(root, 'packages/create-aether/template', `${name}.tpl`), 'utf8');

/** Code of a page of the guide, without the indentation of the lists that it is in. */
async function codeOf(page: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs/aether', page), 'utf8');
  return [...text.matchAll(/^( *)```tsx?[^\n]*\n(.*?)^ *```/gms)].map(([, indent = '', code = '']) =>
    code.replace(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** Replaces a part that has to be there. */
function swap(text: string, part: string | RegExp, by: string): string {
  const changed = text.replace(part, () => by);
  expect(changed).not.toBe(text);
  return changed;
}

it('server.md and testing.md', async () => {
  await put('biome.json', swap(await template('biome.json'), /.*\$schema.*\n/, ''));
  const [config = '', counter = ''] = await codeOf('testing.md');
  await put('vitest.config.ts', config);
  await put('test/counter.browser.test.tsx', counter);

  const steps = await codeOf('server.md');
  const [render = '', main = '', imports = '', middleware = '', serverImports = '', server = ''] = steps.slice(
    steps.findIndex((code) => code.includes('export async function renderPage')),
  );
  await put('src/render.tsx', render);
  await put('src/main.tsx', main);
  const withService = swap(
    await template('vite.config.ts'),
    "apply: 'serve',\n",
    "apply: 'serve',\n  config: () => ({ appType: 'custom' }),\n",
  );
  const answering = swap(withService, '    }\n  },\n', `    }\n${middleware.replace(/^(?=.)/gm, '    ')}  },\n`);
  await put('vite.config.ts', swap(answering, /^import.*?\n\n/s, `${imports}\n`));
  const [answer = '', sendPage = ''] = server.split(/(?=^async function)/m);
  const serving = swap(await template('server/main.ts'), /^import.*?\n\n/s, `${serverImports}\n`);
  await put(
    'server/main.ts',
    `${swap(serving, /^\/\/ Addresses.*?(?=^server\.listen)/ms, answer.trimStart().trimEnd().concat('\n'))}\n${sendPage}`,
  );

  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { stdout } = await promisify(execFile)(process.execPath, [biome, 'check', '.'], { cwd: folder }).catch(
    (failed: { stdout: string; stderr: string }) => ({ stdout: failed.stdout + failed.stderr }),
  );
  expect(stdout).toMatch(/^Checked 7 files in .*\. No fixes applied\.\n$/);
});
