/** A reference has each export of its package, below its entry, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../lib/root.mjs';
import { references, writeReference } from '../reference.mjs';

/** Headings and first cells: the names with their parameters. */
const names = (text: string) => text.split('\n').flatMap((line) => /^## .+|^\| `(?:[^`]|\\\|)+`/.exec(line) ?? []);

it.each(references)('$page has every export: npm run reference', (reference) => {
  const now = names(writeReference(reference));
  expect(now.length).toBeGreaterThan(100);
  expect(names(readFileSync(join(root, reference.page), 'utf8'))).toEqual(now);
});

it('names no member that is the package’s own', () => {
  const [row] = /^\| `Router` .*$/m.exec(writeReference({ folder: 'aether', page: '' })) ?? [''];
  expect(row).toContain('`submit`');
  expect(row).not.toContain('`hasAction`');
});

it('names inherited members after the own ones, without those that are left out', () => {
  const text = writeReference({ folder: 'aether', page: '' });
  const row = (name: string) => new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(text)?.[0] ?? '';
  expect(row('BackendOptions')).toMatch(/Members: `url`, `middleware`, .*`timeout`.*`refresh`/);
  expect(row('BackendOptions')).not.toContain('`recordWrites`');
  expect(row('UseQueryOptions')).toMatch(/`keepPrevious`, .*`refetchOnFocus`/);
});
