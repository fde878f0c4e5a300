// Type-checks the code blocks of all documents that are marked `run`, `check` or `file`. Tests run those marked `run`.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { repositoryFiles } from './lib/files.mjs';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { tool } from './lib/run.mjs';

/** @type {{ module: typeof import('./snippets.ts') }} */
const {
  module: { extractSnippets, writeSnippets },
} = await runnerImport(join(root, 'tools/snippets.ts'));

const folder = join(root, '.cache/snippets/check');
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const documents = (await repositoryFiles()).filter((file) => file.endsWith('.md') && !file.includes('/test/seed/'));
/** @type {Map<string, string>} */
const origin = new Map();
let files = 0;
for (const document of documents) {
  const written = await writeSnippets(extractSnippets(document), 'check');
  files += written.files.size;
  origin.set(written.path.slice(folder.length + 1), document);
}
if (files === 0) {
  console.log('no marked code blocks');
  process.exit(0);
}

await writeFile(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      moduleDetection: 'force',
      allowJs: true,
      jsx: 'react-jsx',
      jsxImportSource: '@omnitron-dev/aether',
      lib: ['ES2023', 'ESNext.Disposable', 'ESNext.Decorators', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
      types: ['node'],
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: false,
    },
    include: ['.'],
    references: packages.map(({ path }) => ({ path })),
  }),
);
await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
const { code, output } = await tool('tsc', ['-p', join(folder, 'tsconfig.json'), '--pretty', 'false']);
const text = output.replace(/^(?:\.cache\/snippets\/check\/)?([^\s/]+)\//gm, (whole, name) =>
  origin.has(name) ? `${origin.get(name)}: ` : whole,
);
if (code !== 0) {
  console.error(text);
  process.exit(1);
}
console.log(`${files} samples of ${documents.length} documents`);
