/** The example of a cluster, as a user runs it: processes that find each other, one killed, one restarted, under load. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const source = new URL('../../../../examples/cluster/src/', import.meta.url);
// Below the repository, so that its packages are found.
const folder = new URL('../../../../.cache/example-cluster/', import.meta.url);

it('C1, C2, DX-16: examples/cluster: no call fails while a node is killed and another restarted', async () => {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: ['client.ts', 'node.ts'].map((file) => new URL(file, source).pathname),
    ...{ outdir: folder.pathname, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
    conditions: ['@omnitron-dev/source'],
    external: ['ws', 'semver', 'semver/*'],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    logLevel: 'error',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [new URL('client.js', folder).pathname]);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => line.replace(/: .*/, ''))).toEqual([
    ...['three nodes', 'a was killed', 'b stops', 'b is back', 'a is back'],
    ...lines.slice(5, 8).map((line) => line.replace(/: .*/, '')),
    'no call failed',
  ]);
  for (const line of lines.slice(0, 5)) expect(line).toMatch(/ calls, 0 failed, /);
  expect(
    lines
      .slice(5, 8)
      .map((line) => line[0])
      .sort(),
  ).toEqual(['a', 'b', 'c']);
});
