/** Proxies of services by name that nobody holds any more: what they used is let go of, what goes on is kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { type Netron, withOptions } from '../../src/index.js';
import { cluster, type Users } from './clusters.js';
import { settled } from './nodes.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage until `done` answers true; finalizers run in turns of their own. */
async function collectedUntil(done: () => boolean, advance: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < 200 && !done(); round += 1) {
    collect();
    await settled();
    await advance();
  }
  expect(done()).toBe(true);
}

it('connections that only they have used end; derived proxies keep them', async () => {
  await using set = cluster();
  await set.server('a');
  const client = await set.client();
  const use = async () => {
    const remote = client.service<Users>('users', { connections: 3 });
    expect(await set.clock.settle(remote.where())).toBe('a');
    await set.clock.advance(100);
    return withOptions(remote, { timeout: 1_000 });
  };
  const advance = () => set.clock.advance(1_000);
  let derived: Users | undefined = (await use()) as unknown as Users;
  for (let round = 0; round < 5; round += 1) {
    collect();
    await settled();
    await advance();
  }
  expect(client.peers.size).toBe(3);
  expect(await set.clock.settle(Promise.resolve(derived.where()))).toBe('a');
  derived = undefined;
  await collectedUntil(() => client.peers.size === 0, advance);
});

it.each([
  ['with options', { connections: 2 }],
  ['without options', undefined],
])('%s: subscriptions and calls under way go on', async (_, options) => {
  await using set = cluster();
  const { service } = await set.server('a');
  const client = await set.client();
  const heard: unknown[] = [];
  const use = async () => {
    const remote = client.service<Users>('users', options);
    await set.clock.settle(remote.on('created', (name) => heard.push(name)));
    return [
      withOptions(remote, { timeout: 3_600_000 })
        .wait()
        .catch((error: { code: string }) => error.code),
    ];
  };
  const [waiting] = await use();
  for (let round = 0; round < 10; round += 1) {
    collect();
    await settled();
    await set.clock.advance(1_000);
  }
  service.create('ann');
  await set.clock.advance(100);
  expect(heard).toEqual(['ann at a']);
  await set.clock.settle(client.stop({ timeout: 0 }));
  expect(await waiting).toBe('unknown_outcome');
});

it('a thousand with options of their own leave nothing behind', async () => {
  await using set = cluster();
  await set.server('a');
  const client = await set.client();
  const use = async () => {
    for (let number = 1; number <= 1_000; number += 1) client.service<Users>('users', { timeout: number });
    const first = client.service<Users>('users', { connections: 2 });
    await set.clock.settle(first.where());
    await set.clock.advance(100);
  };
  await use();
  expect(client.peers.size).toBe(2);
  await collectedUntil(
    () => client.peers.size === 0,
    () => set.clock.advance(1_000),
  );
  const again = client.service<Users>('users');
  expect(await set.clock.settle(again.where())).toBe('a');
});

it.each([
  ['a proxy that was collected', (client: Netron) => client.service<Users>('users').counter()],
  ['a call by name', (client: Netron) => client.call('users', 'counter')],
])('what %s has given stays, with its connection, until it is collected itself', async (_, give) => {
  await using set = cluster();
  await set.server('a');
  const client = await set.client();
  const advance = () => set.clock.advance(1_000);
  type Counter = { next(): Promise<string> };
  let counter = (await set.clock.settle(give(client) as Promise<unknown>)) as Counter | undefined;
  expect(await set.clock.settle((counter as Counter).next())).toBe('a 1');
  // Others take the place of the one by name.
  for (let number = 0; number < 70; number += 1)
    await set.clock.settle(client.call(`nobody${number}`, 'x', [], { timeout: 10 }).catch(() => {}));
  for (let round = 0; round < 10; round += 1) {
    collect();
    await settled();
    await advance();
  }
  expect([await set.clock.settle((counter as Counter).next()), client.peers.size]).toEqual(['a 2', 1]);
  counter = undefined;
  await collectedUntil(() => client.peers.size === 0, advance);
});
