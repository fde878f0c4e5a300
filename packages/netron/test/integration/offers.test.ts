/** Services that come with the handshake: who asks for one by its name has it without a message. */
import { describe, expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { writeResult, writeServices } from '../../src/wire/packets.js';
import { Log } from '../hostile/attacked.js';
import { greeting, MemoryTransport, reference, type Stranger, strangeServer } from '../hostile/stranger.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { TappedTransport } from './wire.js';

const tool = (version: string) =>
  defineService({ name: `tool@${version}`, methods: { version: () => version, same: (given: unknown) => given } });
type Tool = ReturnType<typeof tool>;

/** Two nodes, and what the client has sent. */
async function tapped(...services: object[]) {
  const memory = new TappedTransport();
  const pair = await nodes({
    services,
    server: { transports: { memory: true }, additionalTransports: [memory] },
    client: { additionalTransports: [memory], reconnectDelay: 1 },
  });
  return { memory, pair, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

describe.each(transports)('over %s', (transport) => {
  it('services are called, sent back, released and queried again', async () => {
    const given = tool('1.0.0');
    await using pair = await nodes({ transport, services: [given, tool('2.0.0')] });
    for (let round = 0; round < 3; round += 1) {
      using first = await pair.peer.queryInterface<Tool>('tool@1.0.0');
      using second = await pair.peer.queryInterface<Tool>('tool@2.0.0');
      expect(await Promise.all([first.version(), second.version()])).toEqual(['1.0.0', '2.0.0']);
      expect(await second.same(first)).toBe(first);
    }
    await settled();
    expect(pair.peer.link?.imports.size).toBe(0);
    expect(pair.back.link?.exports.size).toBe(0);
  });

  it('the connecting node announces its services, too', async () => {
    await using pair = await nodes({ transport });
    await pair.client.peer.exposeService(tool('1.0.0'));
    await pair.peer.disconnect();
    await until(() => pair.server.peers.size === 0);
    await pair.client.connect(pair.address);
    await until(() => pair.server.peers.size === 1);
    const [back] = pair.server.peers.values();
    expect(await (await back?.queryInterface<Tool>('tool'))?.version()).toBe('1.0.0');
  });
});

describe('a round trip is saved', () => {
  it.each([
    ['in full', ['tool@1.0.0'], 'tool@1.0.0', 0],
    ['by its name, when there is one version', ['tool@1.0.0'], 'tool', 0],
    ['by its name, when there are several', ['tool@1.0.0', 'tool@2.0.0'], 'tool', 1],
    ['by a range', ['tool@1.0.0'], 'tool@^1.0.0', 1],
  ])('for a service asked for %s', async (_how, exposed, query, messages) => {
    await using set = await tapped(...exposed.map((name) => tool(name.slice(5))));
    const { sent } = set.memory.last;
    const remote = await set.pair.peer.queryInterface<Tool>(query);
    expect(set.memory.last.sent - sent).toBe(messages);
    expect(await remote.version()).toBe(exposed.at(-1)?.slice(5));
  });

  it('not for a prerelease, which a plain name does not match', async () => {
    await using set = await tapped(tool('1.0.0-beta.1'));
    expect(await failure(set.pair.peer.queryInterface('tool'))).toMatchObject({ code: 'not_found' });
    expect(await (await set.pair.peer.queryInterface<Tool>('tool@1.0.0-beta.1')).version()).toBe('1.0.0-beta.1');
  });

  it('again after a reconnect', async () => {
    await using set = await tapped(tool('1.0.0'));
    const { peer, server } = set.pair;
    const remote = await peer.queryInterface<Tool>('tool');
    expect(await remote.version()).toBe('1.0.0');
    set.memory.last.cut();
    await until(() => set.memory.taps.length === 2 && peer.state === 'ready' && server.peers.size === 1);
    // Nothing but hello.
    expect(set.memory.last.sent).toBe(1);
    expect(await remote.version()).toBe('1.0.0');
  });

  it('for as many services as fit into hello; others are queried', async () => {
    const methods = Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`method${number}`, () => number]));
    const services = Array.from({ length: 10 }, (_, number) => defineService({ name: `s${number}@1.0.0`, methods }));
    await using set = await tapped(...services);
    const asked: number[] = [];
    for (let number = 0; number < 10; number += 1) {
      const { sent } = set.memory.last;
      const remote = await set.pair.peer.queryInterface<{ method7(): Promise<number> }>(`s${number}`);
      asked.push(set.memory.last.sent - sent);
      expect(await remote.method7()).toBe(7);
    }
    expect(asked).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
  });
});

