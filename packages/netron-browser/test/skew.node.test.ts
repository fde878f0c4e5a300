import { defineService, Netron, NetronError } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { describe, expect, it } from 'vitest';
import { HttpRemotePeer, type Queried, SkewError } from '../src/index.js';

interface Users {
  find(id: string): string;
  rename(id: string): string;
  fail(): void;
}

const version = (name: string, more: Record<string, (id: string) => string>) =>
  defineService({
    name,
    methods: {
      find: (id: string) => id,
      fail: () => {
        throw new NetronError('invalid_argument', 'as you wish');
      },
      ...more,
    },
  });

/** A page whose server is replaced while it is open. */
async function deploys(...services: object[]) {
  const handlers = await Promise.all(
    services.map(async (service) => {
      const node = await Netron.create({ logLevel: 'error' });
      await node.peer.exposeService(service);
      return httpHandler(node);
    }),
  );
  const told: unknown[] = [];
  const state = { at: 0, descriptions: 0 };
  const peer = new HttpRemotePeer('http://a.example', {
    skewed: (skew) => void told.push(skew),
    fetch: (target, init) => {
      if (target.includes('$services')) state.descriptions += 1;
      return handlers[state.at]!.fetch(new Request(target, init));
    },
  });
  return { peer, told, state };
}

describe('a server with another version than the page knows', () => {
  it('compatible calls continue, and the page is notified once', async () => {
    const { peer, told, state } = await deploys(
      version('users@1.0.0', { rename: (id) => id }),
      version('users@1.1.0', { rename: (id) => id, more: (id) => id }),
    );
    const users = await peer.queryInterface<Users>('users');
    expect(await users.find('1')).toBe('1');
    expect(told).toEqual([]);
    state.at = 1;
    expect([await users.find('2'), await users.find('3')]).toEqual(['2', '3']);
    expect(told).toEqual([{ service: 'users', known: '1.0.0', server: '1.1.0' }]);
    await peer.queryInterface<Users>('users');
    expect(state.descriptions).toBe(2);
  });

  it('is described again for every range under which the old version was known', async () => {
    const { peer, told, state } = await deploys(version('users@1.0.0', {}), version('users@1.1.0', { rename: (id) => id }));
    const users: Queried<Users> = await peer.queryInterface<Users>('users@^1.0.0');
    await peer.queryInterface<Users>('users');
    state.at = 1;
    expect(await users.find('1')).toBe('1');
    expect(told).toHaveLength(1);
    for (const range of ['users', 'users@^1.0.0']) expect(await (await peer.queryInterface<Users>(range)).rename('2')).toBe('2');
    expect(state.descriptions).toBe(4);
    await peer.close();
  });

  it('an incompatible call fails with a SkewError that names the outdated side', async () => {
    const { peer, state } = await deploys(version('users@1.0.0', { rename: (id) => id }), version('users@2.0.0', {}));
    const users = await peer.queryInterface<Users>('users');
    state.at = 1;
    const failed = await users.rename('1').then(String, (error: unknown) => error);
    expect(failed).toBeInstanceOf(SkewError);
    expect(failed).toMatchObject({
      code: 'failed_precondition',
      outcome: 'not_run',
      details: { service: 'users', older: 'caller' },
    });
    expect((failed as Error).message).toContain('the caller expects 1.0.0, the server has 2.0.0: the caller is outdated');
    // An error from the method itself is not replaced by the explanation.
    await expect(users.fail()).rejects.toMatchObject({ name: 'NetronError', code: 'invalid_argument' });
  });

  it('the server may be the older side during a deployment', async () => {
    const { peer, state } = await deploys(version('users@1.1.0', { rename: (id) => id }), version('users@1.0.0', {}));
    const users = await peer.queryInterface<Users>('users');
    state.at = 1;
    await expect(users.rename('1')).rejects.toMatchObject({ name: 'SkewError', details: { older: 'server' } });
  });
});
