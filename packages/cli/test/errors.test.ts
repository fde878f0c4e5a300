import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createApp } from '@omnitron-dev/titan';
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
  vi.unstubAllGlobals();
  written.length = 0;
  process.env = { ...environment };
});

let files = 0;
/** Writes a module that exports an application with a topology of these processes. */
function appOf(start: string, processes: Record<string, string | readonly string[]> = {}): string {
  const file = join(folder, `app${++files}.mjs`);
  const report = { processes: Object.entries(processes).map(([name, services]) => ({ name, services: [services].flat() })) };
  writeFileSync(
    file,
    `export const app = { start: async () => { ${start} }, explainTopology: async () => (${JSON.stringify(report)}) };`,
  );
  return file;
}

/** Writes a module that creates a Titan application without services, with these options. */
function titanApp(options: string): string {
  const file = join(folder, `app${++files}.mjs`);
  writeFileSync(file, `export const makeApp = () => globalThis.createApp({ logger: { level: 'silent' }, ${options} });`);
  return file;
}

function topologyFile(text: string, name = `topology${++files}.yaml`): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('titan', () => {
  it('shows unexpected errors with their stack and causes, refusals by their message', async () => {
    const app = appOf('throw new Error("no database", { cause: new TypeError("bad url") })');
    expect(await main(['start', '--app', app])).toBe(1);
    expect(said()).toMatch(/^Error: no database\n {4}at [\s\S]+\ncaused by: TypeError: bad url\n {4}at /);
    expect(await main(['start', '--app', app, '--json'])).toBe(1);
    expect(JSON.parse(said())).toEqual({ error: 'no database', stack: expect.stringContaining('caused by: TypeError') });
    expect(await main(['start', '--app', join(folder, 'none.mjs')])).toBe(1);
    expect(said()).toMatch(/^.+none\.mjs not found: build the project, or pass --app FILE\n$/);
    expect(await main(['strat'])).toBe(1);
    expect(said()).toMatch(/^unknown command "strat"; expected one of .+\n$/);
    expect(await main(['generate:service'])).toBe(1);
    expect(said()).toBe('Missing required positional argument: NAME\n');
    const topology = join(folder, 'bad.yaml');
    writeFileSync(topology, 'processes: {}');
    expect(await main(['start', '--all', '--app', app, '--topology', topology])).toBe(1);
    expect(said()).toMatch(/invalid .+bad\.yaml:\n {2}processes must contain at least one process\n$/);
  });

  it('gives a process of a topology its name and its index among all, unless that is set', async () => {
    const says = 'process.stdout.write([process.env.TITAN_PROCESS, process.env.TITAN_INDEX].join())';
    const app = appOf(says, { one: 'a', two: 'b', three: 'c' });
    const topology = topologyFile(
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

  it.each([
    [['new', 'shop', '--dilect', 'legacy'], 'unknown option "--dilect"; expected one of --dialect, --redis,'],
    [['new', 'shop', '--dry-run', '-x'], 'unknown option "-x"; expected one of '],
    [['new', 'shop', '--dry-run', '--no-dokcer'], 'unknown option "--no-dokcer"; expected one of '],
    [['new', 'shop', 'second', '--dry-run'], 'unexpected argument "second"\n'],
    [['new', 'shop', '--dry-run', '--redis=no'], '--redis does not take a value, got "no"\n'],
    [['new', 'shop', '--dry-run', '--deploy'], '--deploy requires a value\n'],
    [['generate:service', 'order', '--dryrun'], 'unknown option "--dryrun"; expected one of '],
    [['start', 'edge', 'core'], 'unexpected argument "core"\n'],
    [['start', '--topology='], '--topology requires a value\n'],
    [['topology', 'explain'], 'unexpected argument "explain"\n'],
  ])('refuses what a command does not take: %j', async (args, text) => {
    expect(await main(args)).toBe(1);
    expect(said().startsWith(text)).toBe(true);
  });

  it('accepts every spelling of its arguments', async () => {
    expect(await main(['new', 'shop', '--dry-run', '--no-redis', '-y', '--dialect=none', '--deploy', 'none'])).toBe(0);
    expect(said()).toContain('src/app.ts');
  });

  it('runs no process of an application that has no topology, or another one', async () => {
    vi.stubGlobal('createApp', createApp);
    const file = topologyFile('processes: { edge: { services: [gateway] }, core: { services: ["*"] } }');
    for (const [app, text] of [
      [titanApp(''), /^no topology: set createApp\(\{ topology \}\)\n$/],
      [
        titanApp('topology: { processes: { edge: { services: ["*"] } } }'),
        /the topology of .+ differs from .+: edge: nothing instead of edge: gateway; core: nothing\. Pass /,
      ],
      [titanApp('topology: { processes: { edge: { services: ["*"] }, core: { services: ["x"] } } }'), /x is placed in core, but/],
    ] as const) {
      process.env.TITAN_PROCESS = '';
      expect(await main(['start', 'edge', '--app', app, '--topology', file])).toBe(1);
      expect(said()).toMatch(text);
      process.env.TITAN_PROCESS = '';
      expect(await main(['topology', '--explain', '--app', app, '--topology', file])).toBe(1);
      expect(said()).toMatch(text);
    }
  });

  it.each([
    ['names less than the application', '{ edge: { services: [a] }, core: { services: [b] } }'],
    ['names more', '{ edge: { services: [a] }, core: { services: [b, c, d] } }'],
    ['places a service in another process', '{ edge: { services: [a, c] }, core: { services: [b] } }'],
    ['has other replicas', '{ edge: { services: [a] }, core: { services: [b, c], replicas: 2 } }'],
    ['has another order, so that another process listens', '{ core: { services: [b, c] }, edge: { services: [a] } }'],
    ['has a process more', '{ edge: { services: [a] }, core: { services: [b, c] }, rest: { services: ["*"] } }'],
  ])('runs no process by a file that %s', async (_, processes) => {
    const app = appOf('process.stdout.write("started")', { edge: ['a'], core: ['b', 'c'] });
    expect(await main(['start', 'edge', '--app', app, '--topology', topologyFile(`processes: ${processes}`)])).toBe(1);
    expect(said()).toMatch(/the topology of .+ differs from /);
  });

  it.each([
    '{ edge: { services: [a] }, core: { services: ["*"] } }',
    '{ edge: { services: ["*"] }, core: { services: [c, b] } }',
  ])('runs a process by a file that says the same in other words: %s', async (processes) => {
    const app = appOf('process.stdout.write("started")', { edge: ['a'], core: ['b', 'c'] });
    expect(await main(['start', 'edge', '--app', app, '--topology', topologyFile(`processes: ${processes}`)])).toBe(0);
    expect(said()).toBe('started');
  });

  it('finds the application next to the topology that names it', async () => {
    const app = appOf('process.stdout.write("started")', { edge: 'gateway' });
    const file = topologyFile(`app: ${basename(app)}\nprocesses: { edge: { services: [gateway] } }`);
    for (const args of [['start'], ['start', 'edge']]) {
      expect(await main([...args, '--topology', file])).toBe(0);
      expect(said()).toBe('started');
    }
    expect(await main(['start', '--topology', file, '--dry-run', '--json'])).toBe(0);
    expect(JSON.parse(said()).app).toBe(app);
  });

  it('refuses a manifest that cannot be read, and works without one', async () => {
    const generate = () => new ServiceGenerator().generate('user', { folder, dryRun: true });
    expect((await generate()).dialect).toBe('standard');
    for (const [text, message] of [
      ['{ "titan": ', /cannot read .+package\.json: /],
      ['[]', /package\.json: expected a JSON object/],
      ['{ "titan": { "dialect": "old" } }', /titan\.dialect must be legacy, standard, none/],
    ] as const) {
      writeFileSync(join(folder, 'package.json'), text);
      await expect(generate()).rejects.toThrow(message);
    }
    rmSync(join(folder, 'package.json'));
  });
});
