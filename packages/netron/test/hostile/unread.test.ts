/** Who does not take answers: what that costs, what becomes of the calls, and two ends that both wait. */
import { describe, expect, it } from 'vitest';
import { defineService, Netron, type RemotePeer } from '../../src/index.js';
import { flags, writeCall, writeCancel, writePipe } from '../../src/wire/packets.js';
import { quiet, settled, until } from '../integration/nodes.js';
import { figures } from './program.js';
import { codeOf, message, visit } from './stranger.js';

describe.each(['later', 'echo'])('B5: unread answers of kind "%s"', (kind) => {
  it('keep at most 1 MiB and one answer unsent and 4 MiB and one message of requests queued; the connection closes after 10 s', async () => {
    const seen = await figures('unread-answers', [kind]);
    expect(seen.unsent).toBeLessThan(1.2);
    expect(seen.kept).toBeLessThan(5);
    expect([seen.peersBefore, seen.peersAfter]).toEqual([5, 1]);
  });
});

const chunk = Buffer.alloc(64 * 1024, 7);

function giver() {
  const noted: number[] = [];
  const service = defineService({
    name: 'giver@1.0.0',
    methods: {
      give: () => chunk,
      later: async () => {
        await settled(1);
        return chunk;
      },
      note: (number: number) => {
        noted.push(number);
        return { again: () => number };
      },
      echo: (bytes: Uint8Array) => bytes,
    },
  });
  return { noted, service };
}

describe('two nodes that request more data of each other than their buffers hold', () => {
  it.each(['give', 'later', 'echo'] as const)('receive all answers: %s', async (method) => {
    const service = giver().service;
    await using server = await Netron.create({ logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } });
    await server.peer.exposeService(service);
    await using client = await Netron.create({ logger: quiet, stopTimeout: 0 });
    await client.peer.exposeService(giver().service);
    const there = await client.connect(server.addresses[0] as string);
    const [back] = [...server.peers.values()] as [RemotePeer];
    const ask = async (peer: RemotePeer): Promise<number> => {
      const remote = await peer.queryInterface<typeof service>('giver');
      const answers = await Promise.all(
        Array.from({ length: 400 }, () => (method === 'echo' ? remote.echo(chunk) : remote[method]())),
      );
      return answers.reduce((sum, answer) => sum + answer.length, 0);
    };
    expect(await Promise.all([ask(there), ask(back)])).toEqual([400 * chunk.length, 400 * chunk.length]);
    expect(there.state).toBe('ready');
  });
});

describe('calls of a peer that does not read answers', () => {
  it('start in order once it reads; canceled calls never start; pending results can be used; the limit applies', async () => {
    const { noted, service } = giver();
    await using server = await Netron.create({
      ...{ logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } }, limits: { calls: 1_005 } },
      middleware: { incoming: [(next) => (call) => next(call)] },
    });
    await server.peer.exposeService(service);
    const stranger = await visit(server);
    const handle = await stranger.query('giver');
    stranger.connection.pause();
    const [back] = [...server.peers.values()] as [RemotePeer];
    const give = (id: number) => stranger.send(message((to) => writeCall(to, id, handle, 0, 0, undefined, [])));
    let id = 1_000;
    const stalled = () => (back.link?.incoming.size ?? 0) > 0;
    for (let round = 0; !stalled() && round < 2_000; round += 1) {
      give(++id);
      await settled(1);
    }
    expect(stalled()).toBe(true);
    stranger.say(
      (to) => writeCall(to, 9_001, handle, 2, 0, undefined, [1]),
      (to) => writeCall(to, 9_002, handle, 2, 0, undefined, [2]),
      (to) => writeCall(to, 9_003, handle, 2, flags.hold, undefined, [3]),
      (to) => writePipe(to, 9_004, 9_003, ['again'], 0, undefined, []),
      (to) => writeCancel(to, 9_002),
    );
    await until(() => back.link?.incoming.size === 5);
    for (let more = 0; more < 1_001; more += 1) give(20_000 + more);
    await until(() => back.link?.incoming.size === 1_005);
    expect(noted).toEqual([]);
    stranger.connection.resume();
    expect(codeOf(await stranger.answer(21_000))).toBe('resource_exhausted');
    expect(codeOf(await stranger.answer(9_002))).toBe('canceled');
    expect((await stranger.answer(9_004)).fields[1]).toBe(3);
    expect((await stranger.answer(20_999)).kind).toBe('result');
    expect(noted).toEqual([1, 3]);
    await until(() => back.link?.incoming.size === 0);
    expect(back.link?.incoming.kept).toBe(0);
    stranger.leave();
  });
});
