import { Netron, type NetronError } from '@omnitron-dev/netron';
import { describe, expect, it } from 'vitest';
import {
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  type Caller,
  createApp,
  currentUser,
  Invalidates,
  Public,
  RateLimit,
  RequirePermission,
  RequireRole,
  TitanService,
} from '../../src/index.js';

let made = 0;

@Authenticated()
@RateLimit({ limit: 100, window: 3_600_000 })
@TitanService({ name: 'docs' })
class Docs {
  @Public({ fill: { 1: currentUser } })
  @Authorize((user: AuthContext, id: string) => id.startsWith(user.userId))
  read(id: string, user?: Caller<AuthContext>) {
    return `${id} for ${user?.userId}`;
  }
  @Public()
  @RequireRole('admin')
  @RequirePermission('docs:write')
  @RateLimit({ limit: 1, window: 3_600_000 })
  write() {
    return 'written';
  }
  @Public()
  @Cache({ ttl: 60, tags: ['docs'] })
  list() {
    made += 1;
    return made;
  }
  @Public()
  @Invalidates(['docs'])
  change() {}
}

describe('rules, limits and caches (standard dialect)', () => {
  it('hold as in the legacy dialect', async () => {
    const people: Record<string, AuthContext> = {
      ada: { userId: 'ada', roles: ['admin'], permissions: ['docs:write'] },
      bob: { userId: 'bob', roles: ['admin'] },
    };
    const authentication = {
      authenticate: async (token: string) => people[token] ?? Promise.reject(new Error('unknown')),
    };
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false } },
      security: { authentication },
    }).service(Docs);
    await app.start();
    const nodes: Netron[] = [];
    const as = async (credentials?: string) => {
      const node = await Netron.create({ logLevel: 'silent', ...(credentials && { credentials }) });
      nodes.push(node);
      return (await node.connect(`ws://127.0.0.1:${app.netron!.listenPort}`)).queryInterface<Docs>('docs');
    };
    const code = (action: unknown) =>
      (action as Promise<unknown>).then(
        () => 'ok',
        (error: NetronError) => error.code,
      );
    const [ada, bob, nobody] = [await as('ada'), await as('bob'), await as()];
    expect(await ada.read('ada/1')).toBe('ada/1 for ada');
    expect([await code(bob.read('ada/1')), await code(nobody.list())]).toEqual(['permission_denied', 'unauthenticated']);
    expect([await code(bob.write()), await code(ada.write()), await code(ada.write())]).toEqual([
      'permission_denied',
      'ok',
      'resource_exhausted',
    ]);
    expect([await ada.list(), await ada.list(), await bob.list()]).toEqual([1, 1, 2]);
    await ada.change();
    expect(await ada.list()).toBe(3);
    for (const node of nodes) await node.stop();
    await app.stop();
  });
});
