/** docs/features.md has every feature once, each with tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const file = new URL('../../../../docs/features.md', import.meta.url);
const rows = [...readFileSync(file, 'utf8').matchAll(/^\| ([A-Z]{2}-\d\d) \| (.+) \| (.*) \|$/gm)].map(
  ([, id = '', what = '', proofs = '']) => ({
    id,
    what,
    links: [...proofs.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link),
  }),
);

/** Numbers and ranges by area. */
const features: Record<string, string> = {
  NC: '1-2 4-23 25-29 31 34 35',
  PE: '1 3-11',
  SV: '1-3 15 17 18 26-28 30 32-36',
  TK: '1-4',
  EV: '1-8',
  ST: '1-12',
  SR: '1-8',
  MW: '1-3 5',
  LB: '6-10',
  TR: '1-7 11-14 16 17 19',
  DP: '4',
  DX: '15',
  TI: '9 10 15-18 22 23',
  OB: '14',
  AE: '6 7',
};

function idsOf(area: string, numbers: string): string[] {
  return numbers.split(' ').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => `${area}-${String(first + at).padStart(2, '0')}`);
  });
}

it('has every feature, and each once', () => {
  const ids = Object.entries(features).flatMap(([area, numbers]) => idsOf(area, numbers));
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
});

it.each(rows)('$id: $what', ({ links }) => {
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(existsSync(new URL(link, file)), link).toBe(true);
});
