import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { create } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'create-titan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('makes a project as `titan new` does; a dry run and a bad name write nothing', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await create(['shop', '--dialect', 'none', '--dry-run'])).toBe(0);
  expect(await create(['../shop', '--dialect', 'none'])).not.toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(await create(['shop', '--dialect', 'none'])).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'shop/package.json'), 'utf8'))).toMatchObject({ name: 'shop' });
  expect(existsSync(join(folder, 'shop/tsconfig.json'))).toBe(true);
  vi.restoreAllMocks();
});
