import { describe, expect, it } from 'vitest';
import { recordLimits } from './read-record.js';
import { StoreNodes } from './store-nodes.js';

const record = (id: string): string => JSON.stringify({ id, instance: 'i' });

function setUp() {
  const said: string[] = [];
  const nodes = new StoreNodes<number>({
    put: (given) => void said.push(`put ${String(given)}`),
    remove: (id) => void said.push(`remove ${id}`),
    refuse: (reason, count) => void said.push(`refuse ${count}: ${reason}`),
  });
  return { nodes, said };
}

describe('nodes of a store', () => {
  it('are reported to the view, and kept with their marks', () => {
    const { nodes, said } = setUp();
    nodes.put('key', 'a', 1, record('a'));
    nodes.put('key', 'a', 2, record('a'));
    expect([nodes.markOf('key'), nodes.markOf('other'), nodes.size, [...nodes.keys()]]).toEqual([2, undefined, 1, ['key']]);
    nodes.remove('key');
    nodes.remove('key');
    expect(said).toEqual([`put ${record('a')}`, `put ${record('a')}`, 'remove a']);
  });

  it('have records with their own ids; other records are refused, also for keys that are not those of nodes', () => {
    const { nodes, said } = setUp();
    nodes.put('key', 'a', 1, record('b'));
    nodes.put('none', undefined, 1, record('b'));
    const long = 'x'.repeat(recordLimits.size + 1);
    nodes.put('long', 'long', 1, long);
    expect(said).toEqual(['put ', 'put ', `put ${long}`]);
    nodes.remove('none');
    expect(said.length).toBe(3);
  });

  it('are removed when they are not retained', () => {
    const { nodes, said } = setUp();
    for (const id of ['a', 'b', 'c']) nodes.put(id, id, 1, record(id));
    said.length = 0;
    nodes.retain(new Set(['b']));
    expect(said).toEqual(['remove a', 'remove c']);
  });

  it('are relistable when some were left out and a tenth was removed', () => {
    const { nodes, said } = setUp();
    for (let number = 0; number < recordLimits.nodes; number += 1) nodes.put(`${number}`, undefined, 1, '');
    said.length = 0;
    nodes.leaveOut(0);
    expect([nodes.room, nodes.relistable, said]).toEqual([0, false, []]);
    nodes.leaveOut(5);
    expect([nodes.relistable, said]).toEqual([false, ['refuse 5: more than 10000 nodes']]);
    for (let number = 0; number <= recordLimits.nodes / 10; number += 1) nodes.remove(`${number}`);
    expect(nodes.relistable).toBe(true);
    nodes.list();
    expect(nodes.relistable).toBe(false);
  });
});
