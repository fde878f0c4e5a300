import { describe, expect, it } from 'vitest';
import { Repository } from './repository.js';

const manifest = JSON.stringify({
  name: '@omnitron-dev/netron',
  type: 'module',
  imports: { '#platform': { browser: './src/platform/browser.ts', default: './src/platform/node.ts' } },
  dependencies: { ws: '*' },
});

/** A package `netron` that keeps the rules, but for what `files` change. */
function netron(files: Record<string, string>): Repository {
  const sources: Record<string, string> = {
    'util/queue.ts': 'export const queue = 1;\n',
    'platform/node.ts': "import { hostname } from 'node:os';\nexport const name = hostname;\n",
    'platform/browser.ts': "export const name = () => '';\n",
    'wire/codec.ts':
      "import { queue } from '../util/queue.js';\nimport { name } from '#platform';\nexport const codec = [queue, name];\n",
    'peer/peer.ts': "import { codec } from '../wire/codec.js';\nexport const peer = codec;\n",
    'index.ts': "export { peer } from './peer/peer.js';\n",
    ...files,
  };
  const paths = Object.entries(sources).map(([path, text]) => [`packages/netron/src/${path}`, text]);
  return new Repository({ 'packages/netron/package.json': manifest, ...Object.fromEntries(paths) });
}

describe('check-layers', () => {
  it('counts what it looked at', () => {
    using repository = netron({});
    expect(repository.run('check-layers.mjs')).toEqual({ ok: true, output: 'modules: netron 6\n' });
  });

  it('fails when it finds fewer modules than there must be', () => {
    using repository = new Repository({
      'packages/netron/package.json': manifest,
      'packages/netron/src/index.ts': 'export {};\n',
    });
    const { ok, output } = repository.run('check-layers.mjs');
    expect(output).toContain('1 modules, expected at least 5');
    expect(ok).toBe(false);
  });

  it.each([
    ['an import of a higher row', 'util/queue.ts', "export { peer } from '../peer/peer.js';\n", 'netron-util-imports'],
    ['an import of the own row', 'transport/tcp.ts', "export { codec } from '../wire/codec.js';\n", 'netron-transport-imports'],
    ['platform by its path', 'peer/peer.ts', "export { name as peer } from '../platform/node.js';\n", 'netron-platform-by-name'],
    ['a built-in module of Node', 'peer/peer.ts', "export { hostname as peer } from 'node:os';\n", 'netron-node'],
    ['an undeclared package', 'peer/peer.ts', "export { assert as peer } from 'fast-check';\n", 'netron-declared-packages'],
    ['a package outside of its place', 'peer/peer.ts', "export { WebSocket as peer } from 'ws';\n", 'netron-ws'],
    ['an import of the index', 'peer/other.ts', "export { peer as other } from '../index.js';\n", 'netron-index-is-the-door'],
    ['a file that is not there', 'peer/peer.ts', "export { peer } from './gone.js';\n", 'resolvable'],
    ['a folder without a row', 'stuff/stuff.ts', 'export const stuff = 1;\n', 'is in no row of the table'],
    [
      'a value from where only types are allowed',
      'middleware/a.ts',
      "export { codec } from '../wire/codec.js';\n",
      'only types from wire',
    ],
  ])('finds %s', (_, path, text, fault) => {
    using repository = netron({ [path]: text });
    const { ok, output } = repository.run('check-layers.mjs');
    expect(output).toContain(fault);
    expect(ok).toBe(false);
  });

  it('finds a cycle of values, and of types where the table says so', () => {
    const a = (word: string) => ({
      'peer/a.ts': `import { b } from './b.js';\nexport const a = 1;\nexport const c = b;\n`,
      'peer/b.ts': `import ${word}{ a } from './a.js';\nexport const b = 1;\nexport type A = typeof a;\n`,
    });
    using values = netron(a(''));
    expect(values.run('check-layers.mjs').output).toContain('(no-cycles)');
    using types = netron(a('type '));
    expect(types.run('check-layers.mjs').output).toContain('peer/a.ts → ');
  });
});
