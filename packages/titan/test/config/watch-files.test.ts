import { EventEmitter } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { watchFiles } from '../../src/config/watch.js';

describe('files that are watched through watchers that fail, or tell late', () => {
  it('a folder whose watcher failed is watched again', async () => {
    const { base, of, next } = await watched();
    expect(of(base)).toHaveLength(1);
    of(base)[0]!.watcher.emit('error', new Error('too many watches'));
    // An event of the folder above.
    of(tmpdir())[0]!.seen();
    expect(of(base)).toHaveLength(2);
    const read = next();
    writeFileSync(join(base, 'app.yaml'), 'n: 25\n');
    of(base)[1]!.seen();
    expect(await read).toBe('n: 25\n');
  });
  it('what changed before a watcher had begun is seen', async () => {
    const { base, next } = await watched();
    const read = next();
    // No watcher tells of it.
    writeFileSync(join(base, 'app.yaml'), 'n: 25\n');
    expect(await read).toBe('n: 25\n');
  });
  it('a file that is being written is read once it stays as it is', async () => {
    const { base, of, next } = await watched();
    const read = next();
    writeFileSync(join(base, 'app.yaml'), '');
    of(base)[0]!.seen();
    writeFileSync(join(base, 'app.yaml'), 'n: 25\n');
    expect(await read).toBe('n: 25\n');
  });
  it('one that is written without rest keeps nothing from being read', async () => {
    const { base, of, next } = await watched();
    const read = next();
    let text = '';
    const writing = setInterval(() => writeFileSync(join(base, 'app.yaml'), (text += '#')), 1);
    onTestFinished(() => clearInterval(writing));
    of(base)[0]!.seen();
    expect(await read).toMatch(/^#+$/);
    clearInterval(writing);
    const rests = next();
    writeFileSync(join(base, 'app.yaml'), 'n: 25\n');
    of(base)[0]!.seen();
    expect(await rests).toBe('n: 25\n');
  });
});

/** Watches a file of a folder of its own, by watchers that tell what the test has them tell. */
async function watched() {
  const base = await mkdtemp(join(tmpdir(), 'titan-watch-'));
  const path = join(base, 'app.yaml');
  writeFileSync(path, 'n: 1\n');
  const made: { folder: string; watcher: EventEmitter; seen: () => void }[] = [];
  let heard = (_text: string) => {};
  const end = watchFiles(
    ['app.yaml'],
    base,
    async () => heard(readFileSync(path, 'utf8')),
    (folder, _options, seen) => {
      const watcher = Object.assign(new EventEmitter(), { close: () => {} });
      made.push({ folder, watcher, seen });
      return watcher;
    },
  );
  onTestFinished(async () => {
    end();
    await rm(base, { recursive: true, force: true });
  });
  return {
    base,
    of: (folder: string) => made.filter((each) => each.folder === folder),
    /** The text of the file when it is called changed the next time. */
    next: () =>
      new Promise<string>((resolve) => {
        heard = resolve;
      }),
  };
}
