/** docs/architecture.md and the map of CONTRIBUTING.md show the packages, layers, stations and files that the code has. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

it('says what each folder of the core is responsible for', () => {
  const described = [...page.matchAll(/^\| `([a-z]+)` \| [a-z]/gm)].map(([, folder = '']) => folder);
  expect(described.toSorted()).toEqual(layers.netron?.rows.flat().toSorted());
});

it('shows all packages', () => {
  const shown = block('packages').map((line) => line.split('→')[0]?.trim());
  expect(shown.toSorted()).toEqual(packages.map(({ folder }) => folder).toSorted());
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

it('names files and folders of the core that there are, in the map for contributors', () => {
  const text = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  const map = text.slice(text.indexOf('Where to look in'), text.indexOf('## Words'));
  const paths = readdirSync(new URL('../../packages/netron/src', import.meta.url), { recursive: true, encoding: 'utf8' });
  const there = paths.map((path) => `/${path.replaceAll('\\', '/').replace(/\.ts$/, '')}`);
  const places = map
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
  // Names of classes begin with a capital.
  const names = places.flatMap((line) => [...(line.split('|')[2] ?? '').matchAll(/`([a-z][a-z/-]*)`/g)].map(([, name]) => name));
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !there.some((path) => path.endsWith(`/${name}`)))).toEqual([]);
});
