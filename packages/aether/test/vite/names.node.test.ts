/** Services are named by their classes, also in what a build makes, where names are short and no two are the same. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, defaultClientConditions, type Rolldown } from 'vite';
import { expect, it } from 'vitest';
import { aether } from '../../src/vite/index.js';
import { aliasesOf } from '../vite-page.js';

const files = {
  'main.tsx': `import { getServiceName, NetronService, useQuery } from '@omnitron-dev/aether/netron';
    import { UserService as Other, OrderStore, Paid, Named } from './other.ts';
    import { CartService } from './cart.js';
    class UserService extends NetronService<{ getUser(id: string): Promise<string> }> {}
    export const User = () => <p>{useQuery(UserService, 'getUser', ['1']).data()}</p>;
    export const names = [UserService, Other, OrderStore, Paid, Named, CartService].map((each) => getServiceName(each as never));`,
  'other.ts': `import { Backend, NetronService, NetronStore } from '@omnitron-dev/aether/netron';
    @Backend('main') export class UserService extends NetronService<object> {}
    export class OrderStore extends NetronStore<object> { static readonly count: number = 1; }
    export const Paid = class extends NetronService<object> {};
    export class Named extends NetronService<object> { static override readonly name: string = 'Own'; }`,
  'base.js': `import { NetronService } from '@omnitron-dev/aether/netron';
    export class BaseService extends NetronService {}`,
  'cart.js': `import { BaseService } from './base.js';
    export class CartService extends BaseService {}`,
};

async function built(plugins: Parameters<typeof build>[0] & object) {
  const root = await mkdtemp(join(tmpdir(), 'aether-names-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    const [{ output }] = (await build({
      root,
      configFile: false,
      logLevel: 'error',
      resolve: {
        conditions: ['@omnitron-dev/source', ...defaultClientConditions],
        alias: aliasesOf({ netron: 'netron/index.ts' }),
      },
      build: {
        write: false,
        minify: true,
        target: 'es2022',
        lib: { entry: join(root, 'main.tsx'), formats: ['es'], fileName: 'main' },
        rolldownOptions: { output: { codeSplitting: false } },
      },
      ...plugins,
    })) as [Rolldown.RolldownOutput];
    const { code } = output[0];
    const { names } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as {
      names: string[];
    };
    return { code, names };
  } finally {
    await rm(root, { recursive: true });
  }
}

it('a minified build keeps the names of the sources: in two files, of stores and expressions, behind a base, with explicit names', async () => {
  const { code, names } = await built({ plugins: [aether()] });
  expect(names).toEqual(['user', 'user', 'order', 'paid', 'own', 'cart']);
  expect(code).not.toContain('class UserService');
});
