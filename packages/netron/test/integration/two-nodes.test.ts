/** One service on two nodes of one process. */
import { describe, expect, it } from 'vitest';
import { Netron, Public, Service, ServiceBase } from '../../src/index.js';
import { nodes, settled } from './nodes.js';

@Service('where@1.0.0')
class Where extends ServiceBase {
  @Public()
  now(): string {
    return (this.netron as Netron).id;
  }

  @Public()
  async later(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return (this.netron as Netron).id;
  }
}

describe('SV-28: a service that is exposed on two nodes', () => {
  it('has the node that the call came through', async () => {
    const where = new Where();
    await using first = await nodes({ server: { id: 'first' }, services: [where] });
    await using second = await nodes({ server: { id: 'second' }, services: [where] });
    const [one, two] = await Promise.all([first.peer, second.peer].map((peer) => peer.queryInterface<Where>('where')));
    expect(await Promise.all([one?.now(), two?.now(), one?.later(), two?.later()])).toEqual([
      'first',
      'second',
      'first',
      'second',
    ]);
    await second.server.peer.concealService('where');
    expect(await one?.later()).toBe('first');
  });
});

describe('a node', () => {
  it('has no close(), only stop()', async () => {
    const node = await Netron.create();
    expect('close' in node).toBe(false);
    const heard: unknown[] = [];
    node.subscribe('a', (data) => void heard.push(data));
    await node.stop();
    node.publish('a', 1);
    await settled();
    expect(heard).toEqual([]);
  });
});
