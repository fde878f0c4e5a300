/** Functions and classes that `app.use` takes, and classes whose constructors fail. */
import { MemoryRegistry, memoryDiscovery } from '@omnitron-dev/netron/discovery';
import { expect, it } from 'vitest';
import { createApp, defineTitanService } from '../../src/index.js';

const silent = { signals: false, logger: { level: 'silent' } } as const;

it('a plugin may be a function of any form', async () => {
  const got: unknown[] = [];
  const arrow = (app: unknown, options: unknown) => void got.push(['arrow', app, options]);
  function declared(app: unknown, options: unknown) {
    got.push(['declared', app, options]);
  }
  async function later(app: unknown, options: unknown) {
    got.push(['later', app, options]);
  }
  const app = createApp(silent);
  for (const plugin of [arrow, declared, later]) app.use(plugin as never, 5 as never);
  await app.start();
  await app.stop();
  expect(got).toEqual(['arrow', 'declared', 'later'].map((name) => [name, app, 5]));
});

it('a constructor that throws is named, whatever it throws', async () => {
  for (const [thrown, text] of [
    [new Error('boom'), 'boom'],
    [undefined, 'undefined'],
  ] as const) {
    class Bad {
      constructor() {
        throw thrown;
      }
    }
    const error = await createApp(silent)
      .use(Bad as never)
      .start()
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'TitanError', code: 'start_failed', message: `cannot create Bad: ${text}` });
  }
});

it('health tells of registries that are not reached', async () => {
  const away = {
    ...{ name: 'away', trusted: true, announce() {}, async refresh() {}, async stop() {} },
    start: () => Promise.reject(new Error('connection refused')),
  };
  for (const [backend, check] of [
    [memoryDiscovery(new MemoryRegistry()), { healthy: true }],
    [away as never, { healthy: false, message: 'away: connection refused' }],
  ] as const) {
    await using app = createApp({
      ...silent,
      config: { netron: { port: 0, healthPort: false } },
      netron: { discovery: { backend }, connectTimeout: 50 },
    }).service(defineTitanService({ name: 'shop', contract: {}, methods: { buy: () => 1 } }));
    await app.start();
    const health = await app.health();
    expect(health.checks.discovery).toEqual(check);
    expect(health.status).toBe(check.healthy ? 'healthy' : 'degraded');
  }
});
