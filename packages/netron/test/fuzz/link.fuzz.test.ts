/**
 * A1, A11: what peers say after, before and instead of the handshake: valid packets in invalid orders, and real conversations
 * with changes. Seeded; `FUZZ_RUNS` messages (default 4,000), `FUZZ_SEED` for another start.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { Netron, type RemotePeer } from '../../src/index.js';
import type { Link } from '../../src/peer/link/link.js';
import { expectEmpty, target, Watch } from '../hostile/attacked.js';
import { recordEverything } from '../hostile/recording.js';
import { greeting, MemoryTransport, message, Stranger, strangeServer } from '../hostile/stranger.js';
import { quiet, settled } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { WorkCounter } from '../work.js';
import { hello, mutated, oneOf, packet, part, type Random, randomFrom } from './link-packets.js';
import { expectNoGrowth, type Memory, memory } from './memory.js';

const runs = Number(process.env.FUZZ_RUNS ?? 4_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const none = { sent: [], received: [] };
let recorded: { readonly sent: readonly Uint8Array[]; readonly received: readonly Uint8Array[] } = none;

beforeAll(async () => {
  recorded = await recordEverything();
  expect(recorded.sent.length).toBeGreaterThan(15);
});

/** Messages of one attack, without the first hello. */
type Messages = (random: Random) => Uint8Array[];

const nonsense: Messages = (random) =>
  Array.from({ length: 1 + random(12) }, () =>
    random(10) === 0 ? message(part(random)) : message(...Array.from({ length: 1 + random(5) }, () => packet(random))),
  );

const replayed =
  (pick: () => readonly Uint8Array[]): Messages =>
  (random) => {
    const messages = pick().slice(1);
    const picked = messages.filter(() => random(8) > 0).map((bytes) => (random(6) === 0 ? mutated(random, bytes) : bytes));
    if (random(4) === 0) picked.reverse();
    return picked.slice(0, 1 + random(picked.length));
  };

const attacks: readonly (readonly [string, Messages, Messages])[] = [
  ['packets in any order', nonsense, nonsense],
  ['changed recordings', replayed(() => recorded.sent), replayed(() => recorded.received)],
];

describe.each(attacks)('%s', (_name, toServer, toClient) => {
  it(`A1: ${runs} messages to a server: others are served and no state of the attackers is left`, {
    timeout: 0,
  }, async () => {
    const random = randomFrom(seed);
    const transport = new MemoryTransport();
    using watch = new Watch();
    await using attacked = await target(transport, { logger: quiet });
    const { node, clock } = attacked;
    const links: Link[] = [];
    node.on('peer:connected', (peer: RemotePeer) => void (peer.link && links.push(peer.link)));
    const friend = await Netron.create({ id: 'friend', logger: quiet, stopTimeout: 0, additionalTransports: [transport] });
    const peer = await friend.connect(node.addresses[0] as string);
    const service = await peer.queryInterface<{ echo(value: unknown): Promise<unknown> }>('everything');
    await settled(2);
    links.length = 0;
    let survived = 0;
    using work = new WorkCounter();
    let before: Memory | undefined;
    for (let done = 0; done < runs; ) {
      const start = done;
      const stranger = new Stranger(await transport.connect(node.addresses[0] as string));
      stranger.forgetful = true;
      if (random(20) > 0) stranger.say(greeting(hello(random)));
      // Nobody may speak again before the answer.
      if (random(20) > 0) await settled(4);
      const all = toServer(random);
      for (const bytes of all) {
        done += 1;
        stranger.send(bytes);
        if (random(4) === 0) await settled(1);
      }
      await settled(2);
      if (random(50) === 0) await clock.advance(1_000);
      if (links.some((link) => link.open)) survived += 1;
      // What the runtime takes once and keeps is no growth.
      if (before === undefined && done >= runs / 4) {
        before = await memory();
      }
      stranger.leave();
      await settled(3);
      const why = `seed ${seed}, after message ${start}`;
      expect(await service.echo(start), why).toBe(start);
      for (const link of links.splice(0)) expectEmpty(link, why);
      expect(
        watch.uncaught.map((error) => (error as Error).stack),
        why,
      ).toEqual([]);
    }
    // Else it is only the first packet of each attack that is tried.
    expect(survived).toBeGreaterThan(runs / 200);
    expect(work.take() / runs).toBeLessThan(1_000);
    await expectNoGrowth(before as Memory);
    await clock.advance(31_000);
    expect(node.peers.size).toBe(1);
    await friend.stop();
    await settled();
    await node.stop();
    await clock.advance(2_000);
    expect(clock.size).toBe(0);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(watch.uncaught).toEqual([]);
  });

  it(`A11: ${runs} messages to a client: every call settles and no state of the server is left`, { timeout: 0 }, async () => {
    const random = randomFrom(seed + 1);
    const transport = new MemoryTransport();
    using watch = new Watch();
    const clock = new VirtualClock();
    let done = 0;
    let stranger: Stranger | undefined;
    await using server = await strangeServer(transport, (arrived) => {
      stranger = arrived;
      arrived.forgetful = true;
      arrived.say(greeting(hello(random)));
    });
    const client = await Netron.create({
      clock,
      logger: quiet,
      stopTimeout: 0,
      additionalTransports: [transport],
      remoteEvents: true,
      allowRemoteServices: true,
    });
    while (done < runs) {
      const why = `seed ${seed}, after message ${done}`;
      const peer = await client.connect(server.address, { maxReconnectAttempts: 0 });
      const { link } = peer;
      const open: Promise<unknown>[] = [];
      const use = (): void => void open.push(...useStranger(peer, random));
      use();
      for (const bytes of toClient(random)) {
        done += 1;
        stranger?.send(bytes);
        if (random(3) === 0) await settled(1);
        if (random(4) === 0) use();
      }
      await settled(2);
      if (random(2) === 0) stranger?.leave();
      else await peer.disconnect();
      await settled(3);
      if (link !== undefined) expectEmpty(link, why);
      const ends = await Promise.race([Promise.allSettled(open), settled(30).then(() => 'calls that never end')]);
      expect(ends, why).toHaveLength(open.length);
      expect(client.peers.size, why).toBe(0);
      expect(
        watch.uncaught.map((error) => (error as Error).stack),
        why,
      ).toEqual([]);
    }
    await client.stop();
    await clock.advance(2_000);
    expect(clock.size).toBe(0);
    expect(watch.uncaught).toEqual([]);
  });
});

/** Whatever a program might ask of a peer. */
function useStranger(peer: RemotePeer, random: Random): Promise<unknown>[] {
  const consume = async (given: unknown): Promise<void> => {
    let seen = 0;
    if (typeof given === 'function') await (given as (value: number) => unknown)(1);
    if (typeof given !== 'object' || given === null || !(Symbol.asyncIterator in given)) return;
    for await (const _item of given as AsyncIterable<unknown>) if (++seen > 5) break;
  };
  const asked: Promise<unknown>[] = [
    peer.queryInterface(oneOf(random, ['everything', 'inner'])).then(async (proxy) => {
      for (const name of ['echo', 'hi', 'add', 'on']) {
        const member: unknown = proxy[name];
        if (typeof member !== 'function')
          await member; // the server says that it is a property
        else await (member as (...given: unknown[]) => Promise<unknown>)('x', () => {}).then(consume);
      }
    }),
    peer.runTask('task', () => 1, (async function* () {})()).then(consume),
    peer.subscribe('news:*', () => {}),
  ];
  for (const answer of asked) answer.catch(() => {});
  return asked;
}
