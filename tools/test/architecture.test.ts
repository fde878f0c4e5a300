/** docs/architecture.md shows the packages, layers and stations that the code has. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { layers } from '../../.dependency-cruiser.mjs';
import { packages } from '../lib/packages.mjs';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');

/** Returns the lines of the code block with that info string. */
function block(name: string): string[] {
  const [, text = ''] = new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(page) ?? [];
  return text.split('\n');
}

it('shows the layers of the core as lint enforces them', () => {
  const shown = block('layers').map((line) => line.trim().split(/\s+/));
  expect(shown.toReversed()).toEqual(layers.netron?.rows);
});

it('shows what the packages with an arrow import', () => {
  for (const line of block('packages')) {
    const [name = '', imports = ''] = line.split('→').map((part) => part.trim());
    const found = packages.find(({ folder }) => folder === name);
    expect(found?.folder).toBe(name);
    const own = Object.keys(found?.manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith('@omnitron-dev/'));
    const shown = imports === '' ? [] : imports.split(', ').map((dependency) => `@omnitron-dev/${dependency}`);
    expect(own.toSorted(), name).toEqual(shown.toSorted());
  }
});

const stations = block('stations').map((line) => line.trim().split(/\s{2,}/));

it('follows a call through at most ten stations', () => {
  expect(stations.length).toBeGreaterThan(5);
  expect(stations.length).toBeLessThanOrEqual(10);
});

it.each(stations)('%s has %s', (file = '', symbol = '') => {
  const path = new URL(`../../${file}`, import.meta.url);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`export (?:abstract )?(?:class|function|const) ${symbol}\\b`));
});
