/** Tables of the guide name all that the code has, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/index.js';

const root = new URL('../../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** First cells of the table's rows below a heading, without their back-ticks. */
function firstCells(document: string, heading: string): string[] {
  const section =
    read(document)
      .split(/^#+ /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? row);
}

/** Names of the members of an interface, as its source has them. */
function membersOf(file: string, name: string): string[] {
  const source = read(file);
  const body = source.slice(source.indexOf(`export interface ${name}`));
  return [...body.slice(0, body.indexOf('\n}')).matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, member = '']) => member);
}

describe('the guide', () => {
  it('has every option of a node', () => {
    const options = membersOf('packages/netron/src/node/options.ts', 'NetronOptions');
    expect(options).toContain('listenPort');
    expect(firstCells('docs/guide/getting-started.md', 'All options').sort()).toEqual(
      [...options, 'taskOverwriteStrategy', 'allowRemoteTasks'].sort(),
    );
  });

  it('has every limit', () => {
    expect(firstCells('docs/guide/getting-started.md', 'Limits').sort()).toEqual(
      [...Object.keys(defaultLimits), 'receiving'].sort(),
    );
  });

  it('has every option of a call', () => {
    expect(firstCells('docs/guide/calls.md', 'Options').sort()).toEqual(
      membersOf('packages/netron/src/service/call/options.ts', 'CallOptions').sort(),
    );
  });

  it('has every state of a peer', () => {
    const [, states = ''] = /export type PeerState = (.*);/.exec(read('packages/netron/src/peer/state.ts')) ?? [];
    expect(
      firstCells('docs/guide/lifecycle.md', 'States')
        .map((state) => `'${state}'`)
        .join(' | '),
    ).toBe(states);
  });

  it('has every diagnostics channel', () => {
    const sources = ['service/call/observer', 'platform/node'].map((file) => read(`packages/netron/src/${file}.ts`)).join('');
    const channels = [...sources.matchAll(/= tracing\('([\w:]+)'\)/g)].map(([, name = '']) => name);
    expect(channels.length).toBeGreaterThan(0);
    expect(firstCells('docs/guide/observability.md', 'Diagnostics channels').sort()).toEqual(channels.sort());
  });
});

it('the README of the package has every entry point', () => {
  const { name, exports } = JSON.parse(read('packages/netron/package.json')) as { name: string; exports: object };
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
  expect(firstCells('packages/netron/README.md', 'Entry points').sort()).toEqual(
    entries.map((entry) => name + entry.slice(1)).sort(),
  );
});

it('every page of the guide is in the index and in llms.txt', () => {
  const pages = readdirSync(new URL('docs/guide/', root)).filter((file) => file.endsWith('.md'));
  for (const page of pages) {
    expect(read('docs/README.md')).toContain(`(guide/${page})`);
    expect(read('llms.txt')).toContain(`(docs/guide/${page})`);
  }
});

it('links of llms.txt lead to files', () => {
  for (const [, path = ''] of read('llms.txt').matchAll(/\]\(([^)]+)\)/g)) expect(read(path).length, path).toBeGreaterThan(0);
});

it('documents link to existing things only', () => {
  const pages = readdirSync(new URL('docs/guide/', root)).map((page) => `docs/guide/${page}`);
  for (const page of ['README.md', 'packages/netron/README.md', 'llms.txt', ...pages]) {
    const text = read(page);
    expect(text, page).not.toMatch(/guarantee/i);
    expect(text.replace('`closed` comes exactly once', ''), page).not.toMatch(/exactly[ -]once/i);
  }
});
