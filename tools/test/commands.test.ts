/** Commands that documents give for this repository build and start what there is. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['docs', 'examples', 'packages'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
);

/** Beginnings of commands, and all there is of each with its document. */
function commands(pattern: RegExp): (readonly [command: string, target: string, document: string])[] {
  return documents.flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(pattern)].map(
      ([command, target = '']) => [command.trim(), target, document] as const,
    ),
  );
}

it('builds of TypeScript find their projects', async () => {
  const found = new Map(commands(/npx tsc -b( [\w./-]+)?/g).map(([command, target]) => [command, target.trim()]));
  expect([...found.keys()]).toContain('npx tsc -b');
  for (const [command, project] of found) {
    const args = ['tsc', '-b', '--dry', ...(project === '' ? [] : [project])];
    const { stdout } = await promisify(execFile)('npx', args, { cwd: root });
    expect([command, stdout]).toEqual([command, expect.not.stringContaining('error TS')]);
  }
}, 200_000);

it('pages and servers of examples are where the commands say', () => {
  const found = [
    ...commands(/npx vite (examples\/[\w/-]+)/g).map(([, folder, document]) => [join(folder, 'vite.config.ts'), document]),
    ...commands(/node (examples\/[\w/-]+\.ts)/g).map(([, file, document]) => [file, document]),
  ];
  expect(found.length).toBeGreaterThan(3);
  expect(found.filter(([file = '']) => !existsSync(join(root, file)))).toEqual([]);
});
