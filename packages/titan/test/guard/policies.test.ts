import { NetronError } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AuthContext, Authorize, Public, TitanService } from '../../src/index.js';
import { as, code, endAll, running } from './callers.js';

afterEach(endAll);

describe('SE: policies on arguments', () => {
  it('B24: get validated arguments, and their answer is cached for nobody', async () => {
    let ran = 0;
    class Docs {
      read(id: string) {
        ran += 1;
        return id;
      }
    }
    Public({ cache: { ttl: 60 } })(Docs.prototype, 'read');
    Authorize((user: AuthContext, id: string) => id.startsWith(`${user.userId}/`))(Docs.prototype, 'read');
    TitanService({ name: 'docs', contract: { read: { input: z.string().toLowerCase() } } })(Docs);
    const app = await running(Docs);
    const [ada, bob] = [await as<Docs>(app, 'ada'), await as<Docs>(app, 'bob')];
    expect([await ada.read('ADA/1'), await ada.read('ada/1'), ran]).toEqual(['ada/1', 'ada/1', 1]);
    expect(await code(bob.read('ada/1'))).toBe('permission_denied');
    expect(await code(bob.read(5 as never))).toBe('invalid_argument');
    expect(await code((await as<Docs>(app, undefined)).read('x'))).toBe('unauthenticated');
  });
  it('let in by true alone, and what they throw fails the call', async () => {
    let ran = 0;
    class Odd {
      yes() {
        ran += 1;
      }
      thrown() {
        ran += 1;
      }
      told() {
        ran += 1;
      }
    }
    for (const name of ['yes', 'thrown', 'told'] as const) Public()(Odd.prototype, name);
    Authorize((() => 'yes') as never)(Odd.prototype, 'yes');
    Authorize(() => {
      throw new TypeError('a detail');
    })(Odd.prototype, 'thrown');
    Authorize(() => Promise.reject(new NetronError('not_found', 'there is none')))(Odd.prototype, 'told');
    TitanService({ name: 'odd' })(Odd);
    const odd = await as<Odd>(await running(Odd), 'ada');
    expect([await code(odd.yes()), await code(odd.thrown()), await code(odd.told()), ran]).toEqual([
      'permission_denied',
      'unknown',
      'not_found',
      0,
    ]);
  });
});
