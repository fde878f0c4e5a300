import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { create } from '../src/index.js';

let cwd: string;
let lines: string[];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'create-aether-'));
  lines = [];
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => create(args, { cwd, say: (line) => lines.push(line), fail: (line) => lines.push(line) });
const read = (path: string) => readFileSync(join(cwd, path), 'utf8');

it('makes a project with its name and the version of the packages, and says how to go on', () => {
  expect(run('my-page')).toBe(0);
  const manifest = JSON.parse(read('my-page/package.json'));
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
  expect(manifest).toMatchObject({ name: 'my-page', dependencies: { '@omnitron-dev/aether': own } });
  expect(read('my-page/index.html')).toContain('<title>my-page</title>');
  expect(read('my-page/.gitignore')).toContain('node_modules');
  const all = readdirSync(join(cwd, 'my-page'), { recursive: true, encoding: 'utf8', withFileTypes: true });
  const texts = all.filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(texts.filter((text) => /\{\{\w+\}\}/.test(text))).toEqual([]);
  expect(lines).toEqual([`${texts.length} files in my-page\n\ncd my-page\nnpm install\nnpm run dev`]);
});

it('takes the current folder when it is empty but for a repository', () => {
  mkdirSync(join(cwd, 'page/.git'), { recursive: true });
  cwd = join(cwd, 'page');
  expect(run('.')).toBe(0);
  expect(JSON.parse(read('package.json')).name).toBe('page');
  expect(lines[0]).not.toContain('cd ');
  rmSync(cwd, { recursive: true });
  cwd = join(cwd, '..');
});

it('writes nothing on a dry run, and into a folder that holds something', () => {
  expect(run('page', '--dry-run')).toBe(0);
  expect(lines[0]?.split('\n')).toContain('src/app.tsx');
  expect(existsSync(join(cwd, 'page'))).toBe(false);
  mkdirSync(join(cwd, 'page'));
  writeFileSync(join(cwd, 'page/notes.txt'), '');
  expect(run('page')).toBe(1);
  expect(lines[1]).toMatch(/.* is not empty, it contains notes\.txt/);
  expect(readdirSync(join(cwd, 'page'))).toEqual(['notes.txt']);
});

it.each([
  [['A page'], 'invalid project name "A page"'],
  [['node_modules'], 'invalid project name "node_modules"'],
  [[], 'expected one folder'],
  [['a', 'b'], 'expected one folder'],
  [['a', '--wrong'], "Unknown option '--wrong'"],
])('refuses %j', (args, message) => {
  expect(run(...args)).toBe(1);
  expect(lines[0]).toContain(message);
  expect(readdirSync(cwd)).toEqual([]);
});

it('shows its usage', () => {
  expect(run('--help')).toBe(0);
  expect(lines[0]).toContain('--dry-run');
});
