import { afterEach, describe, expect, it } from 'vitest';
import {
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  type Caller,
  currentUser,
  Invalidates,
  Public,
  RateLimit,
  RequirePermission,
  RequireRole,
  TitanService,
} from '../../src/index.js';
import { as, code, endAll, providerOf, running } from '../guard/callers.js';

afterEach(endAll);

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
    const authentication = providerOf({
      ada: { userId: 'ada', roles: ['admin'], permissions: ['docs:write'] },
      bob: { userId: 'bob', roles: ['admin'] },
    });
    const app = await running(Docs, { security: { authentication } });
    const [ada, bob, nobody] = [await as<Docs>(app, 'ada'), await as<Docs>(app, 'bob'), await as<Docs>(app, undefined)];
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
  });
});
