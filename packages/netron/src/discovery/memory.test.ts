import { describe, expect, it } from 'vitest';
import type { BackendHost } from './backend.js';
import { MemoryRegistry, memoryDiscovery } from './memory.js';

/** The host of a backend, with the number of records it received. Its clock stands still. */
function hostOf(id: string, namespace: string): { host: BackendHost; told: { records: number; ids: Set<string> } } {
  const told = { records: 0, ids: new Set<string>() };
  const idOf = (record: unknown): string => (JSON.parse(record as string) as { id: string }).id;
  const put = (record: unknown): void => {
    told.records += 1;
    told.ids.add(idOf(record));
  };
  const host: BackendHost = {
    view: {
      replace: (all) => {
        told.ids.clear();
        for (const record of all) put(record);
      },
      put,
      check: () => true,
      remove: (id) => void told.ids.delete(id),
      refuse() {},
      down() {},
      up() {},
    },
    own: () => ({ id, instance: id, started: 0, addresses: [`memory:${id}`], status: 'up', labels: {}, weight: 1 }),
    listen: () => Promise.reject(new Error('not used')),
    conflict() {},
    clock: { now: () => 0, wall: () => 0, setTimeout: () => 0, clearTimeout() {} },
    random: () => 0.5,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    interval: 1_000,
    ttl: 3_000,
    namespace,
  };
  return { host, told };
}

describe('memoryDiscovery', () => {
  it('reports one node when it was added or removed, and only in its namespace', async () => {
    const registry = new MemoryRegistry();
    const nodes = 30;
    const made = Array.from({ length: nodes }, (_, n) => ({ ...hostOf(`n${n}`, 'one'), backend: memoryDiscovery(registry) }));
    const apart = { ...hostOf('apart', 'two'), backend: memoryDiscovery(registry) };
    await apart.backend.start(apart.host);
    for (const { backend, host } of made) await backend.start(host);
    for (const { told } of made) expect(told.ids.size).toBe(nodes);
    // Each node is notified of each later one, and reads the list once, at its start.
    const records = made.reduce((sum, { told }) => sum + told.records, 0);
    expect(records).toBeLessThanOrEqual(nodes * (nodes + 2));
    await made[0]?.backend.stop();
    expect(made.slice(1).every(({ told }) => told.ids.size === nodes - 1 && !told.ids.has('n0'))).toBe(true);
    expect(made.reduce((sum, { told }) => sum + told.records, 0)).toBe(records);
    expect([...apart.told.ids]).toEqual(['apart']);
    expect(apart.told.records).toBeLessThanOrEqual(2);
  });
});
