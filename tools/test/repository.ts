import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A small repository with the real tools in it, for one test. */
export class Repository implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'netron-tools-')));

  /** @param files text by path */
  constructor(files: Record<string, string>) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    // The real rules; only the number of modules is that of a small repository.
    const rules = readFileSync(join(root, '.dependency-cruiser.mjs'), 'utf8').replace(/minimum: \d+/g, 'minimum: 5');
    writeFileSync(join(this.path, '.dependency-cruiser.mjs'), rules);
    cpSync(join(root, '.gitignore'), join(this.path, '.gitignore'));
    cpSync(join(root, 'tools'), join(this.path, 'tools'), {
      recursive: true,
      filter: (source) => !source.includes('consumers') && !source.endsWith('/test'),
    });
    symlinkSync(join(root, 'node_modules'), join(this.path, 'node_modules'), 'junction');
    execFileSync('git', ['init', '-q', this.path], { stdio: 'ignore' });
  }

  /** Runs one of the tools. */
  run(tool: string): { ok: boolean; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.path, 'tools', tool)], {
      cwd: this.path,
      encoding: 'utf8',
    });
    return { ok: status === 0, output: stdout + stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