describe('a service that is concealed', () => {
  it('is no longer found or called, and returns as a new one', async () => {
    await using set = await tapped(tool('1.0.0'));
    const { peer, server } = set.pair;
    const remote = await peer.queryInterface<Tool>('tool@1.0.0');
    await server.peer.concealService('tool');
    // Before the client has heard of it.
    expect(await failure(remote.version())).toMatchObject({ code: 'not_found' });
    await until(() => !peer.hasService('tool'));
    expect(await failure(peer.queryInterface('tool@1.0.0'))).toMatchObject({ code: 'not_found' });
    const methods = { other: () => 'another', version: () => 'another version' };
    await server.peer.exposeService(defineService({ name: 'tool@1.0.0', methods }));
    await until(() => peer.hasService('tool'));
    expect(await remote.version()).toBe('another version');
    expect(await (await peer.queryInterface<typeof methods>('tool@1.0.0')).other()).toBe('another');
  });

  it('before the connection is reported, is not called', async () => {
    let leave: (() => Promise<void>) | undefined;
    await using pair = await nodes({
      services: [tool('1.0.0')],
      // The last that happens before the answer is made.
      server: { authenticate: () => void queueMicrotask(() => void leave?.()) },
    });
    leave = () => pair.server.peer.concealService('tool');
    await pair.peer.disconnect();
    const peer = await pair.client.connect(pair.address);
    expect(await failure(peer.queryInterface<Tool>('tool').then((remote) => remote.version()))).toMatchObject({
      code: 'not_found',
    });
  });
});

describe('invalid definitions in hello', () => {
  const good = ['bait', '1.0.0', [['call', 0]]];

  it.each([
    ['no list', 7],
    ['a list of no lists', [null, 1, 'bait@1.0.0', {}]],
    ['no name', [[7, '1.0.0', []]]],
    ['an impossible name', [['../bait', '1.0.0', []]]],
    ['no version', [['bait', 'one', []]]],
    ['no members', [['bait', '1.0.0', 'members']]],
    ['an invalid member', [['bait', '1.0.0', [7]]]],
    ['a member of an unknown kind', [['bait', '1.0.0', [['call', 'length']]]]],
    ['a member called then', [['bait', '1.0.0', [['then', 0]]]]],
    ['a member called __proto__', [['bait', '1.0.0', [['__proto__', 0]]]]],
  ])('A7: %s: the service is queried', async (_what, offers) => {
    const transport = new MemoryTransport();
    await using server = await strangeServer(transport, (stranger) => {
      stranger.say(greeting({ services: ['bait@1.0.0'], offers }));
      void stranger
        .until(() => stranger.ended || stranger.heard.some(({ kind }) => kind === 'call'))
        .then(() => {
          const id = stranger.heard.find(({ kind }) => kind === 'call')?.fields[0] as number;
          stranger.say((to) => writeResult(to, id, reference(9, [0, ...good])));
        });
    });
    const client = await Netron.create({ logger: new Log(), stopTimeout: 0, additionalTransports: [transport] });
    const peer = await client.connect(server.address, { maxReconnectAttempts: 0 });
    const bait = await peer.queryInterface<{ call(): Promise<unknown> }>('bait');
    expect(typeof bait.call).toBe('function');
    expect(peer.link?.imports.size).toBe(1);
    await client.stop();
  });

  it('B4: definitions do not count as references, and the last one of a name counts', async () => {
    const transport = new MemoryTransport();
    const handles = [1, 2, 3].map((number) => reference(number + 10));
    await using server = await strangeServer(transport, (stranger) => {
      stranger.say(greeting({ services: ['bait@1.0.0', 'more@1.0.0'], offers: [good, good, ['more', '1.0.0', [['call', 0]]]] }));
      let answered = 0;
      const calls = () => stranger.heard.filter(({ kind }) => kind === 'call');
      const answer = (): void => {
        for (const { fields } of calls().slice(answered)) {
          stranger.say((to) => writeResult(to, fields[0] as number, [fields[1], handles[answered]]));
          answered += 1;
        }
        void stranger.until(() => stranger.ended || calls().length > answered).then(() => stranger.ended || answer());
      };
      answer();
    });
    const client = await Netron.create({
      ...{ logger: quiet, limits: { handles: 1 }, stopTimeout: 0, additionalTransports: [transport] },
    });
    const peer = await client.connect(server.address, { maxReconnectAttempts: 0 });
    type Bait = { call(): Promise<[handle: number, given: () => unknown]> };
    const bait = await peer.queryInterface<Bait>('bait');
    const more = await peer.queryInterface<Bait>('more');
    const [first, given] = await bait.call();
    expect([first, typeof given]).toEqual([2, 'function']);
    expect(peer.link?.imports.size).toBe(3);
    expect(await failure(more.call())).toMatchObject({ code: 'resource_exhausted' });
    peer.releaseInterface(more);
    expect(peer.link?.imports.size).toBe(2);
    const again = await peer.queryInterface<Bait>('more');
    expect(await failure(again.call())).toMatchObject({ code: 'resource_exhausted' });
    await client.stop();
  });
});

