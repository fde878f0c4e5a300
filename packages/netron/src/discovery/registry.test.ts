import { describe, expect, it } from 'vitest';
import { Registry, type RegistryChange } from './registry.js';

const node = (id: string, given: object = {}) => ({ id, instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'], ...given });

function setup() {
  const connected = new Set<string>();
  const changes: string[] = [];
  const registry = new Registry({
    schemes: new Set(['tcp']),
    connected: (id) => connected.has(id),
    changed: ({ id, before, after }: RegistryChange) =>
      changes.push(`${before === undefined ? '+' : after === undefined ? '-' : '~'}${id}`),
  });
  return {
    registry,
    connected,
    changes,
    ids: () => [...registry.nodes.keys()],
    view: (name = 'a') => registry.view(name, false, () => {}),
  };
}

describe('the registry', () => {
  it('reports nodes that were added, changed and removed; an equal record is no change', () => {
    const { view, changes } = setup();
    const a = view();
    a.replace([node('x'), node('y')]);
    a.replace([node('x'), node('y', { weight: 2 }), node('z')]);
    a.remove('x');
    a.remove('x');
    a.replace([node('y', { weight: 2 })]);
    expect(changes).toEqual(['+x', '+y', '~y', '+z', '-x', '-z']);
  });

  it('D2, D6: keeps a connected node until its connection ends, whatever a registry says', () => {
    const { registry, view, connected, ids } = setup();
    const a = view();
    a.replace([node('x'), node('y')]);
    connected.add('x');
    a.replace([]);
    expect(ids()).toEqual(['x']);
    expect(registry.listed('x')).toBe(false);
    connected.delete('x');
    registry.disconnected('x');
    expect(ids()).toEqual([]);
    a.replace([node('y')]);
    registry.disconnected('y');
    expect(ids()).toEqual(['y']);
  });

  it('D1: keeps all nodes while a registry is down', () => {
    const { registry, view, ids } = setup();
    const a = view();
    a.replace([node('x')]);
    a.down(new Error('refused'));
    expect(ids()).toEqual(['x']);
    expect(registry.states).toMatchObject([{ name: 'a', up: false, nodes: 1, error: { message: 'refused' } }]);
    // As a health endpoint or a log formats it.
    expect(JSON.parse(JSON.stringify(registry.states))).toMatchObject([{ error: { code: 'unavailable', message: 'refused' } }]);
    a.up();
    expect(registry.states).toMatchObject([{ up: true, error: undefined }]);
  });

  it('DI-11: merges several registries: a node stays while one of them lists it, and the latest record counts', () => {
    const { view, ids, registry } = setup();
    const [a, b] = [view('a'), view('b')];
    a.replace([node('x', { weight: 1 }), node('y')]);
    b.replace([node('x', { weight: 2 }), node('z')]);
    expect(ids().sort()).toEqual(['x', 'y', 'z']);
    expect(registry.nodes.get('x')?.weight).toBe(2);
    b.remove('x');
    expect(registry.nodes.get('x')?.weight).toBe(1);
    a.remove('x');
    expect(ids().sort()).toEqual(['y', 'z']);
  });

  it('a repeated record of one backend does not replace a newer one of another', () => {
    const { view, registry } = setup();
    const [a, b] = [view('a'), view('b')];
    a.put(node('x', { weight: 1 }));
    b.put(node('x', { weight: 2 }));
    const { revision } = registry;
    for (let beat = 0; beat < 3; beat += 1) {
      a.put(node('x', { weight: 1 }));
      b.replace([node('x', { weight: 2 })]);
    }
    expect(registry.revision).toBe(revision);
    a.put(node('x', { weight: 3 }));
    expect(registry.nodes.get('x')?.weight).toBe(3);
  });

  it('D5: accepts 10,000 nodes, refuses the rest and counts them', () => {
    const { registry, view } = setup();
    const a = view();
    for (let n = 0; n < 10_100; n += 1) a.put(node(`n${n}`));
    expect(registry.nodes.size).toBe(10_000);
    expect(registry.states).toMatchObject([{ nodes: 10_000, refused: 100, refusal: 'more than 10000 nodes' }]);
    a.put(node('n1', { weight: 3 }));
    expect(registry.nodes.get('n1')?.weight).toBe(3);
  });
});
