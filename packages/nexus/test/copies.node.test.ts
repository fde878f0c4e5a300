import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../src/copy.js';
import type * as Nexus from '../src/index.js';

const home = new URL('../', import.meta.url);
let folder: string;
let own: typeof Nexus;
let other: typeof Nexus;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nexus-copies-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  // Below a scope, as packages are installed: the `@` belongs to the place.
  files = ['own', 'other'].map((name) => join(folder, 'node_modules', '@scope', `${name}.js`));
  const load = async (outfile: string, as: string): Promise<typeof Nexus> => {
    const entryPoints = [fileURLToPath(new URL('src/index.ts', home))];
    await esbuild.build({ entryPoints, bundle: true, format: 'esm', target: 'es2022', outfile });
    await writeFile(outfile, (await readFile(outfile, 'utf8')).replace(`version = "${version}"`, `version = "${as}"`));
    return import(/* @vite-ignore */ pathToFileURL(outfile).href);
  };
  [own, other] = [await load(files[0]!, '1.2.3'), await load(files[1]!, '1.4.0')];
});
afterAll(() => rm(folder, { recursive: true }));

/** The error of `action`, which has to be of code `copies` and name versions and files. */
function said(action: () => unknown, [mine, theirs]: readonly [number, number] = [0, 1]): string {
  let error: unknown;
  try {
    action();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ name: 'NexusError', code: 'copies' });
  // Test runners rewrite stacks, with and without the protocol.
  const text = (error as Error).message.replaceAll('file://', '');
  const versions = ['1.2.3', '1.4.0'];
  const places = files.map((file) => pathToFileURL(file).pathname);
  const expected = `is of another copy of @omnitron-dev/nexus: ${versions[mine]} in ${places[mine]}, ${versions[theirs]} in ${places[theirs]}; install one version`;
  expect(text).toContain(expected);
  return text.slice(0, text.indexOf(` ${expected}`));
}

describe('two copies of the package in one program', () => {
  it('a module of one, in a container of the other', () => {
    const feature = other.defineModule({ id: 'feature' });
    expect(said(() => own.createContainer(feature))).toBe('module "feature"');
    const app = own.defineModule({ id: 'app', imports: [feature] });
    expect(said(() => own.createContainer(app))).toBe('module "feature"');
    class Decorated {}
    other.Module({ providers: [] })(Decorated);
    expect(said(() => own.createContainer(Decorated))).toBe('module Decorated');
  });
  it('inject() of one, in what a container of the other creates', () => {
    const port = own.createToken<number>('port', { factory: () => 1 });
    class Server {
      readonly port = other.inject(port);
    }
    expect(said(() => own.createContainer([Server]).get(Server), [1, 0])).toBe('inject()');
    expect(() => other.inject(port)).toThrow('inject() must be called in');
  });
  it('lazy() of one, and Container of one, in a container of the other', () => {
    class Late {}
    class Early {
      static inject = [other.lazy(() => Late)] as const;
      constructor(readonly late: () => Late) {}
    }
    expect(said(() => own.createContainer([Early, Late]))).toBe('cannot create Early: lazy(() => Late)');
    class Holder {
      static inject = [other.Container] as const;
      constructor(readonly container: Nexus.Container) {}
    }
    expect(said(() => own.createContainer([Holder]), [1, 0])).toBe('Container');
  });
  it('what is shared by registered symbols works: tokens, their factories, @Injectable(), providers, errors', () => {
    const port = other.createToken<number>('port', { factory: () => 80 });
    class Rooted {}
    other.Injectable({ providedIn: 'root' })(Rooted);
    class Server {
      static inject = [port, Rooted] as const;
      constructor(
        readonly port: number,
        readonly rooted: Rooted,
      ) {}
    }
    const name = other.createToken<string>('name');
    const container = own.createContainer([
      Server,
      other.provider({ provide: name, useFactory: (at) => `:${at}`, deps: [port] }),
    ]);
    expect(container.get(Server)).toMatchObject({ port: 80, rooted: expect.any(Rooted) });
    expect(container.get(name)).toBe(':80');
    try {
      container.get(other.createToken('missing'));
      expect.unreachable();
    } catch (error) {
      expect([own.NexusError.is(error), other.NexusError.is(error), error instanceof other.NexusError]).toEqual([
        true,
        true,
        false,
      ]);
    }
    expect([undefined, null, new Error('no'), {}].map((each) => own.NexusError.is(each))).toEqual([false, false, false, false]);
  });
  it('the version is the one of the manifest', async () => {
    const manifest = JSON.parse(await readFile(new URL('package.json', home), 'utf8')) as { version: string };
    expect(version).toBe(manifest.version);
  });
});
