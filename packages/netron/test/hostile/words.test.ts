/** F1: what is promised of delivery is said for each operation, and nothing is promised that no program can keep. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const texts = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.includes('node_modules'))
    .map((name) => join(root, folder, name));

const files = [
  ...['README.md', 'CHANGELOG.md', 'llms.txt', 'packages/netron/README.md'].map((name) => join(root, name)),
  ...texts('docs', /\.md$/),
  ...texts('packages/netron/src', /\.ts$/),
];

describe('F1: delivery', () => {
  it('no document, message or comment contains "exactly once" or "guarantee"', () => {
    expect(files.length).toBeGreaterThan(150);
    const found = files.flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, at) =>
        /exactly[- ]once|guarantee/i.test(line) ? [`${relative(root, file)}:${at + 1}: ${line.trim()}`] : [],
      );
    });
    expect(found).toEqual([]);
  });

  it('the README and the guide state that calls and events arrive at most once', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme).toMatch(/\| A call \| runs at most once/);
    expect(readme).toMatch(/\| An event \| arrives at most once/);
    expect(readFileSync(join(root, 'docs/guide/calls.md'), 'utf8')).toContain('## At most once');
  });
});
