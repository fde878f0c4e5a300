import { expectTypeOf, it } from 'vitest';
import type { LocalPeer, RemotePeer } from '../index.js';

interface SystemInfo {
  platform: string;
}

declare const remote: RemotePeer;
declare const local: LocalPeer;

it('a task has the result that is asked for, and an unknown one otherwise', async () => {
  expectTypeOf(await remote.runTask<SystemInfo>('systemInfo')).toEqualTypeOf<SystemInfo>();
  expectTypeOf(await local.runTask<SystemInfo>('systemInfo', 1, 'two')).toEqualTypeOf<SystemInfo>();
  expectTypeOf(await remote.runTask('systemInfo')).toEqualTypeOf<unknown>();
  expectTypeOf(await local.runTask('systemInfo')).toEqualTypeOf<unknown>();
  // @ts-expect-error a task is asked for by its name
  void remote.runTask<SystemInfo>(1);
});
