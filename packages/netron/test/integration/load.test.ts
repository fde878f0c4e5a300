/** B17: what waits is counted. */
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, type PeerLoad, withOptions } from '../../src/index.js';
import { flags, writeCall, writePipe } from '../../src/wire/packets.js';
import { everything, target } from '../hostile/attacked.js';
import { MemoryTransport, visit } from '../hostile/stranger.js';
import { nodes, settled, until } from './nodes.js';
import { TappedTransport } from './wire.js';

const nothing: PeerLoad = {
  ...{ callsSent: 0, callsWaiting: 0, callsRunning: 0, callsKept: 0, answersKept: 0, resultsHeld: 0, bytesUnsent: 0 },
  ...{ streamsOut: 0, streamsIn: 0, handlesGiven: 0, handlesHeld: 0, subscriptions: 0, eventsWaiting: 0, eventsDropped: 0 },
};

const slow = defineService({
  name: 'slow@1.0.0',
  methods: {
    wait: () =>
      new Promise<void>((_resolve, reject) => {
        getCallContext().signal.addEventListener('abort', () => reject(new Error('nobody waits')));
      }),
    async *endless() {
      for (;;) yield new Uint8Array(10_000);
    },
    give: () => () => 1,
  },
});
type Slow = typeof slow;

describe('peer.load', () => {
  it('counts calls, streams, references and subscriptions, and is zero when they have ended', async () => {
    await using pair = await nodes({ services: [slow], server: { limits: { calls: 4 }, remoteEvents: true } });
    const remote = await pair.peer.queryInterface<Slow>('slow');
    expect([pair.peer.load, pair.back.load]).toEqual([nothing, nothing]);
    const given = await remote.give();
    const stream = await remote.endless();
    await stream.next();
    const off = await pair.peer.subscribe('news', () => {});
    const abort = new AbortController();
    const waiting = withOptions(remote, { signal: abort.signal });
    const calls = Array.from({ length: 7 }, () => waiting.wait().catch(() => {}));
    await settled();
    expect(pair.peer.load).toEqual({ ...nothing, callsSent: 4, callsWaiting: 3, streamsIn: 1, handlesHeld: 1 });
    expect(pair.back.load).toMatchObject({ callsRunning: 4, streamsOut: 1, handlesGiven: 1, subscriptions: 1 });
    abort.abort();
    await Promise.all(calls);
    await stream.return();
    await off();
    (given as unknown as Disposable)[Symbol.dispose]();
    await settled();
    expect([pair.peer.load, pair.back.load]).toEqual([nothing, nothing]);
  });

  it('counts calls that wait for a connection', async () => {
    const memory = new TappedTransport();
    await using pair = await nodes({
      services: [slow],
      server: { transports: { memory: true }, additionalTransports: [memory] },
      client: { additionalTransports: [memory], reconnectDelay: 10_000 },
    });
    const remote = await pair.peer.queryInterface<Slow>('slow');
    memory.last.cut();
    await until(() => pair.peer.state !== 'ready');
    const calls = Array.from({ length: 5 }, () => remote.wait().catch(() => {}));
    await settled();
    expect(pair.peer.load).toEqual({ ...nothing, callsWaiting: 5 });
    await pair.peer.disconnect();
    await Promise.all(calls);
  });

  it('counts waiting and dropped events', async () => {
    await using attacked = await target(new MemoryTransport());
    const { node } = attacked;
    const stranger = await visit(node);
    await stranger.call(0, 2, [1, 0, 'news']);
    const [peer] = node.peers.values();
    stranger.connection.pause();
    for (let number = 0; number < 3_000; number += 1) node.publish('news', new Uint8Array(2_000));
    await settled();
    const { eventsWaiting = 0, eventsDropped = 0, bytesUnsent = 0, subscriptions } = peer?.load ?? {};
    expect(eventsWaiting).toBe(1_000);
    expect(eventsDropped).toBeGreaterThan(500);
    expect(bytesUnsent).toBeGreaterThan(200_000);
    expect(subscriptions).toBe(1);
    stranger.connection.resume();
    await stranger.until(() => stranger.heard.filter(({ kind }) => kind === 'event').length >= 1_000);
    await settled();
    expect(peer?.load).toEqual({ ...nothing, subscriptions: 1, eventsDropped });
    stranger.leave();
  });

  it('counts unread answers and held results', async () => {
    await using attacked = await target(new MemoryTransport());
    const { node } = attacked;
    const stranger = await visit(node);
    const handle = await stranger.query('everything');
    const [peer] = node.peers.values();
    const member = (name: string): number => Object.keys(everything()).indexOf(name);
    stranger.say(
      (to) => writeCall(to, 900, handle, member('never'), flags.hold, undefined, []),
      (to) => writePipe(to, 901, 900, ['x'], 0, undefined, []),
    );
    await settled();
    expect(peer?.load).toMatchObject({ callsRunning: 2, resultsHeld: 1 });
    stranger.connection.pause();
    const long = new Uint8Array(300_000);
    for (const id of [902, 903]) stranger.say((to) => writeCall(to, id, handle, member('soon'), 0, undefined, []));
    for (let id = 0; id < 12; id += 1) {
      stranger.say((to) => writeCall(to, 1_000 + id, handle, member('echo'), 0, undefined, [long]));
    }
    for (let id = 0; id < 12; id += 1) {
      stranger.say((to) => writeCall(to, 2_000 + id, handle, member('later'), 0, undefined, [long]));
    }
    await settled();
    const load = peer?.load as PeerLoad;
    expect(load.bytesUnsent).toBeGreaterThan(1_048_576);
    expect(load.callsKept).toBeGreaterThan(4);
    expect(load.callsRunning).toBeGreaterThanOrEqual(load.callsKept + 2);
    // Answers of methods that had begun.
    expect(load.answersKept).toBe(2);
    stranger.connection.resume();
    await stranger.until(() => stranger.heard.filter(({ kind }) => kind === 'result').length >= 27);
    await settled();
    expect(peer?.load).toMatchObject({ bytesUnsent: 0, callsKept: 0, answersKept: 0, callsRunning: 2 });
    stranger.leave();
  });
});
