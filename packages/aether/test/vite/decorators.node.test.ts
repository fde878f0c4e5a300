import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Rolldown, resolveConfig, type UserConfig } from 'vite';
import { expect, it } from 'vitest';
import { aether } from '../../src/vite/index.js';

it.each(['ts', 'tsx'])('decorators of a .%s file are compiled without a tsconfig.json', async (ending) => {
  const root = mkdtempSync(join(tmpdir(), 'aether-decorators-'));
  const entry = join(root, `main.${ending}`);
  writeFileSync(
    entry,
    `export const seen: string[] = [];
    const mark = (what: object, name?: unknown) => void seen.push(typeof what === 'function' ? what.name : String(name));
    @mark class Cart { @mark add() {} }
    new Cart();`,
  );
  writeFileSync(join(root, 'tsconfig.json'), '{ "compilerOptions": { "target": "ES2022" } }');
  try {
    const [{ output }] = (await build({
      root,
      configFile: false,
      logLevel: 'silent',
      plugins: [aether()],
      build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'main' } },
    })) as [Rolldown.RolldownOutput];
    const [{ code }] = output;
    const { seen } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { seen: string[] };
    expect(seen).toEqual(['add', 'Cart']);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it.each<[UserConfig['oxc'], object | false]>([
  [undefined, { decorator: { legacy: true }, jsx: { importSource: '@omnitron-dev/aether' } }],
  [{ decorator: { legacy: false } }, { decorator: { legacy: false }, jsx: { importSource: '@omnitron-dev/aether' } }],
  [false, false],
])('decorators follow the options of the project: %j', async (oxc, expected) => {
  const own = oxc === undefined ? {} : { oxc };
  const config = await resolveConfig({ configFile: false, logLevel: 'silent', plugins: [aether()], ...own }, 'build');
  if (expected === false) expect(config.oxc).toBe(false);
  else expect(config.oxc).toMatchObject(expected);
});
