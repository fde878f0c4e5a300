/** Processes of one user on one machine find each other without a server, and survive what happens to their folder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { localDiscovery } from '../../src/discovery.js';
import { Netron, type NetronOptions } from '../../src/index.js';
import { knows, serves } from '../contract/found-nodes.js';
import { freshPath } from '../contract/temporary.js';
import { eventually } from '../http/eventually.js';
import { quiet } from './nodes.js';

const runtime = freshPath();
const folder = join(runtime, 'netron', 'neighbours');
let program: string;
const children = new Set<ChildProcess>();
const nodes: Netron[] = [];

beforeAll(async () => {
  mkdirSync(runtime, { mode: 0o700 });
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  // Below the repository, so that its packages are found.
  program = new URL('../../../../node_modules/.cache/netron/neighbour.mjs', import.meta.url).pathname;
  await build({
    entryPoints: [new URL('programs/neighbour.ts', import.meta.url).pathname],
    ...{ outfile: program, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent' },
    conditions: ['@omnitron-dev/source'],
    external: ['ws', 'semver', 'semver/*'],
  });
});
afterEach(async () => {
  const ended = [...children].map((child) => child.exitCode === null && child.signalCode === null && once(child, 'close'));
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await Promise.all(ended);
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeout: 0 })));
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});
afterAll(() => vi.unstubAllEnvs());

/** A process with a node; resolves when it has exposed its service, which it announces a moment later. */
async function neighbour(id: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, id], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  return child;
}

async function create(id: string, options: NetronOptions = {}): Promise<Netron> {
  const node = await Netron.create({ id, logger: quiet, discovery: { namespace: 'neighbours', interval: 200 }, ...options });
  nodes.push(node);
  return node;
}

async function ids({ discovery }: Netron): Promise<string[]> {
  return (await discovery.getActiveNodes()).map(({ id }) => id).sort();
}

/** Resolves when there are so many files in the folder. */
async function files(count: number): Promise<void> {
  let wake = (): void => {};
  const changes = watch(folder, () => wake());
  try {
    while (readdirSync(folder).length !== count) await new Promise<void>((resolve) => (wake = resolve));
  } finally {
    changes.close();
  }
}

