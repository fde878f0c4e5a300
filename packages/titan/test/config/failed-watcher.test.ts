import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { watchFiles } from '../../src/config/watch.js';

it('a folder whose watcher failed is watched again', async () => {
  const base = await mkdtemp(join(tmpdir(), 'titan-watch-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  await writeFile(join(base, 'app.yaml'), 'n: 1\n');
  const made: { folder: string; watcher: EventEmitter; seen: () => void }[] = [];
  const of = (folder: string) => made.filter((each) => each.folder === folder);
  let changes = 0;
  const end = watchFiles(
    ['app.yaml'],
    base,
    async () => changes++,
    (folder, _options, seen) => {
      const watcher = Object.assign(new EventEmitter(), { close: () => {} });
      made.push({ folder, watcher, seen });
      return watcher;
    },
  );
  expect(of(base)).toHaveLength(1);
  of(base)[0]!.watcher.emit('error', new Error('too many watches'));
  // An event of the folder above.
  of(tmpdir())[0]!.seen();
  expect(of(base)).toHaveLength(2);
  await writeFile(join(base, 'app.yaml'), 'n: 25\n');
  of(base)[1]!.seen();
  expect(changes).toBe(1);
  end();
});
