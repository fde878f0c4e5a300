/** What every registry in a server of its own does when that is killed, silent, not there, or wants another password. */
import { describe, expect, it } from 'vitest';
import type { DiscoveryBackend } from '../../src/discovery.js';
import type { Netron } from '../../src/index.js';
import type { ServerProcess } from '../server-process.js';
import { callingPair, knows, leaves, serves, startNode, state } from './found-nodes.js';

/** A store under test. */
export interface StoreFixture {
  readonly server: ServerProcess;
  /**
   * A backend of the store.
   *
   * @param patience milliseconds that a request may take
   */
  backend(patience?: number): DiscoveryBackend;
  /** Says why a server that was killed cannot be reached. */
  readonly refused: RegExp;
  /** Milliseconds of a lease; default: three intervals. */
  readonly ttl?: number;
  /** Calls `run` with a backend that has the right password of a server, and with some that have not. */
  locked(run: (right: DiscoveryBackend, ...wrong: readonly (() => DiscoveryBackend)[]) => Promise<void>): Promise<void>;
  /** Says that a password was wrong. */
  readonly wrongPassword: RegExp;
}

/** Tests of a store; its server runs before and after each. */
export function testStoreFaults(name: string, fixture: StoreFixture): void {
  const { server, refused, ttl, wrongPassword } = fixture;
  const start = (id: string, backend = fixture.backend(), required = false): Promise<Netron> =>
    startNode(id, { backend, interval: 200, required, ...(ttl !== undefined && { ttl }) });
  const reason = ({ discovery }: Netron): string => discovery.backends[0]?.error?.message ?? '';

  describe(`faults of a store: ${name}`, () => {
    it('D1: is killed and comes back empty: nobody is lost, no call fails, nothing is queued, all are announced again', async () => {
      const { a, b, ended } = await callingPair(start);
      const address = await serves(a, 'b');
      await server.kill();
      await state(a, 'degraded');
      expect((await a.discovery.findService('b'))?.address).toBe(address);
      // Each of these asks the store, and none waits for it to come back.
      for (let turn = 0; turn < 500; turn += 1) await a.discovery.findAllServices({ name: 'b', fresh: true });
      expect(reason(a)).toMatch(refused);
      await server.start();
      await state(a, 'ready');
      await state(b, 'ready');
      await ended();
    });

    it('answers nobody (SIGSTOP): nodes stay, stopping does not wait for it', async () => {
      // In a namespace of their own: some stores have one time for all leases of a namespace.
      const impatient = (id: string) => startNode(id, { backend: fixture.backend(500), interval: 200, namespace: 'brief' });
      const [a, b] = [await impatient('a'), await impatient('b')];
      await knows(a, 'a', 'b');
      const left = leaves(a);
      server.pause();
      await state(a, 'degraded');
      expect(left).toEqual([]);
      await b.stop({ timeout: 0 });
      server.resume();
      await state(a, 'ready');
      // It was killed, as far as the store knows: its lease ends.
      await knows(a, 'a');
    });

    it('is not there: the node runs without it, and finds it when it comes', async () => {
      await server.kill();
      const a = await start('a');
      expect(a.discovery.state).toBe('degraded');
      expect(reason(a)).toMatch(refused);
      await server.start();
      await state(a, 'ready');
      const b = await start('b');
      await knows(b, 'a', 'b');
    });

    it('wants a password: with a wrong one the node runs, degraded, and says why; with `required` it does not', () =>
      fixture.locked(async (right, ...wrong) => {
        expect((await start('right', right)).discovery.state).toBe('ready');
        for (const backend of wrong) {
          const node = await start('wrong', backend());
          expect(node.discovery.state).toBe('degraded');
          expect(reason(node)).toMatch(wrongPassword);
          // The reason stays while attempts go on.
          for (let beat = 0; beat < 3; beat += 1) await node.discovery.findAllServices({ name: 'a', fresh: true });
          expect(reason(node)).toMatch(wrongPassword);
          await node.stop({ timeout: 0 });
          await expect(start('x', backend(), true)).rejects.toThrow(wrongPassword);
        }
      }));
  });
}
