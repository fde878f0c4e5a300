import { describe, expect, it } from 'vitest';
import { Catalog, readQuery } from './catalog.js';
import type { NodeInfo } from './node-info.js';

const node = (id: string, services: string[], given: Partial<NodeInfo> = {}): NodeInfo => ({
  id,
  instance: 'i',
  started: 0,
  status: 'up',
  addresses: [`ws://${id}:1`, `tcp://${id}:2`],
  labels: {},
  weight: 1,
  services,
  ...given,
});

function catalogOf(...nodes: NodeInfo[]) {
  const catalog = new Catalog();
  for (const after of nodes) catalog.update({ id: after.id, before: undefined, after });
  const find = async (query: Parameters<typeof readQuery>[0]) => (await catalog.find(readQuery(query))).map(({ id }) => id);
  return { catalog, find };
}

describe('DI-15: queries', () => {
  const { find, catalog } = catalogOf(
    node('a', ['users@1.0.0', 'users@2.0.0']),
    node('b', ['users@1.5.0', 'orders@1.0.0']),
    node('c', ['users@1.10.0', 'users@3.0.0-beta.1'], { labels: { region: 'eu', tier: 'gold' } }),
    node('d', ['users@1.9.0'], { status: 'draining' }),
  );

  it('a range matches all versions in it', async () => {
    expect(await find('users@^1.0.0')).toEqual(['a/users@1.0.0', 'b/users@1.5.0', 'c/users@1.10.0']);
    expect(await find('users@>=1.5 <2')).toEqual(['b/users@1.5.0', 'c/users@1.10.0']);
    expect(await find({ name: 'users', version: '1.0.0' })).toEqual(['a/users@1.0.0']);
    expect(await find('users@3.0.0-beta.1')).toEqual(['c/users@3.0.0-beta.1']);
    expect(await find('users@9')).toEqual([]);
    expect(await find('nobody')).toEqual([]);
  });

  it('a name without version matches all versions of the highest released major', async () => {
    expect(await find('users')).toEqual(['a/users@2.0.0']);
    expect(await find('users@latest')).toEqual(['a/users@2.0.0']);
    expect(await find({ name: 'users', labels: { region: 'eu' } })).toEqual(['c/users@1.10.0']);
  });

  it('every label of the query must match', async () => {
    expect(await find({ name: 'users', version: '*', labels: { region: 'eu', tier: 'gold' } })).toEqual(['c/users@1.10.0']);
    expect(await find({ name: 'users', version: '*', labels: { region: 'eu', tier: 'silver' } })).toEqual([]);
    expect(await find({ name: 'users', version: '*', labels: { toString: 'x' } })).toEqual([]);
  });

  it('an invalid range or name is refused', async () => {
    await expect(find('users@not a range')).rejects.toMatchObject({ code: 'invalid_argument' });
    for (const query of ['', '../users', { name: '' }, {}, null, 5, [], { name: 'users', version: 5 }])
      await expect(find(query as never), JSON.stringify(query)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(find(null as never)).rejects.toThrow('query must be a service name or an object with a name, not null');
    for (const labels of ['gold', { tier: 5 }, null])
      await expect(find({ name: 'users', labels } as never)).rejects.toThrow('query: labels must be an object of strings');
  });

  it('returns the same list until something changes', async () => {
    const query = readQuery('orders');
    const before = await catalog.find(query);
    expect(await catalog.find(query)).toBe(before);
    catalog.update({
      id: 'b',
      before: node('b', ['users@1.5.0', 'orders@1.0.0']),
      after: node('b', ['orders@1.0.0', 'orders@1.1.0']),
    });
    expect((await catalog.find(query)).map(({ id }) => id)).toEqual(['b/orders@1.0.0', 'b/orders@1.1.0']);
    catalog.update({ id: 'b', before: node('b', ['orders@1.0.0', 'orders@1.1.0']), after: undefined });
    expect(await catalog.find(query)).toEqual([]);
  });

  it('a service lists its nodes and their transports', async () => {
    const [service] = await catalog.find({ name: 'users', version: '2.0.0' });
    expect(service).toMatchObject({
      name: 'users',
      version: '2.0.0',
      address: 'ws://a:1',
      transports: ['websocket', 'tcp'],
      node: { id: 'a' },
    });
  });
});
