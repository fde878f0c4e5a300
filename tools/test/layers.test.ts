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

/** A module that imports the other one of a pair. */
function cycle(other: 'a' | 'b', word: '' | 'type '): string {
  const own = other === 'a' ? 'b' : 'a';
  return `import ${word}{ ${other} } from './cycle-${other}.js';\nexport const ${own} = 1;\nexport type Other = typeof ${other};\n`;
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

  describe('finds', () => {
    // Each fault in a file of its own, all looked at once.
    const { faults, output, ok } = (() => {
      const faults = [
        ['an import of a higher row', 'util/higher.ts', "export { peer } from '../peer/peer.js';\n", 'netron-util-imports'],
        [
          'an import of the own row',
          'transport/tcp.ts',
          "export { codec } from '../wire/codec.js';\n",
          'netron-transport-imports',
        ],
        ['platform by its path', 'peer/path.ts', "export { name } from '../platform/node.js';\n", 'netron-platform-by-name'],
        ['a built-in module of Node', 'peer/built-in.ts', "export { hostname } from 'node:os';\n", 'netron-node'],
        ['an undeclared package', 'peer/undeclared.ts', "export { assert } from 'fast-check';\n", 'netron-declared-packages'],
        ['a package outside of its place', 'peer/outside.ts', "export { WebSocket } from 'ws';\n", 'netron-ws'],
        ['an import of the index', 'peer/index-of.ts', "export { peer } from '../index.js';\n", 'netron-index-is-the-door'],
        ['a file that is not there', 'peer/absent.ts', "export { peer } from './gone.js';\n", 'resolvable'],
        ['a folder without a row', 'stuff/stuff.ts', 'export const stuff = 1;\n', 'is missing in the table'],
        [
          'a value from where only types are allowed',
          'middleware/value.ts',
          "export { codec } from '../wire/codec.js';\n",
          'only types from wire',
        ],
        ['a cycle of values', 'wire/cycle-a.ts', cycle('b', ''), 'no-cycles'],
        ['a cycle of types, where the table says so', 'peer/cycle-a.ts', cycle('b', 'type '), 'peer/cycle-b.ts → '],
      ] as const;
      const files = Object.fromEntries(faults.map(([, path, text]) => [path, text]));
      using repository = netron({ ...files, 'wire/cycle-b.ts': cycle('a', ''), 'peer/cycle-b.ts': cycle('a', 'type ') });
      return { faults, ...repository.run('check-layers.mjs') };
    })();

    it.each(faults)('%s', (_, path, _text, fault) => {
      const place = path.startsWith('stuff/') ? 'stuff' : path;
      const lines = output.split('\n').filter((line) => line.startsWith(`packages/netron/src/${place}`));
      expect(lines.join('\n')).toContain(fault);
      expect(ok).toBe(false);
    });
  });
});