describe('discovery: true', () => {
  it('finds and calls a service of another process, by name', async () => {
    await neighbour('b');
    const a = await create('a');
    const address = await serves(a, 'b@1.0.0');
    expect(address).toMatch(/^unix:/);
    const peer = await a.connect(address);
    expect(await peer.call('b', 'greet')).toBe('hello from b');
  });

  it('all notice processes that are killed in turn without a connection to them, and one that exits', async () => {
    const [a, e] = [await create('a'), await create('e')];
    const [b, c, d] = await Promise.all(['b', 'c', 'd'].map(neighbour));
    const all = (...ids: string[]) => Promise.all([knows(a, ...ids), knows(e, ...ids)]);
    await all('a', 'b', 'c', 'd', 'e');
    b?.kill('SIGKILL');
    await all('a', 'c', 'd', 'e');
    c?.kill('SIGKILL');
    await all('a', 'd', 'e');
    await neighbour('b');
    await all('a', 'b', 'd', 'e');
    d?.stdin?.end();
    await all('a', 'b', 'e');
    await e.stop();
    await knows(a, 'a', 'b');
    for (const child of children) child.kill('SIGKILL');
    await knows(a, 'a');
    // A process may be killed while it writes: that goes, too.
    await files(2);
  });

  it('does not treat a stopped process (SIGSTOP) as dead', async () => {
    const [a, b] = [await create('a'), await neighbour('b')];
    await knows(a, 'a', 'b');
    b.kill('SIGSTOP');
    // Each look tries its socket.
    for (let look = 0; look < 5; look += 1) await a.discovery.findAllServices({ name: 'b', fresh: true });
    await knows(a, 'a', 'b');
    b.kill('SIGCONT');
  });

  it('the next process removes the files of a killed one, also of one that had not written its record', async () => {
    const b = await neighbour('b');
    b.kill('SIGKILL');
    await once(b, 'close');
    const early = join(folder, '0123456789abcdef');
    const socket = createServer((connection) => connection.destroy()).listen(`${early}.sock`);
    await once(socket, 'listening');
    writeFileSync(`${early}.json.new`, '{"id":"ear');
    // It is there: it may be about to write.
    const a = await create('a');
    expect(await ids(a)).toEqual(['a']);
    expect(readdirSync(folder).length).toBe(4);
    // As a kill does, which leaves the socket's file; closing would remove it.
    renameSync(`${early}.sock`, `${early}.kept`);
    socket.close();
    await once(socket, 'close');
    renameSync(`${early}.kept`, `${early}.sock`);
    await files(2);
    expect(await ids(a)).toEqual(['a']);
  });

  it('recreates its files when the folder is deleted: all nodes are found again and can be called', async () => {
    const a = await create('a');
    await neighbour('b');
    const before = await serves(a, 'b');
    // In one step: the other process makes files anew as soon as it sees that some are gone.
    renameSync(folder, `${folder}-deleted`);
    rmSync(`${folder}-deleted`, { recursive: true });
    const address = await new Promise<string>((resolve) => {
      a.discovery.watch('b', ([service]) => {
        if (service !== undefined && service.address !== before) resolve(service.address);
      });
    });
    await knows(a, 'a', 'b');
    const peer = await a.connect(address);
    expect(await peer.call('b', 'greet')).toBe('hello from b');
  });

  it('refuses a folder of another user or with wide permissions, and a link; the node runs without it', async () => {
    const base = freshPath();
    mkdirSync(base, { mode: 0o700 });
    const attempts: [string, RegExp][] = [];
    const state = async (name: string) => {
      const node = await create('x', { discovery: { backend: localDiscovery({ folder: base }), namespace: name } });
      const [{ up, error } = {}] = node.discovery.backends;
      return `${up} ${error?.message}`;
    };
    mkdirSync(join(base, 'open'));
    chmodSync(join(base, 'open'), 0o755);
    attempts.push(['open', /^false .*has mode 755: it must be a directory of this user with mode 0700/]);
    symlinkSync(tmpdir(), join(base, 'link'));
    attempts.push(['link', /^false .*is a symbolic link/]);
    writeFileSync(join(base, 'file'), '');
    attempts.push(['file', /^false .*is not a directory/]);
    for (const [name, expected] of attempts) expect(await state(name)).toMatch(expected);
    const required = (given: string) =>
      create('y', { discovery: { backend: localDiscovery({ folder: given }), namespace: 'open', required: true } });
    await expect(required(base)).rejects.toMatchObject({ code: 'failed_precondition' });
    chmodSync(join(base, 'open'), 0o700);
    const link = freshPath();
    symlinkSync(base, link);
    await expect(required(link)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringMatching(/is a symbolic link/),
    });
    vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
    try {
      const refusal = { code: 'failed_precondition', message: expect.stringMatching(/belongs to user \d+/) };
      await expect(required(base)).rejects.toMatchObject(refusal);
    } finally {
      vi.mocked(process.getuid as () => number).mockRestore();
      rmSync(link);
    }
  });

  it.runIf(process.platform !== 'win32')(
    'a pipe, a folder and a link among the records keep nobody from being found, or from stopping',
    async () => {
      const a = await create('a');
      const name = (digit: string): string => join(folder, `${digit.repeat(16)}.json`);
      for (const digit of 'abcdef') execFileSync('mkfifo', [name(digit)]);
      mkdirSync(name('1'));
      symlinkSync('/dev/zero', name('2'));
      const b = await create('b');
      await knows(a, 'a', 'b');
      await knows(b, 'a', 'b');
      await Promise.all([a.stop(), b.stop()]);
      // Reads that still waited would take the threads that others need.
      expect(await readFile(join(import.meta.dirname, 'nodes.ts'), 'utf8')).toContain('quiet');
    },
  );

  it('files that no run of a node has written are ignored and counted once, and long files are not read', async () => {
    const a = await create('a');
    const b = await neighbour('b');
    await knows(a, 'a', 'b');
    const own = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const left = own.map((name) => readFileSync(join(folder, name), 'utf8')).find((text) => text.includes('"id":"b"')) as string;
    // Alone: others would take files away before this one has seen them.
    b.kill('SIGKILL');
    await knows(a, 'a');
    await files(2);
    const file = (name: string): string => join(folder, `${name.padStart(16, '0')}.json`);
    const good = { ...(JSON.parse(left) as object), id: 'c', instance: 'c' };
    const texts = {
      1: '{"id": "c"',
      2: JSON.stringify({ ...good, version: 'x'.repeat(2 ** 20) }),
      3: `{"__proto__":${left}}`,
      4: left.replace('"labels":{}', '"labels":{"__proto__":"x"}'),
      5: JSON.stringify({ ...good, addresses: ['http://10.0.0.1:1'] }),
      6: JSON.stringify({ ...good, addresses: ['tcp://169.254.169.254:1'] }),
      7: JSON.stringify({ ...good, addresses: ['tcp://0.0.0.0:1'] }),
      8: '',
    };
    const handle = await open(join(import.meta.dirname, 'nodes.ts'));
    const read = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'readFile');
    await handle.close();
    for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text);
    mkdirSync(file('a'));
    symlinkSync('/dev/zero', file('b'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [file('c')]);
    const links = process.platform === 'win32' ? 2 : 3;
    for (const name of ['bad1.json', 'notes.txt', 'ABCDEF0123456789.json']) writeFileSync(join(folder, name), left);
    // It has the record of a run that was killed: no fault of anybody.
    writeFileSync(file('d'), JSON.stringify(good));
    const expected = Object.keys(texts).length + links + 3;
    const state = () => a.discovery.backends[0];
    await eventually(() => expect(state()?.refused).toBeGreaterThanOrEqual(expected));
    // What has the name of a run is taken away, but for a folder.
    const stays = ['ABCDEF0123456789.json', 'bad1.json', 'notes.txt', `${'a'.padStart(16, '0')}.json`];
    await files(2 + stays.length);
    for (let look = 0; look < 3; look += 1) await a.discovery.findAllServices({ name: 'c', fresh: true });
    expect(state()).toMatchObject({ refused: expected, nodes: 1, up: true });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(stays));
    const lengths = await Promise.all(read.mock.results.map(async ({ value }) => ((await value) as string).length));
    expect(Math.max(...lengths)).toBeLessThan(2 ** 16);
    read.mockRestore();
  });

  it('leaves nothing behind when it stops; the last node removes the folder', async () => {
    const [a, b] = [await create('a'), await create('b')];
    expect(a.addresses.length).toBe(1);
    expect(readdirSync(folder).length).toBe(4);
    await a.stop({ timeout: 0 });
    expect(readdirSync(folder).length).toBe(2);
    await b.stop({ timeout: 0 });
    expect(existsSync(folder)).toBe(false);
    const c = await create('c');
    expect([c.discovery.state, readdirSync(folder).length]).toEqual(['ready', 2]);
    writeFileSync(join(folder, 'kept'), '');
    await c.stop({ timeout: 0 });
    expect(readdirSync(folder)).toEqual(['kept']);
  });
});
