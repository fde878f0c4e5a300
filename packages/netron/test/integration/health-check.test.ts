/** The sum of what a node says of itself. */
import { describe, expect, it } from 'vitest';
import { NetronHealthCheck } from '../../src/health.js';
import { discovered } from './discovered.js';

describe('OB-09: NetronHealthCheck', () => {
  it('runs its own and added checks with their timeouts; a failing critical one makes it unhealthy', async () => {
    await using set = discovered();
    const node = await set.create('a');
    const health = new NetronHealthCheck(node, { clock: set.clock, timeout: 1_000 })
      .add('cache', () => true)
      .add('queue', () => new Promise<boolean>(() => {}))
      .add('disk', async () => {
        throw new Error('disk full');
      })
      .add('mail', (() => undefined) as never);
    const check = async () => {
      const checking = health.check();
      await set.clock.advance(1_000);
      return checking;
    };
    const status = await check();
    expect(status.status).toBe('degraded');
    expect(status.timestamp).toBeGreaterThan(1_600_000_000_000);
    expect(status.checks).toMatchObject({
      transports: { healthy: true, critical: true },
      discovery: { healthy: true, details: { state: 'ready' } },
      peers: { healthy: true, details: { connected: 0 } },
      memory: { healthy: true },
      eventLoop: { healthy: true },
      cache: { healthy: true },
      queue: { healthy: false, message: 'took longer than 1000 ms' },
      disk: { healthy: false, message: 'disk full' },
      mail: { healthy: false, message: 'a check must return a boolean or { healthy }, not undefined' },
    });
    health.add('database', () => ({ healthy: false, message: 'gone' }), { critical: true });
    expect((await check()).status).toBe('unhealthy');
    health
      .add('database', () => true)
      .add('queue', () => true)
      .add('mail', () => true)
      .add('disk', () => true);
    expect((await check()).status).toBe('healthy');
    await node.stopListening();
    expect(await check()).toMatchObject({
      status: 'unhealthy',
      checks: { transports: { message: 'listens at 0 of 1 addresses' } },
    });
  });
});
