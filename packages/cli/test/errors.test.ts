import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main, ServiceGenerator } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'titan-errors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const written: string[] = [];
const said = () => written.splice(0).join('');
const environment = { ...process.env };
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  written.length = 0;
  process.env = { ...environment };
});

let files = 0;
/** Writes a module that exports an application. */
function appOf(start: string): string {
  const file = join(folder, `app${++files}.mjs`);
  writeFileSync(file, `export const app = { start: async () => { ${start} } };`);
  return file;
}

describe('titan', () => {
  it('shows errors that nobody expects with their stack and causes, refusals by their text', async () => {
    const app = appOf('throw new Error("no database", { cause: new TypeError("bad url") })');
    expect(await main(['start', '--app', app])).toBe(1);
    expect(said()).toMatch(/^Error: no database\n {4}at [\s\S]+\ncaused by: TypeError: bad url\n {4}at /);
    expect(await main(['start', '--app', app, '--json'])).toBe(1);
    expect(JSON.parse(said())).toEqual({ error: 'no database', stack: expect.stringContaining('caused by: TypeError') });
    expect(await main(['start', '--app', join(folder, 'none.mjs')])).toBe(1);
    expect(said()).toMatch(/^there is no .+none\.mjs: build the project, or say --app FILE\n$/);
    expect(await main(['strat'])).toBe(1);
    expect(said()).toMatch(/^unknown command "strat"; there are: .+\n$/);
    expect(await main(['generate:service'])).toBe(1);
    expect(said()).toBe('Missing required positional argument: NAME\n');
    const topology = join(folder, 'bad.yaml');
    writeFileSync(topology, 'processes: {}');
    expect(await main(['start', '--all', '--app', app, '--topology', topology])).toBe(1);
    expect(said()).toMatch(/bad\.yaml is not valid:\n {2}processes expected at least one process\n$/);
  });

  it('gives a process of a topology its name and its position among all, unless that is set', async () => {
    const app = appOf('process.stdout.write([process.env.TITAN_PROCESS, process.env.TITAN_INDEX].join())');
    const topology = join(folder, 'topology.yaml');
    writeFileSync(
      topology,
      'processes: { one: { services: [a], replicas: 1 }, two: { services: [b] }, three: { services: [c] } }',
    );
    for (const [name, index] of [
      ['one', 0],
      ['three', 2],
    ] as const) {
      delete process.env.TITAN_INDEX;
      expect(await main(['start', name, '--app', app, '--topology', topology])).toBe(0);
      expect(said()).toBe(`${name},${index}`);
    }
    process.env.TITAN_INDEX = '0';
    expect(await main(['start', 'three', '--app', app, '--topology', topology])).toBe(0);
    expect(said()).toBe('three,0');
  });

  it('refuses a manifest that cannot be read, and does without one that is not there', async () => {
    const generate = () => new ServiceGenerator().generate('user', { folder, dryRun: true });
    expect((await generate()).dialect).toBe('standard');
    for (const [text, message] of [
      ['{ "titan": ', /package\.json cannot be read: /],
      ['[]', /package\.json is no manifest/],
      ['{ "titan": { "dialect": "old" } }', /titan\.dialect must be legacy, standard, none/],
    ] as const) {
      writeFileSync(join(folder, 'package.json'), text);
      await expect(generate()).rejects.toThrow(message);
    }
    rmSync(join(folder, 'package.json'));
  });
});
