// Lists what a page is made of: `npm run page-size -- "export { connect } from '@omnitron-dev/netron/client'"`. For each module of the
// sources and of dependencies: what the page loses without it, compressed, and its bytes, minified. What modules share counts for none of them,
// so that the sum is less than the whole.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { root } from './lib/root.mjs';

const [code = "export { HttpRemotePeer } from '@omnitron-dev/netron-browser'"] = process.argv.slice(2);

const { outputFiles } = await build({
  stdin: { contents: code, resolveDir: join(root, 'packages/aether') },
  absWorkingDir: root,
  plugins: [
    {
      name: 'lazy-elsewhere',
      setup({ onResolve }) {
        onResolve({ filter: /.*/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: 'lazy', external: true } : undefined));
      },
    },
  ],
  bundle: true,
  minifyIdentifiers: true,
  minifySyntax: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['@omnitron-dev/source', 'browser'],
  tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: true } },
});

const bytes = (/** @type {string} */ text) => gzipSync(text, { level: 9 }).length;
const parts = (outputFiles[0]?.text ?? '')
  .replace(/^export \{[^}]*\};$/m, '')
  .split(/^\/\/ (?=packages\/|node_modules\/|<stdin>)/m);
const modules = await Promise.all(
  parts.slice(1).map(async (part) => {
    const end = part.indexOf('\n');
    const { code: text } = await transform(part.slice(end), { minifyWhitespace: true, target: 'es2022' });
    return { name: part.slice(0, end).replace(/^packages\//, ''), text };
  }),
);
const whole = bytes(modules.map(({ text }) => text).join(''));
const rows = modules.map(({ name, text }) => {
  const rest = modules.filter((other) => other.name !== name);
  return { name, lost: whole - bytes(rest.map((other) => other.text).join('')), size: text.length };
});
console.log(`${whole} bytes, minified and gzip`);
for (const { name, lost, size } of rows.sort((a, b) => b.lost - a.lost))
  console.log(`${String(lost).padStart(6)} ${String(size).padStart(6)} ${name}`);
