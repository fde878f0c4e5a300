import { describe, expect, it } from 'vitest';
import { createApp, type HealthCheck, Revocations } from '../../src/index.js';
import { failure, silent } from './parts.js';

describe('OB-10, DP-08: health', () => {
  const get = async (port: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.json()];
  };
  it('is asked of everything that has health(); one that throws is not healthy', async () => {
    const healthy = (name: string, health: () => HealthCheck | Promise<HealthCheck>) =>
      Object.defineProperty(
        class {
          health = health;
        },
        'name',
        { value: name },
      );
    const app = createApp(silent)
      .use(healthy('Db', () => ({ healthy: true, critical: true, latency: 3 })))
      .use(healthy('Cache', async () => ({ healthy: false, message: 'cold' })))
      .use(healthy('Mail', () => Promise.reject(new Error('no'))))
      .use(healthy('Mail', () => undefined as never));
    await app.start();
    const status = await app.health();
    expect(status).toEqual({
      status: 'degraded',
      timestamp: expect.any(Number),
      checks: {
        Db: { healthy: true, critical: true, latency: 3 },
        Cache: { healthy: false, message: 'cold' },
        Mail: { healthy: false, message: 'no' },
        'Mail#2': { healthy: false, message: 'health() must return { healthy }' },
      },
    });
    await app.stop();
  });
  it('is degraded while a revocation has no room', async () => {
    const revocations = new Revocations({ max: 1 });
    const app = createApp({ ...silent, security: { revocations } });
    await app.start();
    revocations.revoke({ userId: 'ada' });
    expect((await app.health()).status).toBe('healthy');
    expect(() => revocations.revoke({ userId: 'bob' })).toThrow(RangeError);
    expect(await app.health()).toMatchObject({ status: 'degraded', checks: { revocations: { healthy: false } } });
    await app.stop();
  });
  it('/health and /ready tell the status and nothing else (G32)', async () => {
    let healthy = true;
    class Db {
      health = () => ({ healthy, critical: true, message: 'secret' });
    }
    const app = createApp({ ...silent, config: { netron: { port: 0, healthPort: 0 } } }).use(Db);
    await app.start();
    const port = app.healthPort!;
    expect(await get(port, '/health')).toEqual([200, { status: 'healthy' }]);
    expect(await get(port, '/ready?x=1')).toEqual([200, { ready: true, status: 'healthy' }]);
    healthy = false;
    expect(await get(port, '/health')).toEqual([503, { status: 'unhealthy' }]);
    expect((await get(port, '/ready'))[0]).toBe(503);
    expect((await get(port, '/other'))[0]).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status).toBe(405);
    let ready: unknown;
    app.onStop(async () => {
      healthy = true;
      ready = await get(port, '/ready');
    });
    await app.stop();
    expect(ready).toEqual([503, { ready: false, status: 'healthy' }]);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
  it('a configured port that is taken fails the start; the usual one only leaves a warning', async () => {
    const first = createApp({ ...silent, config: { netron: { port: 0, healthPort: 0 } } });
    await first.start();
    const error = await failure(createApp({ ...silent, config: { netron: { port: 0, healthPort: first.healthPort } } }).start());
    expect(error).toMatchObject({
      code: 'start_failed',
      message: `port ${first.healthPort} of 127.0.0.1, for /health and /ready, is in use; set netron.healthPort to another port, or to false`,
      cause: { code: 'EADDRINUSE' },
    });
    await first.stop();
  });
});
