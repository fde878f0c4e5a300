// Packs packages as they are published: `npm run pack -- netron nexus --to folder`; without names all of them, without
// `--to` into `build`. What was packed is in `build/<package>`. Prints the names of the tarballs.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { tool } from './lib/run.mjs';
import { pack } from './packages/tarball.mjs';

const { values, positionals } = parseArgs({ options: { to: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.find((name) => !packages.some(({ folder }) => folder === name));
if (unknown !== undefined) {
  console.error(`unknown package '${unknown}'; known: ${packages.map(({ folder }) => folder).join(', ')}`);
  process.exit(2);
}
const destination = resolve(values.to ?? join(root, 'build'));
mkdirSync(destination, { recursive: true });
const chosen = packages.filter(({ folder }) => positionals.length === 0 || positionals.includes(folder));
const { code, output } = await tool('tsc', ['-b', ...chosen.map(({ path }) => path)]);
if (code !== 0) {
  console.error(output);
  process.exit(1);
}
for (const current of chosen) {
  const { tarball } = await pack(current, destination);
  console.log(tarball);
}
