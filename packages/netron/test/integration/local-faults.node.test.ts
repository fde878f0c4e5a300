/** `local` discovery on a system that is out of watches or out of disk space. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { localDiscovery } from '../../src/discovery.js';
import { defineService, Netron } from '../../src/index.js';
import { freshPath } from '../contract/temporary.js';
import { quiet } from './nodes.js';

/** What the system refuses at the moment. */
const system = vi.hoisted(() => ({ watches: true, space: true, watched: 0, made: 0, removals: 0, entering: () => {} }));
const full = (code: string): Error => Object.assign(new Error(`${code}: refused by the test`), { code });

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  const watch = (...args: Parameters<typeof fs.watch>): unknown => {
    if (!system.watches) throw full('ENOSPC');
    const watcher = fs.watch(...args);
    system.watched += 1;
    system.made += 1;
    watcher.once('close', () => (system.watched -= 1));
    return watcher;
  };
  return { ...fs, watch };
});
vi.mock('node:fs/promises', async (load) => {
  const fs = await load<typeof import('node:fs/promises')>();
  const writeFile = async (path: string, data: string, options: object): Promise<void> => {
    // As a full disk does: what fits is there.
    await fs.writeFile(path, system.space ? data : data.slice(0, 10), options);
    if (!system.space) throw full('ENOSPC');
  };
  const lstat = async (path: string): Promise<unknown> => {
    const facts = await fs.lstat(path);
    if (path.endsWith('default')) system.entering();
    // Another process takes the folder away as soon as this one has made it.
    if (system.removals > 0 && path.endsWith('default')) {
      system.removals -= 1;
      await fs.rmdir(path);
    }
    return facts;
  };
  return { ...fs, writeFile, lstat };
});

let base: string;
const nodes: Netron[] = [];
const folder = (): string => join(base, 'default');
const files = (): string[] => readdirSync(folder());

beforeEach(() => {
  base = freshPath();
  mkdirSync(base, { mode: 0o700 });
});
afterEach(async () => {
  system.watches = true;
  system.space = true;
  system.entering = () => {};
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeout: 0 })));
  expect([existsSync(folder()), system.watched]).toEqual([false, 0]);
});

async function create(id: string, backend = localDiscovery({ folder: base })): Promise<Netron> {
  const discovery = { backend, interval: 100 };
  const node = await Netron.create({ id, logger: quiet, discovery });
  nodes.push(node);
  return node;
}

/** Resolves when `holds`, looked at after each event of discovery, and now and then: a node hears of none when its own record is there. */
async function until({ discovery }: Netron, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (;;) {
    const event = new Promise<void>((resolve) => {
      const off = discovery.on('*', () => {
        off();
        resolve();
      });
    });
    if (await holds()) return;
    await Promise.race([event, setTimeout(100)]);
  }
}
const ids = async ({ discovery }: Netron): Promise<string> =>
  (await discovery.getActiveNodes())
    .map(({ id }) => id)
    .sort()
    .join();

it('without watches, added and removed nodes are noticed by the periodic read', async () => {
  system.watches = false;
  const [a, b] = [await create('a'), await create('b')];
  await until(a, async () => (await ids(a)) === 'a,b');
  await b.peer.exposeService(defineService({ name: 'late@1.0.0', methods: { where: () => 'b' } }));
  await until(a, async () => (await a.discovery.findAllServices('late')).length === 1);
  expect([system.watched, a.discovery.state]).toEqual([0, 'ready']);
  await b.stop();
  await until(a, async () => (await ids(a)) === 'a');
  // There are some again.
  system.watches = true;
  await a.discovery.findAllServices({ name: 'late', fresh: true });
  expect(system.watched).toBe(1);
});

it('a node that starts while leaving nodes remove the folder is announced', async () => {
  system.removals = 3;
  const discovery = { backend: localDiscovery({ folder: base }), interval: 100, required: true };
  const a = await Netron.create({ id: 'a', logger: quiet, discovery });
  nodes.push(a);
  expect([system.removals, a.discovery.state, files().length]).toEqual([0, 'ready', 2]);
});

it('a record that was written again within one tick of the clock, with the same length, is read', async () => {
  const [a, b] = [await create('a'), await create('b')];
  await until(a, async () => (await ids(a)) === 'a,b');
  const weight = async (): Promise<number | undefined> => {
    await a.discovery.discover({ name: 'any', fresh: true });
    return (await a.discovery.getActiveNodes()).find(({ id }) => id === b.id)?.weight;
  };
  const record = files()
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(base, 'default', name))
    .find((path) => (JSON.parse(readFileSync(path, 'utf8')) as { id: string }).id === 'b') as string;
  for (const next of [2, 3]) {
    writeFileSync(record, readFileSync(record, 'utf8').replace(/"weight":\d/, `"weight":${next}`));
    utimesSync(record, 1_000, 1_000);
    expect(await weight()).toBe(next);
  }
});

it('a damaged record is written again, and later nodes find that node', async () => {
  const a = await create('a');
  const [record] = files().filter((name) => name.endsWith('.json'));
  writeFileSync(join(base, 'default', record as string), '{');
  const b = await create('b');
  for (const node of [a, b]) await until(node, async () => (await ids(node)) === 'a,b');
});

it('a folder that is made anew while the disk is full is watched again', async () => {
  const a = await create('a');
  const before = system.made;
  system.space = false;
  rmSync(join(base, 'default'), { recursive: true });
  await until(a, () => a.discovery.state === 'degraded');
  system.space = true;
  await until(a, () => a.discovery.state === 'ready');
  await until(a, () => system.made > before);
  expect(system.watched).toBe(1);
});

it('on a full disk, nodes stay known and notice removed ones; changes are announced when there is space', async () => {
  const [a, b, c] = [await create('a'), await create('b'), await create('c')];
  for (const node of [a, b, c]) await until(node, async () => (await ids(node)) === 'a,b,c');
  system.space = false;
  await b.peer.exposeService(defineService({ name: 'late@1.0.0', methods: { where: () => 'b' } }));
  await until(b, () => b.discovery.state === 'degraded');
  expect(b.discovery.backends[0]?.error?.message).toMatch(/ENOSPC/);
  expect(files().filter((name) => name.endsWith('.new'))).toEqual([]);
  expect(await ids(a)).toBe('a,b,c');
  await c.stop();
  for (const node of [a, b]) await until(node, async () => (await ids(node)) === 'a,b');
  // One that starts now knows the others, and they do not know it yet.
  const d = await create('d');
  expect([await ids(d), d.discovery.state]).toEqual(['a,b', 'degraded']);
  system.space = true;
  for (const node of [a, b]) await until(node, async () => (await ids(node)) === 'a,b,d');
  await until(a, async () => (await a.discovery.findAllServices('late')).length === 1);
  for (const node of [b, d]) await until(node, () => node.discovery.state === 'ready');
});

it('a node that stops during a read leaves no watch behind', async () => {
  const backend = localDiscovery({ folder: base });
  await create('a', backend);
  const stopped = new Promise<void>((resolve) => {
    system.entering = () => {
      system.entering = () => {};
      // Others are there, so that the folder stays, and what watches it.
      writeFileSync(join(folder(), 'other'), '');
      backend.stop().then(resolve);
    };
  });
  // Its watch ends with the folder, and the look that follows begins another one.
  rmSync(folder(), { recursive: true });
  await stopped;
  expect(system.watched).toBe(0);
  rmSync(folder(), { recursive: true });
});
