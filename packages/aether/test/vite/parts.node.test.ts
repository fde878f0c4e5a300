/** A build has what its compiled views need, and no more: elements by their names only where a name may be one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, defaultClientConditions, type Rolldown } from 'vite';
import { describe, expect, it } from 'vitest';
import { aether } from '../../src/vite/index.js';
import { aliasesOf } from '../vite-page.js';

const aetherImports = `import { createContext, defineComponent, lazy, render, Show } from '@omnitron-dev/aether';`;

/** Only elements by their names may have this attribute. */
const byName = '1999/xlink';

/** Text of a build of a page, whose modules are given by their names. */
async function built(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'aether-parts-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    const [{ output }] = (await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: [aether()],
      resolve: { conditions: ['@omnitron-dev/source', ...defaultClientConditions], alias: aliasesOf({}) },
      build: {
        write: false,
        lib: { entry: join(root, 'main.tsx'), formats: ['es'], fileName: 'main' },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    })) as [Rolldown.RolldownOutput];
    return output[0].code;
  } finally {
    await rm(root, { recursive: true });
  }
}

/** A page that shows what another module exports. */
const page = (imports: string, view: string) => ({
  'main.tsx': `${aetherImports} ${imports} render(<main>${view}</main>, document.body);`,
});

describe('the code for elements by name is not in a page that uses', () => {
  it.each<[what: string, imports: string, view: string, other: string]>([
    ['a function', `import { A } from './other.js';`, '<A/>', 'export function A() { return <p/>; }'],
    ['a constant', `import { A as B } from './other.js';`, '<B/>', 'export const A = () => <p/>;'],
    ['a default export', `import A from './other.js';`, '<A/>', 'export default function A() { return <p/>; }'],
    ['a default export without a name', `import A from './other.js';`, '<A/>', 'export default () => <p/>;'],
    ['a name of a list', `import { A } from './other.js';`, '<A/>', 'const B = defineComponent(() => <p/>); export { B as A };'],
    [
      'a module that is loaded later',
      `import { A } from './other.js';`,
      '<A/>',
      `export const A = lazy(() => import('./late.js'));`,
    ],
    ['a context', `import { A } from './other.js';`, '<A.Provider value={1}/>', 'export const A = createContext(0);'],
    ['a re-export', `import { A } from './other.js';`, '<A/>', `export { B as A } from './late.js';`],
    ['a re-export of everything', `import { B } from './other.js';`, '<B/>', `export * from './late.js';`],
    [
      'what a module imports and exports',
      `import { B } from './other.js';`,
      '<B/>',
      `import { B } from './late.js'; export { B };`,
    ],
    ['components of the package', '', '<Show when={1}><p/></Show>', ''],
  ])('%s', async (_what, imports, view, other) => {
    const code = await built({
      ...page(imports, view),
      'other.tsx': `${aetherImports} ${other}`,
      'late.tsx': 'export const B = () => <i/>; export default B;',
    });
    expect(code).not.toContain(byName);
  });
});

describe('the code for elements by name is in a page that uses', () => {
  it.each<[what: string, imports: string, view: string, other: string]>([
    ['a string', `import { A } from './other.js';`, '<A/>', `export const A = 'h1';`],
    [
      'what may be a text',
      `import { A } from './other.js';`,
      '<A/>',
      'export let A = () => <p/>; export const set = (to) => { A = to; };',
    ],
    [
      'an object that is not a context',
      `import { A } from './other.js';`,
      '<A.Provider/>',
      `export const A = { Provider: 'h1' };`,
    ],
    ['circular re-exports', `import { A } from './other.js';`, '<A/>', `export * from './late.js';`],
    [
      'a name of a pattern, which another module has as well',
      `import { A } from './other.js';`,
      '<A/>',
      `export const { A } = { A: 'h1' }; export * from './more.js';`,
    ],
    ['a spread', '', '<p {...globalThis.given}/>', ''],
  ])('%s', async (_what, imports, view, other) => {
    const code = await built({
      ...page(imports, view),
      'other.tsx': `${aetherImports} ${other}`,
      'late.tsx': `export * from './other.js'; export * from './last.js';`,
      'last.tsx': `export const A = 'h1';`,
      'more.tsx': 'export const A = () => <p/>;',
    });
    expect(code).toContain(byName);
  });
});
