/** The part of the contract of backends that is about records which anybody may have written. */
import { expect, it } from 'vitest';
import { recordLimits } from '../../src/discovery/read-record.js';
import { defineService, Netron, withOptions } from '../../src/index.js';
import { quiet } from '../integration/nodes.js';
import { type DiscoveryFixture, freshNamespace, type Join, longTtl, seen } from './discovering.js';

export function testRecords(fixture: DiscoveryFixture, join: Join): void {
  it('D5: an invalid record is ignored and counted', async () => {
    const namespace = freshNamespace();
    const good = { instance: 'x', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
    const first = await join('first', namespace);
    await fixture.plant(namespace, 'json', '{"id": "json"');
    await fixture.plant(namespace, 'scheme', JSON.stringify({ ...good, id: 'scheme', addresses: ['gopher://10.0.0.1:1'] }));
    await fixture.plant(
      namespace,
      'metadata',
      JSON.stringify({ ...good, id: 'metadata', addresses: ['tcp://169.254.169.254:1'] }),
    );
    await fixture.plant(namespace, 'proto', `{"id":"proto","__proto__":{"status":"up"},"addresses":["tcp://10.0.0.1:1"]}`);
    await fixture.plant(namespace, 'long', JSON.stringify({ ...good, id: 'long', version: 'x'.repeat(2 ** 20) }));
    const second = await join('second', namespace);
    await second.discovery.findAllServices({ name: 'users', fresh: true });
    expect(
      (await second.discovery.getActiveNodes()).map(({ id }) => id).filter((id) => !['first', 'second'].includes(id)),
    ).toEqual([]);
    const [{ refused = 0, refusal = '' } = {}] = second.discovery.backends;
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(refusal.length).toBeGreaterThan(4);
    await seen(first, 'second');
  });

  it('D5: a node that says another id than its record gets no call and no credentials; unsigned records none where a secret is set', async () => {
    const namespace = freshNamespace();
    const shown: unknown[] = [];
    const server = await Netron.create({
      id: 'other',
      logger: quiet,
      transports: { tcp: { port: 0 } },
      authenticate: (credentials) => {
        shown.push(credentials);
        return { name: 'anybody' };
      },
    });
    let called = 0;
    const count = (): number => {
      called += 1;
      return called;
    };
    await server.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { count } }));
    const record = { instance: 'x', status: 'up', addresses: server.addresses, services: ['users@1.0.0'] };
    const asking = (id: string, secret?: string): Promise<Netron> =>
      Netron.create({
        id,
        logger: quiet,
        transports: {},
        credentials: 'token',
        discovery: {
          backend: fixture.backend(),
          namespace,
          interval: 200,
          ttl: longTtl,
          ...(secret !== undefined && { secret }),
        },
      });
    await join('first', namespace, { serves: [] });
    await fixture.plant(namespace, 'claimed', JSON.stringify({ ...record, id: 'claimed' }));
    const [open, signed] = [await asking('open'), await asking('signed', 'a secret of all nodes')];
    try {
      const users = open.service<{ count(): number }>('users');
      const failure = (): Promise<string> =>
        withOptions(users, { timeout: 1_500 })
          .count()
          .then(String, ({ message }: Error) => message);
      // It names what is known of the node: nothing yet when the connection took as long as the call.
      await expect.poll(failure).toContain("expected node 'claimed'");
      expect(called).toBe(0);
      if (fixture.backend().trusted !== true) {
        expect(shown.filter((credentials) => credentials !== undefined)).toEqual([]);
        expect((await signed.discovery.getActiveNodes()).map(({ id }) => id)).not.toContain('claimed');
        expect(signed.discovery.backends[0]?.refusal).toBe('not signed with the secret of this node');
      }
    } finally {
      await Promise.all([open, signed, server].map((node) => node.stop({ timeout: 0 })));
    }
  });

  const { plantMany } = fixture;
  if (plantMany !== undefined) {
    it('D5: 20,000 records are ignored and counted, but for the nodes that there may be', async () => {
      const namespace = freshNamespace();
      const slow = { interval: 10_000, ttl: 600_000 };
      const first = await join('first', namespace, {}, slow);
      await first.discovery.stop();
      const wrong = ['gopher://10.0.0.1:1', 'tcp://169.254.0.1:1', 'tcp://0.0.0.0:1'];
      const records = Array.from({ length: 20_000 }, (_, at) => {
        const address = at % 4 === 0 ? wrong[at % 3] : 'tcp://10.0.0.1:1';
        const record = { id: `n${at}`, instance: 'x', status: 'up', addresses: [address] };
        return [record.id, at % 5 === 0 ? '{' : JSON.stringify(record)] as const;
      });
      await plantMany(namespace, records);
      const { discovery } = await join('second', namespace, { where: [], serves: [] }, slow);
      const [{ nodes = 0, refused = 0 } = {}] = discovery.backends;
      expect(discovery.backends).toMatchObject([{ error: undefined }]);
      // There are 12,000 that could be nodes.
      expect(nodes).toBeLessThanOrEqual(recordLimits.nodes);
      expect(nodes + refused).toBe(20_000);
      expect(discovery.state).toBe('ready');
    });
  }
}
