import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError, ConfigModule } from '../../src/index.js';
import { base, file, inOwnFolder, object, write } from './folder.js';

inOwnFolder();

describe('watching', () => {
  const counting = z.object({ n: z.number() });
  /** The next change of `n`. */
  const next = (config: ConfigModule) =>
    new Promise<number>((resolve) => {
      const off = config.onChange('n', () => {
        off();
        resolve(config.get('n'));
      });
    });

  it('sees a file written in place, replaced by another, and reached by a swapped link (G94)', async () => {
    await write('v1/app.yaml', 'n: 1\n');
    await write('v2/app.yaml', 'n: 4\n');
    await symlink('v1', join(base, 'current'));
    await using config = new ConfigModule({ base });
    await config.loadWithSchema({ schema: counting, sources: [file('current/app.yaml')], watch: true });
    let heard = next(config);
    await write('v1/app.yaml', 'n: 2\n');
    expect(await heard).toBe(2);
    heard = next(config);
    await write('v1/new.yaml', 'n: 3\n');
    await rename(join(base, 'v1/new.yaml'), join(base, 'v1/app.yaml'));
    expect(await heard).toBe(3);
    heard = next(config);
    await symlink('v2', join(base, 'swap'));
    await rename(join(base, 'swap'), join(base, 'current'));
    expect(await heard).toBe(4);
    heard = next(config);
    await write('v2/app.yaml', 'n: 5\n');
    expect(await heard).toBe(5);
  });
  it('sees links and folders replaced at every level of the way, and what is written behind them', async () => {
    await write('shared/config/app.yaml', 'n: 1\n');
    await write('r1/x/config/app.yaml', 'n: 1\n');
    await write('r2/x/config/app.yaml', 'n: 2\n');
    await symlink('r1', join(base, 'current'));
    await using config = new ConfigModule({ base });
    await config.loadWithSchema({ schema: counting, sources: [file('current/x/config/app.yaml')], watch: true });
    const step = async (n: number, change: () => Promise<unknown>) => {
      const heard = next(config);
      await change();
      expect(await heard).toBe(n);
    };
    const swap = async (target: string, name: string) => {
      await symlink(target, join(base, 'swap'));
      await rename(join(base, 'swap'), join(base, name));
    };
    await step(2, () => swap('r2', 'current'));
    await step(33, () => write('r2/x/config/app.yaml', 'n: 33\n'));
    // A folder in place of another, two levels above, and what is written in it.
    await write('r3/config/app.yaml', 'n: 444\n');
    await rename(join(base, 'r2/x'), join(base, 'old'));
    await step(444, () => rename(join(base, 'r3'), join(base, 'r2/x')));
    await step(5555, () => write('r2/x/config/app.yaml', 'n: 5555\n'));
    // A link behind a link, and what it leads to.
    await rename(join(base, 'r2/x/config'), join(base, 'older'));
    await step(1, () => swap('../../shared/config', 'r2/x/config'));
    await step(66, () => write('shared/config/app.yaml', 'n: 66\n'));
    await write('other/config/app.yaml', 'n: 777\n');
    await rename(join(base, 'shared'), join(base, 'oldest'));
    await step(777, () => rename(join(base, 'other'), join(base, 'shared')));
  });
  it('a broken version leaves what was there, and says what is wrong', async () => {
    await write('app.yaml', 'n: 1\n');
    const failed: unknown[] = [];
    let told = () => {};
    const error = new Promise<void>((resolve) => {
      told = resolve;
    });
    await using config = new ConfigModule({
      base,
      onError: (thrown) => {
        failed.push(thrown);
        told();
      },
    });
    await config.loadWithSchema({ schema: counting, sources: [file('app.yaml')], watch: true });
    await write('broken.yaml', 'n: text\n');
    await rename(join(base, 'broken.yaml'), join(base, 'app.yaml'));
    await error;
    expect(failed[0]).toBeInstanceOf(ConfigError);
    expect(config.get('n')).toBe(1);
    const heard = next(config);
    await write('good.yaml', 'n: 2\n');
    await rename(join(base, 'good.yaml'), join(base, 'app.yaml'));
    expect(await heard).toBe(2);
  });
  it('failures of listeners and of what is told of them end nothing, at once or later', async () => {
    await write('app.yaml', 'n: 1\n');
    const told: string[] = [];
    let more = () => {};
    await using config = new ConfigModule({
      base,
      onError: (error) => {
        told.push((error as Error).message);
        more();
        throw new Error('told in vain');
      },
    });
    await config.loadWithSchema({ schema: counting, sources: [file('app.yaml')], watch: true });
    config.onChange('n', () => {
      throw new Error('at once');
    });
    config.onChange('n', () => Promise.reject(new Error('later')));
    let heard = next(config);
    await write('app.yaml', 'n: 22\n');
    expect(await heard).toBe(22);
    // A version that cannot be used, whose report fails too.
    const reported = new Promise<void>((resolve) => {
      more = () => told.some((text) => text.includes('invalid configuration')) && resolve();
    });
    await write('broken.yaml', 'n: text\n');
    await rename(join(base, 'broken.yaml'), join(base, 'app.yaml'));
    await reported;
    heard = next(config);
    await write('good.yaml', 'n: 333\n');
    await rename(join(base, 'good.yaml'), join(base, 'app.yaml'));
    expect(await heard).toBe(333);
    expect(told).toEqual(expect.arrayContaining(['at once', 'later']));
  });
  it('what is told of failures may fail later as well', async () => {
    const config = new ConfigModule({ base, onError: (() => Promise.reject(new Error('told in vain'))) as () => void });
    await config.load([object({ n: 1 })]);
    config.onChange('n', () => Promise.reject(new Error('later')));
    await config.load([object({ n: 2 })]);
    // A rejection that nobody handles would fail this run.
    await new Promise((resolve) => setImmediate(resolve));
    expect(config.get('n')).toBe(2);
  });
  it('hears only what changed, and a listener that throws keeps none from it', async () => {
    const value = { a: 1, b: { c: 1 } };
    const config = new ConfigModule({ base });
    await config.load([object(value)]);
    const heard: string[] = [];
    config.onChange('', () => {
      throw new Error('no');
    });
    for (const path of ['a', 'b', 'b.c', 'd']) config.onChange(path, () => heard.push(path));
    await config.load([object({ b: { c: 2 } })]);
    expect(heard).toEqual(['b', 'b.c']);
  });
});
