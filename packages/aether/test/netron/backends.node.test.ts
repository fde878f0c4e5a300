import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { expect, it } from 'vitest';
import { compileModule, createRoot, Injectable, Module } from '../../src/index.js';
import {
  type BackendOptions,
  defineNetronService,
  NetronClient,
  NetronModule,
  NetronService,
  useSkew,
} from '../../src/netron/index.js';

interface IUserService {
  find(id: string): Promise<string>;
}

@Injectable()
class UserService extends NetronService<IUserService> {}

/** A page whose server is replaced under it, and the requests that it makes. */
async function deploys(versions: readonly string[], options: Partial<BackendOptions> = {}) {
  const nodes = await Promise.all(versions.map(() => Netron.create({ logLevel: 'error' })));
  const handlers = await Promise.all(
    nodes.map(async (node, index) => {
      const methods = { find: (id: string) => id, ...(index > 0 && { more: (id: string) => id }) };
      await node.peer.exposeService(defineService({ name: `user@${versions[index]}`, methods }));
      return httpHandler(node);
    }),
  );
  const state = { at: 0, requests: [] as string[] };
  const backend: BackendOptions = {
    url: 'http://a.example',
    fetch: (target, init) => {
      state.requests.push(new URL(target).pathname);
      return (handlers[state.at] as (typeof handlers)[number]).fetch(new Request(target, init));
    },
    ...options,
  };
  @Module({ imports: [NetronModule.forRoot({ backends: { main: backend } })], providers: [UserService] })
  class AppModule {}
  const app = compileModule(AppModule);
  return {
    app,
    state,
    async [Symbol.asyncDispose]() {
      await app.dispose();
      for (const node of nodes) await node.stop();
    },
  };
}

it('useSkew reports that the server has another version than the page knows', async () => {
  await using page = await deploys(['1.0.0', '1.1.0']);
  await createRoot(async (dispose) => {
    const skew = page.app.run(() => useSkew());
    const client = page.app.get(NetronClient);
    const users = client.service(UserService);
    expect(await users.find('1')).toBe('1');
    expect(skew()).toBeUndefined();
    page.state.at = 1;
    expect(await users.find('2')).toBe('2');
    expect(skew()).toEqual({ backend: 'main', service: 'user', known: '1.0.0', server: '1.1.0' });
    dispose();
  });
});

it('with `batch`, the calls of one turn are sent as one request (AE-32)', async () => {
  await using page = await deploys(['1.0.0'], { batch: true });
  const users = page.app.get(NetronClient).service(UserService);
  await users.find('0');
  page.state.requests.length = 0;
  expect(await Promise.all([users.find('1'), users.find('2'), users.find('3')])).toEqual(['1', '2', '3']);
  expect(page.state.requests.length).toBe(1);
});

it('the client reads and changes data by service name, at the named backend', async () => {
  await using page = await deploys(['1.0.0']);
  const client = page.app.get(NetronClient);
  expect(await client.query('user', 'find', ['1'], { backend: 'main', cache: 1_000 })).toBe('1');
  expect(await client.mutate('user', 'find', ['2'], { backend: 'main', invalidate: ['user'] })).toBe('2');
  await expect(client.query('user', 'find', ['1'], { backend: 'other' })).rejects.toThrow("unknown backend 'other'; known: main");
  await expect(client.mutate('user', 'find', ['2'], { backend: 'other' })).rejects.toThrow(
    "unknown backend 'other'; known: main",
  );
});

it('a backend accepts the options of a peer: a refused token is renewed', async () => {
  const seen: (string | null)[] = [];
  let renewed = 0;
  await using page = await deploys(['1.0.0'], {
    token: 'old',
    refresh: async () => `new ${++renewed}`,
    live: false,
    fetch: async (_, init) => {
      seen.push(new Headers(init?.headers).get('authorization'));
      return new Response('', { status: 401 });
    },
  });
  await expect(page.app.get(NetronClient).query('user', 'find', ['1'])).rejects.toThrow();
  expect([new Set(seen), renewed]).toEqual([new Set(['Bearer old', 'Bearer new 1']), 1]);
});

it('a service from its contract needs no provider, and has the name of the service', async () => {
  const Users = defineNetronService<IUserService>({ name: 'user@^1.0.0' });
  await using page = await deploys(['1.0.0']);
  const users = page.app.get(Users);
  expect(await users.find('7')).toBe('7');
  expect([page.app.get(NetronClient).service(Users) === users, Users.name]).toEqual([true, 'user@^1.0.0']);
});
