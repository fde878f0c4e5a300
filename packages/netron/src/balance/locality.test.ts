import { describe, expect, it } from 'vitest';
import { peer } from '../../test/balanced.js';
import type { BalancedPeer } from './load-balancer.js';
import { near } from './locality.js';
import { subsetOf } from './subset.js';

describe('DI-18: places', () => {
  const list = [
    peer('a', { node: { id: 'a', labels: {}, weight: 1, region: 'eu', zone: '1' } }),
    peer('b', { node: { id: 'b', labels: {}, weight: 1, region: 'eu', zone: '2' } }),
    peer('c', { node: { id: 'c', labels: {}, weight: 1, region: 'us', zone: '1' } }),
  ];
  const ids = (given: readonly BalancedPeer[]) => given.map(({ id }) => id).join('');

  it('nodes of the same zone come first, then of the same region, then all others', () => {
    expect(ids(near(list, { region: 'eu', zone: '1' }, 'prefer'))).toBe('a');
    expect(ids(near(list, { region: 'eu', zone: '9' }, 'prefer'))).toBe('ab');
    expect(ids(near(list, { region: 'ap', zone: '1' }, 'prefer'))).toBe('abc');
    expect(ids(near(list, {}, 'prefer'))).toBe('abc');
    expect(ids(near(list, { region: 'eu', zone: '9' }, 'require'))).toBe('');
    expect(ids(near(list, { region: 'us' }, 'require'))).toBe('c');
    expect(near(list, { region: 'eu' }, false)).toBe(list);
  });

  it('a subset of many nodes is stable for a client, differs between clients, and uses all nodes evenly', () => {
    const nodes = Array.from({ length: 100 }, (_, n) => ({ id: `node ${n}` }));
    const used = new Map<string, number>();
    for (let client = 0; client < 500; client += 1) {
      const part = subsetOf(`client ${client}`, nodes, 20);
      expect(part.length).toBe(20);
      expect(subsetOf(`client ${client}`, nodes.toReversed(), 20)).toEqual(part);
      for (const { id } of part) used.set(id, (used.get(id) ?? 0) + 1);
    }
    for (const { id } of nodes) expect(Math.abs((used.get(id) ?? 0) - 100)).toBeLessThan(45);
    const before = subsetOf('client', nodes, 20);
    const gone = before[0]?.id;
    const after = subsetOf(
      'client',
      nodes.filter(({ id }) => id !== gone),
      20,
    );
    expect(after.filter((node) => before.includes(node)).length).toBe(19);
    expect(subsetOf('client', nodes.slice(0, 5), 20).length).toBe(5);
  });
});
