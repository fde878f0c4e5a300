import { expectTypeOf, it } from 'vitest';
import type { CallPeer, LocalPeer, Netron, RemotePeer } from '../index.js';
import type { TaskRegistry } from './task-registry.js';

interface SystemInfo {
  platform: string;
}

declare const remote: RemotePeer;
declare const local: LocalPeer;

it('a task has the given result type, and unknown by default', async () => {
  expectTypeOf(await remote.runTask<SystemInfo>('systemInfo')).toEqualTypeOf<SystemInfo>();
  expectTypeOf(await local.runTask<SystemInfo>('systemInfo', 1, 'two')).toEqualTypeOf<SystemInfo>();
  expectTypeOf(await remote.runTask('systemInfo')).toEqualTypeOf<unknown>();
  expectTypeOf(await local.runTask('systemInfo')).toEqualTypeOf<unknown>();
  // @ts-expect-error a task is asked for by its name
  void remote.runTask<SystemInfo>(1);
});

it('a task infers its peer and may name the types of its arguments', () => {
  const add = (node: Netron) => {
    node.addTask(async function report(peer, count: number) {
      expectTypeOf(peer).toEqualTypeOf<RemotePeer>();
      expectTypeOf(count).toEqualTypeOf<number>();
    });
    node.addTask('report', (peer) => expectTypeOf(peer).toEqualTypeOf<RemotePeer>(), { remote: true });
    node.addTask('report', (peer: CallPeer) => peer.id);
  };
  expectTypeOf(add).toBeFunction();
});

it('a registry passes its type of peer to tasks and runs them for the node itself', () => {
  const use = (tasks: TaskRegistry<RemotePeer>) => {
    tasks.addTask('report', (peer) => expectTypeOf(peer).toEqualTypeOf<RemotePeer>());
    tasks.run('report', remote, []);
    tasks.runLocal('report', local, []);
    // @ts-expect-error the node itself is no peer from afar
    tasks.run('report', local, []);
  };
  expectTypeOf(use).toBeFunction();
});
