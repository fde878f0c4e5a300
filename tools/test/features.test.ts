/** docs/features.md has every feature once, each with tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const file = new URL('../../docs/features.md', import.meta.url);
const lines = readFileSync(file, 'utf8').split('\n');
const rows = lines.flatMap((line) => {
  const [, id = '', what = '', proofs = ''] = /^\| ([A-Z]{2}-\d\d) \| (.+) \| (.*) \|$/.exec(line) ?? [];
  return id === '' ? [] : [{ id, what, links: [...proofs.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link) }];
});

it('reads every row that begins with an id', () => {
  expect(lines.filter((line) => /^\| [A-Z]{2}-\d/.test(line))).toHaveLength(rows.length);
  expect(rows.length).toBeGreaterThan(100);
});

it('has every feature once', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

it.each(rows)('$id: $what', ({ links }) => {
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(existsSync(new URL(link, file)), link).toBe(true);
});
