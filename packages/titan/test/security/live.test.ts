import { MemoryBroker, memoryBackplane } from '@omnitron-dev/netron/discovery';
import { Revocations } from '@omnitron-dev/netron-auth';
import { afterEach, describe, expect, it } from 'vitest';
import { endAll, Front, world } from './news.js';

afterEach(endAll);

describe('SE-01–08: an application with providers of netron-auth', () => {
  it('lets in by token and by key, with rights by roles', async () => {
    const { jwt, keys, node, as, outcome } = await world();
    const { app } = await node();
    const editor = await as(app, await jwt.createToken({ id: 'ada', roles: ['editor'] }));
    const reader = await as(app, { authorization: `Bearer ${(await keys.createKey({ id: 'robot', roles: ['reader'] })).key}` });
    const stranger = await as(app);
    expect(await Promise.all([editor, reader, stranger].map(({ news }) => outcome(news.who())))).toEqual([
      'ada',
      'robot',
      'unauthenticated',
    ]);
    expect(await Promise.all([editor, reader, stranger].map(({ news }) => outcome(news.write())))).toEqual([
      'written',
      'permission_denied',
      'unauthenticated',
    ]);
    expect(await outcome(as(app, 'forged'))).toBe('unauthenticated');
  });
});

describe('B27, E4: identities that end while they are connected', () => {
  it('a revoked user: the next call is refused at once, streams end at once, nobody else notices', async () => {
    const { clock, jwt, revocations, node, as, outcome } = await world();
    const { app, service } = await node();
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(async (id) => as(app, await jwt.createToken({ id }))));
    const [hers, his] = [ada!.news.follow()[Symbol.asyncIterator](), bob!.news.follow()[Symbol.asyncIterator]()];
    const first = outcome(hers.next());
    await clock.advance(1);
    service.tell(1);
    expect(await first).toEqual({ done: false, value: 1 });
    const pending = outcome(hers.next());
    await clock.advance(10_000);
    revocations.revoke({ userId: 'ada' });
    const before = clock.now();
    expect(await pending).toBe('unauthenticated');
    expect(await outcome(ada!.news.who())).toBe('unauthenticated');
    expect(clock.now() - before).toBeLessThan(1_000);
    expect(await outcome(bob!.news.who())).toBe('bob');
    const next = outcome(his.next());
    expect(await next).toEqual({ done: false, value: 1 });
    const second = outcome(his.next());
    service.tell(2);
    expect(await second).toEqual({ done: false, value: 2 });
    await his.return?.();
  });

  it('logout of one token leaves the other tokens of the user; a later login of a revoked user is let in', async () => {
    const { clock, jwt, revocations, node, as, outcome } = await world();
    const { app } = await node();
    const [phone, desk] = [await jwt.createToken({ id: 'ada' }), await jwt.createToken({ id: 'ada' })];
    const [onPhone, onDesk] = [await as(app, phone), await as(app, desk)];
    revocations.revoke({ tokenId: (await jwt.authenticate(phone)).tokenId! });
    expect([await outcome(onPhone.news.who()), await outcome(onDesk.news.who())]).toEqual(['unauthenticated', 'ada']);
    expect(await outcome(as(app, phone))).toBe('unauthenticated');
    revocations.revoke({ userId: 'ada' });
    expect(await outcome(onDesk.news.who())).toBe('unauthenticated');
    await clock.advance(2_000);
    const again = await as(app, await jwt.createToken({ id: 'ada' }));
    expect(await outcome(again.news.who())).toBe('ada');
  });

  it('logout reaches live connections of all nodes; without anonymous callers they are closed', async () => {
    const { jwt, revocations, node, as, clock } = await world();
    const nodes = [await node(), await node({ anonymous: false })];
    const token = await jwt.createToken({ id: 'ada' });
    const [open, closed] = await Promise.all(nodes.map(async ({ app }) => as(app, token)));
    revocations.revoke({ userId: 'ada' });
    await clock.advance(1_000);
    expect([open!.peer.state, closed!.peer.state]).toEqual(['ready', 'closed']);
    expect([...nodes[0]!.app.netron!.peers.values()].map(({ identity }) => identity)).toEqual([undefined]);
  });

  it('a logout reaches nodes over a memory backplane: calls within a second, streams within five, later nodes as well', async () => {
    const { jwt, node, as, outcome, clock, revocations: first } = await world();
    const broker = new MemoryBroker();
    const lists = [first, ...[1, 2, 3].map(() => new Revocations({ now: () => clock.wall() }))];
    const start = async (index: number) => ({
      ...(await node({ authentication: jwt, revocations: lists[index]! }, { cluster: memoryBackplane(broker) })),
      revocations: lists[index]!,
    });
    const nodes = [await start(0), await start(1), await start(2)];
    const [token, other] = [await jwt.createToken({ id: 'ada' }), await jwt.createToken({ id: 'bob' })];
    const ada = await Promise.all(nodes.map(({ app }) => as(app, token)));
    const bob = await Promise.all(nodes.map(({ app }) => as(app, other)));
    const streams = ada.map(({ news }) => outcome(news.follow()[Symbol.asyncIterator]().next()));
    await clock.advance(10_000);
    nodes[1]!.revocations.revoke({ userId: 'ada' });
    const before = clock.now();
    await clock.advance(500);
    expect(await Promise.all(ada.map(({ news }) => outcome(news.who())))).toEqual(Array(3).fill('unauthenticated'));
    expect(clock.now() - before).toBeLessThan(1_000);
    for (const ended of await Promise.all(streams)) expect(ended).toBe('unauthenticated');
    expect(clock.now() - before).toBeLessThan(5_000);
    expect(await Promise.all(bob.map(({ news }) => outcome(news.who())))).toEqual(Array(3).fill('bob'));
    // A node that comes later, and what is revoked while the broker is away.
    const late = await start(3);
    broker.failure = new Error('away');
    nodes[0]!.revocations.revoke({ userId: 'bob' });
    await clock.advance(5_000);
    expect(await outcome(bob[2]!.news.who())).toBe('bob');
    broker.failure = undefined;
    await clock.advance(30_000);
    expect(await Promise.all(bob.map(({ news }) => outcome(news.who())))).toEqual(Array(3).fill('unauthenticated'));
    expect(await outcome(as(late.app, token))).toBe('unauthenticated');
    expect([...late.revocations.entries()].map(([revocation]) => revocation)).toEqual([{ userId: 'ada' }, { userId: 'bob' }]);
  });

  it('a token that expires: the call after it is refused, its stream ends within five seconds', async () => {
    const { clock, jwt, node, as, outcome } = await world();
    const { app } = await node();
    const made = clock.now();
    const ada = await as(app, await jwt.createToken({ id: 'ada' }, { expiresIn: 60_000 }));
    // Nothing renews it: the same token is shown again.
    const pending = outcome(ada.news.follow()[Symbol.asyncIterator]().next());
    await clock.advance(made + 58_000 - clock.now());
    expect(await outcome(ada.news.who())).toBe('ada');
    await clock.advance(made + 60_001 - clock.now());
    expect(await outcome(ada.news.who())).toBe('unauthenticated');
    expect(await pending).toBe('unauthenticated');
    expect(clock.now() - made).toBeLessThan(65_000);
  });

  it('renewal in place loses no item of a stream, however often', async () => {
    const { clock, jwt, node, as, outcome } = await world();
    let asked = 0;
    const { app, service } = await node({ authentication: jwt });
    const credentials = () => {
      asked += 1;
      return jwt.createToken({ id: 'ada' }, { expiresIn: 30_000 });
    };
    const ada = await as(app, credentials);
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of ada.news.follow()) {
        items.push(item);
        if (item === 300) return;
      }
    })();
    const front = await clock.settle(ada.peer.queryInterface<Front>('front'));
    const passed: number[] = [];
    const passing = (async () => {
      for await (const item of front.follow()) {
        passed.push(item);
        if (item === 300) return;
      }
    })();
    while (service.readers < 2) await clock.advance(1);
    for (let item = 1; item <= 300; item++) {
      service.tell(item);
      await clock.advance(1_000);
    }
    await clock.settle(Promise.all([reading, passing]));
    expect(passed).toEqual(items);
    expect(items).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(await outcome(ada.news.who())).toBe('ada');
  });

  it('a user of the header authorization loses a stream as well, while the connection goes on', async () => {
    const { clock, jwt, revocations, node, as, outcome } = await world();
    const { app } = await node();
    const gateway = await as(app, await jwt.createToken({ id: 'gateway' }));
    const authorization = `Bearer ${await jwt.createToken({ id: 'ada' })}`;
    const stream = (await outcome(
      gateway.peer.call('news', 'follow', [], { headers: { authorization } }),
    )) as AsyncIterable<number>;
    const pending = outcome(stream[Symbol.asyncIterator]().next());
    await clock.advance(1_000);
    revocations.revoke({ userId: 'ada' });
    expect(await pending).toBe('unauthenticated');
    expect(await outcome(gateway.peer.call('news', 'who', [], { headers: { authorization } }))).toBe('unauthenticated');
    expect(await outcome(gateway.news.who())).toBe('gateway');
  });
});

describe('B26: guessing', () => {
  it('a hundred wrong logins: ten are looked at, then nobody from there until the minute is over', async () => {
    const { clock, jwt, node, as, outcome } = await world();
    let asked = 0;
    const counting = {
      authenticate(token: string) {
        asked += 1;
        return jwt.authenticate(token);
      },
    };
    const { app } = await node({ authentication: counting, attempts: { now: () => clock.now() } });
    const right = await jwt.createToken({ id: 'ada' });
    for (let turn = 0; turn < 100; turn++)
      expect(await outcome(as(app, `wrong ${turn}`))).toBe(turn < 10 ? 'unauthenticated' : 'resource_exhausted');
    expect(asked).toBe(10);
    expect([await outcome(as(app, right)), asked]).toEqual(['resource_exhausted', 10]);
    await clock.advance(60_000);
    expect(await outcome((await as(app, right)).news.who())).toBe('ada');
  });
});
