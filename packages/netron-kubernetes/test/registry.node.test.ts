/** Services through an existing client, as a registry without a node. */
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { expect, it } from 'vitest';
import { quiet } from '../../netron/test/integration/nodes.js';
import { K8sDiscovery, type KubernetesClient } from '../src/index.js';

const service = (uid: string, app: string, version: string, more: object = {}) => ({
  metadata: { uid, name: `${app}-service`, labels: { app, version }, ...more },
  spec: { clusterIP: '10.96.0.7', ports: [{ port: 8080 }] },
});

it('DI-10: K8sDiscovery finds services by labels, with the transports of their annotations', async () => {
  const clock = new VirtualClock();
  const asked: unknown[] = [];
  let items: unknown[] = [
    service('u1', 'users', '1.2.0'),
    service('u2', 'users', '2.0.0', { annotations: { 'netron/transports': 'tcp, websocket' } }),
    service('u3', 'orders', '1.0.0'),
    { metadata: null },
    'nothing',
  ];
  let failure: Error | undefined;
  const client: KubernetesClient = {
    listServices: async (options) => {
      asked.push(options);
      if (failure !== undefined) throw failure;
      return { items };
    },
  };
  const found = new K8sDiscovery(client, quiet, { clock, interval: 1_000 });
  expect(await found.discover({ name: 'users', version: '^1.0.0' })).toMatchObject([
    { id: 'u1/users@1.2.0', address: 'ws://10.96.0.7:8080', transports: ['websocket'] },
  ]);
  expect(await found.discover({ name: 'users' })).toMatchObject([{ version: '2.0.0', address: 'tcp://10.96.0.7:8080' }]);
  expect(asked[0]).toEqual({ labelSelector: 'app,version' });
  const seen: number[] = [];
  const end = found.watch({ name: 'orders' }, ({ length }) => void seen.push(length));
  await clock.advance(10);
  items = items.slice(0, 1);
  await clock.advance(2_000);
  expect(seen).toEqual([1, 0]);
  failure = new Error('gone');
  await clock.advance(2_000);
  expect(await found.discover({ name: 'users' })).toHaveLength(1);
  expect((await found.health('u1')).status).toBe('healthy');
  end();
  await expect(found.register()).rejects.toMatchObject({ code: 'unimplemented' });
  await found.close();
});

it('a client that never answers, or with something other than items, is a state and ends; headless services have their name', async () => {
  const clock = new VirtualClock();
  const headless = service('u1', 'users', '1.0.0', { namespace: 'shop' });
  const items = [{ ...headless, spec: { ...headless.spec, clusterIP: 'None' } }];
  const answers: (() => Promise<unknown>)[] = [];
  const client = { listServices: () => (answers.shift() ?? (async () => ({ items })))() } as unknown as KubernetesClient;
  const found = new K8sDiscovery(client, quiet, { clock, interval: 1_000 });
  const users = () => clock.settle(found.discover({ name: 'users', fresh: true }));
  const address = 'ws://users-service.shop.svc:8080';
  expect(await users()).toMatchObject([{ address }]);
  for (const answer of [null, {}, { items: 'x' }, 7]) {
    answers.push(async () => answer);
    expect(await users()).toMatchObject([{ address }]);
  }
  answers.push(() => new Promise(() => {}));
  expect(await users()).toMatchObject([{ address }]);
  expect(clock.now()).toBeGreaterThanOrEqual(10_000);
  items.length = 0;
  expect(await users()).toEqual([]);
  await clock.settle(found.close());
});