describe('a handle in hello', () => {
  it('does not count when it is also sent in an answer, before or after', async () => {
    const tool1 = tool('1.0.0');
    const registry = defineService({
      name: 'registry@1.0.0',
      methods: { tool: () => tool1, give: () => () => 1 },
    });
    await using pair = await nodes({ services: [tool1, registry], client: { limits: { handles: 1 } } });
    const remote = await pair.peer.queryInterface<{
      tool(): Promise<Tool & Disposable>;
      give(): Promise<(() => Promise<number>) & Disposable>;
    }>('registry');
    using _only = await remote.give();
    using asked = await pair.peer.queryInterface<Tool>('tool@^1.0.0');
    using given = await remote.tool();
    using named = await pair.peer.queryInterface<Tool>('tool');
    expect(await Promise.all([asked.version(), given.version(), named.version()])).toEqual(Array(3).fill('1.0.0'));
    expect(pair.peer.load.handlesHeld).toBe(1);
    expect(await failure(remote.give())).toMatchObject({ code: 'resource_exhausted' });
  });

  it('with another definition is queried', async () => {
    const transport = new MemoryTransport();
    const queries: unknown[] = [];
    await using server = await strangeServer(transport, (stranger) => {
      stranger.say(greeting({ services: ['bait@1.0.0'], offers: [['bait', '1.0.0', [['call', 0]]]] }));
      void stranger
        .until(() => stranger.ended || stranger.heard.some(({ kind }) => kind === 'call'))
        .then(() => {
          stranger.say((to) =>
            writeResult(to, stranger.heard.find(({ kind }) => kind === 'call')?.fields[0] as number, reference(1)),
          );
          return stranger.until(() => stranger.ended || stranger.heard.filter(({ kind }) => kind === 'call').length > 1);
        })
        .then(() => queries.push(stranger.heard.filter(({ kind }) => kind === 'call').at(-1)?.fields));
    });
    const client = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports: [transport] });
    const peer = await client.connect(server.address, { maxReconnectAttempts: 0 });
    const given = await peer.runTask('anything');
    expect(typeof given).toBe('function');
    peer.queryInterface('bait').catch(() => {});
    await until(() => queries.length === 1);
    expect((queries[0] as unknown[]).slice(1, 3)).toEqual([0, 0]);
    await client.stop();
  });
});

describe('between hello and the next packets', () => {
  it('a service concealed in the same read is queried when it is back', async () => {
    const transport = new MemoryTransport();
    const called: unknown[] = [];
    const strangers: Stranger[] = [];
    const offers = [['bait', '1.0.0', [['call', 0]]]];
    await using server = await strangeServer(transport, (stranger) => {
      strangers.push(stranger);
      stranger.say(greeting({ services: ['bait@1.0.0'], offers }));
      if (strangers.length === 2) stranger.say((to) => writeServices(to, [], ['bait@1.0.0']));
    });
    const client = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports: [transport], reconnectDelay: 1 });
    const peer = await client.connect(server.address);
    const bait = await peer.queryInterface<{ call(): Promise<unknown> }>('bait');
    strangers[0]?.leave();
    await until(() => strangers.length === 2 && peer.state === 'ready');
    await settled();
    const second = strangers[1] as Stranger;
    expect(await failure(bait.call())).toMatchObject({ code: 'not_found' });
    second.say((to) => writeServices(to, ['bait@1.0.0'], []));
    const calls = () => second.heard.filter(({ kind }) => kind === 'call');
    await second.until(() => calls().length === 1);
    expect(calls()[0]?.fields[1]).toBe(0);
    second.say((to) => writeResult(to, calls()[0]?.fields[0] as number, reference(9, [0, 'bait', '1.0.0', [['call', 0]]])));
    await settled();
    bait.call().catch((error: unknown) => called.push(error));
    await second.until(() => calls().length === 2);
    expect(calls()[1]?.fields[1]).toBe(9);
    await client.stop();
  });

  it('a service whose name has been reused is the new one', async () => {
    const memory = new MemoryTransport();
    const asked = gate();
    const go = gate();
    const server = await Netron.create({
      ...{ id: 'server', logger: quiet, stopTimeout: 0, transports: { memory: true }, additionalTransports: [memory] },
      async authenticate() {
        asked.open();
        await go.opened;
      },
    });
    const client = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports: [memory] });
    await client.peer.exposeService(defineService({ name: 'tool@1.0.0', methods: { version: () => 'the first' } }));
    const connecting = client.connect(server.addresses[0] as string);
    await asked.opened;
    await client.peer.concealService('tool');
    await client.peer.exposeService(defineService({ name: 'tool@1.0.0', methods: { version: () => 'the second' } }));
    go.open();
    await connecting;
    await until(() => server.peers.size === 1);
    const [back] = server.peers.values();
    await settled();
    expect(await (await back?.queryInterface<Tool>('tool'))?.version()).toBe('the second');
    await Promise.all([client.stop(), server.stop()]);
  });
});
