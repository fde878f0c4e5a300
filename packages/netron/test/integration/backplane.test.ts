/** Events over a backplane that loses messages, nodes that fall silent or share an id: on virtual time. */
import { describe, expect, it } from 'vitest';
import { type Backplane, type BackplaneHost, MemoryBroker, memoryBackplane } from '../../src/discovery.js';
import { Netron, type NetronOptions } from '../../src/index.js';
import './loaded.js';
import { failure, gate, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/**
 * A backplane whose messages are looked at before they are sent; `false` loses one.
 *
 * @param ready whether the broker takes messages; others are heard before
 */
function observed(
  broker: MemoryBroker,
  sends: (channel: string, text: string) => boolean,
  ready: Promise<void> = Promise.resolve(),
): Backplane {
  const inner = memoryBackplane(broker);
  return {
    name: 'observed',
    async start(host: BackplaneHost) {
      await inner.start({ ...host, up: () => void ready.then(() => host.up()) });
      await ready;
    },
    subscribe: (channel) => inner.subscribe(channel),
    unsubscribe: (channel) => inner.unsubscribe(channel),
    publish: async (channel, message) => {
      if (sends(channel, new TextDecoder().decode(message))) await inner.publish(channel, message);
    },
    stop: () => inner.stop(),
  };
}

function cluster() {
  const clock = new VirtualClock();
  const broker = new MemoryBroker();
  const nodes: Netron[] = [];
  return {
    clock,
    broker,
    create: async (id: string, options: NetronOptions = {}) => {
      const made = await Netron.create({
        id,
        clock,
        logger: quiet,
        remoteEvents: true,
        ...options,
        events: { cluster: memoryBackplane(broker), ...options.events },
      });
      nodes.push(made);
      await clock.advance(1);
      return made;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop({ timeout: 0 })));
    },
  };
}

describe('events over a backplane', () => {
  it('lost changes are requested when a beat or the next change shows the gap', async () => {
    await using set = cluster();
    let lose = false;
    const lossy = observed(set.broker, () => !lose);
    const [a, b] = [await set.create('a'), await set.create('b', { events: { cluster: lossy } })];
    b.presence.track('x', 'one');
    await set.clock.advance(1);
    lose = true;
    b.presence.track('x', 'two');
    b.subscribe('x', () => 'b');
    await set.clock.advance(1);
    lose = false;
    expect([a.presence.list('x').length, a.subscriberCount('x')]).toEqual([1, 0]);
    b.presence.track('x', 'three');
    await set.clock.advance(1);
    expect(a.presence.list('x').map(({ member }) => member)).toEqual(['one', 'two', 'three']);
    expect(a.subscriberCount('x')).toBe(0);
    await set.clock.advance(6_000);
    expect(await a.emitParallel('x', 1)).toEqual(['b']);
  });

  it('a node that stops, or ends a subscription, during a serial emission is not asked', async () => {
    await using set = cluster();
    const [a, b, c] = [await set.create('a'), await set.create('b'), await set.create('c')];
    a.subscribe('x', () => new Promise((resolve) => set.clock.setTimeout(() => resolve('a'), 500)), { priority: 5 });
    b.subscribe('x', () => 'b');
    const off = c.subscribe('x', () => 'c');
    c.subscribe('x', () => 'other');
    await set.clock.advance(10);
    const started = set.clock.now();
    const answers = a.emitSerial('x', 1);
    await set.clock.advance(100);
    off();
    await set.clock.settle(b.stop());
    expect(await set.clock.settle(answers)).toEqual(['a', 'other']);
    expect(set.clock.now() - started).toBeLessThan(1_000);
  });

  it('concurrent drain() and stop() wait for the same answers of other nodes, and no longer', async () => {
    await using set = cluster();
    const [a, b] = [await set.create('a'), await set.create('b')];
    b.subscribe('x', () => 'b');
    await set.clock.advance(10);
    const started = set.clock.now();
    const took: number[] = [];
    const ended = [a.drain(), a.stop()].map((end) => end.then(() => took.push(set.clock.now() - started)));
    await set.clock.settle(Promise.all(ended));
    expect(Math.max(...took)).toBeLessThan(1_000);
  });

  it('a node that has fallen silent is not waited for by others that stop', async () => {
    await using set = cluster();
    let dead = false;
    const a = await set.create('a');
    await set.create('b', { events: { cluster: observed(set.broker, () => !dead) } });
    await set.clock.advance(10);
    expect(a.backplane?.nodes).toEqual(['b']);
    dead = true;
    await set.clock.advance(8_000);
    // It may come back: it is known until its lease ends.
    expect(a.backplane?.nodes).toEqual(['b']);
    const started = set.clock.now();
    await set.clock.settle(a.stop());
    expect(set.clock.now() - started).toBeLessThan(1_000);
  });

  it('nodes that start together know each other at once, also one that can receive before it can send', async () => {
    await using set = cluster();
    const { open, opened } = gate();
    const starting = set.create('b', { events: { cluster: observed(set.broker, () => true, opened) } });
    await set.clock.advance(1);
    const a = await set.create('a');
    open();
    const b = await starting;
    const c = await set.create('c');
    const nodes = [a, b, c];
    for (const node of nodes) node.subscribe('x', () => node.id);
    await set.clock.advance(10);
    for (const node of nodes) expect((await set.clock.settle(node.emitParallel('x', 1))).sort()).toEqual(['a', 'b', 'c']);
  });

  it('messages of a node before its proof has arrived are not counted as refused', async () => {
    await using set = cluster();
    const a = await set.create('a');
    // Its answer is late: what it says meanwhile comes before.
    const late = gate();
    let waiting = 0;
    const slow = memoryBackplane(set.broker);
    const publish = slow.publish.bind(slow);
    slow.publish = async (channel, message) => {
      if (channel === 'node:a') {
        waiting += 1;
        await late.opened;
      }
      await publish(channel, message);
    };
    const b = await set.create('b', { events: { cluster: slow } });
    b.subscribe('x', () => 'b');
    await set.clock.advance(10);
    expect([waiting > 0, a.backplane?.nodes, a.backplane?.refused]).toEqual([true, [], 0]);
    late.open();
    await set.clock.advance(6_000);
    expect([a.backplane?.nodes, a.backplane?.refused, await a.emitParallel('x', 1)]).toEqual([['b'], 0, ['b']]);
  });

  it('a request to a node that no longer knows the sender is sent again after the sender has proved its identity', async () => {
    await using set = cluster();
    let lost: (channel: string, text: string) => boolean = () => false;
    const lossy = observed(set.broker, (channel, text) => !lost(channel, text));
    const [a, b] = [await set.create('a', { events: { cluster: lossy } }), await set.create('b')];
    let runs = 0;
    b.subscribe('question', () => {
      runs += 1;
      return 'b';
    });
    await set.clock.advance(10);
    // Long enough for b to forget a, which goes on hearing b.
    lost = () => true;
    await set.clock.advance(25_000);
    expect([a.backplane?.nodes, b.backplane?.nodes]).toEqual([['b'], []]);
    lost = () => false;
    const asked = set.clock.now();
    expect(await set.clock.settle(a.emitParallel('question', 1))).toEqual(['b']);
    expect([runs, set.clock.now() - asked]).toEqual([1, expect.toSatisfy((ms: number) => ms < 100)]);

    lost = () => true;
    await set.clock.advance(25_000);
    lost = (_channel, text) => !text.includes('question');
    const [failed] = await set.clock.settle(a.emitParallel('question', 1, { onError: 'collect' }));
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: { code: 'unavailable', message: "node 'b' does not know this node: it did not answer the identity challenge" },
    });
    expect(runs).toBe(1);
  });

  it('F4: lost events are not resent; later ones keep their order', async () => {
    await using set = cluster();
    let sent = 0;
    const lossy = observed(set.broker, (channel) => !channel.startsWith('event:') || (sent += 1) % 3 !== 0);
    const [a, b] = [await set.create('a', { events: { cluster: lossy } }), await set.create('b')];
    const heard: unknown[] = [];
    b.subscribe('tick', (data) => heard.push(data));
    await set.clock.advance(1);
    for (let tick = 1; tick <= 30; tick += 1) a.publish('tick', tick);
    await set.clock.advance(1);
    expect(heard).toEqual(Array.from({ length: 30 }, (_, n) => n + 1).filter((n) => n % 3 !== 0));
  });

  it('a silent node is removed and requests to it fail; a late answer is not counted as forged', async () => {
    await using set = cluster();
    let silent = false;
    const lossy = observed(set.broker, () => !silent);
    const [a, b] = [await set.create('a'), await set.create('b', { events: { cluster: lossy } })];
    b.subscribe('x', () => new Promise(() => {}));
    b.presence.track('x', 'one');
    await set.clock.advance(1);
    silent = true;
    const asked = failure(a.emitParallel('x', 1, { timeout: 0 }));
    await set.clock.advance(30_000);
    expect(await asked).toMatchObject({ code: 'unavailable', failures: [{ error: { message: "node 'b' is silent" } }] });
    expect([a.presence.list(), a.backplane?.nodes]).toEqual([[], []]);
    silent = false;
    await set.clock.advance(6_000);
    expect([a.presence.list().length, a.subscriberCount('x')]).toEqual([1, 1]);
    expect(a.backplane?.refused).toBe(0);
  });

  it('a broker outage of an hour removes no node; nodes that left meanwhile are removed afterwards', async () => {
    await using set = cluster();
    const [a, b, c] = [await set.create('a'), await set.create('b'), await set.create('c')];
    b.presence.track('x', 'anna');
    c.presence.track('x', 'otto');
    await set.clock.advance(1);
    set.broker.failure = new Error('gone');
    await set.clock.advance(3_600_000);
    expect(a.presence.list('x')).toHaveLength(2);
    await set.clock.settle(c.stop());
    set.broker.failure = undefined;
    await set.clock.advance(30_000);
    expect(a.presence.list('x').map(({ member }) => member)).toEqual(['anna']);
  });

  it('D4: of two nodes with one id the later counts, and the other is notified', async () => {
    await using set = cluster();
    const [a, first] = [await set.create('a'), await set.create('twice')];
    first.subscribe('x', () => 'first');
    a.subscribe('own', () => 'a');
    a.presence.track('room', 'anna');
    await set.clock.advance(1);
    expect(first.presence.list('room').length).toBe(1);
    const second = await set.create('twice');
    second.subscribe('x', () => 'second');
    await set.clock.advance(60_000);
    expect(await a.emitParallel('x', 1)).toEqual(['second']);
    expect(first.backplane).toMatchObject({ up: false, error: { code: 'already_exists' }, nodes: [] });
    expect(second.backplane).toMatchObject({ up: true, nodes: ['a'] });
    // What the first says reaches nobody, and is not left out in silence.
    const [failed] = await first.emitParallel('own', 1, { onError: 'collect' });
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: { code: 'already_exists', message: "another node has started with the id 'twice'" },
    });
    first.publish('own', 1);
    await set.clock.advance(1);
    expect([first.backplane?.dropped, first.presence.list('room')]).toEqual([2, []]);
    expect(await second.emitParallel('own', 1)).toEqual(['a']);
  });

  it('more entries than fit into one message arrive in several, despite concurrent changes', async () => {
    await using set = cluster();
    const a = await set.create('a');
    for (let member = 0; member < 400; member += 1) a.presence.track('x', `m${member}`, 'y'.repeat(2_000));
    const b = await set.create('b');
    for (let member = 400; member < 450; member += 1) {
      a.presence.track('x', `m${member}`);
      await Promise.resolve();
    }
    await set.clock.advance(1);
    expect(b.presence.list('x')).toHaveLength(450);
    const long = await failure(() => a.presence.track('x', 'too long', 'y'.repeat(70_000)));
    expect(long).toMatchObject({ code: 'resource_exhausted', message: expect.stringContaining("member 'too long'") });
    expect(await failure(() => a.presence.track('x', 'no data', Symbol('x')))).toMatchObject({ code: 'invalid_argument' });
    expect(a.presence.list('x')).toHaveLength(450);
  });

  it('replayed messages are not accepted as new: a hello of an earlier run, an event, a goodbye', async () => {
    await using set = cluster();
    const kept: { channel: string; message: Uint8Array }[] = [];
    const secret = 'a secret of the cluster';
    const record = (): Backplane => {
      const inner = memoryBackplane(set.broker);
      return {
        name: 'recorded',
        start: (host) => inner.start(host),
        subscribe: (channel) => inner.subscribe(channel),
        unsubscribe: (channel) => inner.unsubscribe(channel),
        publish: (channel, message) => {
          kept.push({ channel: `default:${channel}`, message });
          return inner.publish(channel, message);
        },
        stop: () => inner.stop(),
      };
    };
    const heard: unknown[] = [];
    const a = await set.create('a', { events: { secret } });
    a.subscribe('x', (data) => heard.push(data));
    const first = await set.create('b', { events: { cluster: record(), secret } });
    await set.clock.advance(1);
    first.publish('x', 1);
    await set.clock.advance(1);
    await set.clock.settle(first.stop());
    const earlier = kept.splice(0);
    const second = await set.create('b', { events: { cluster: record(), secret } });
    second.presence.track('here', 'anna');
    await set.clock.advance(1);
    second.publish('x', 2);
    await set.clock.advance(1);
    const late = await set.create('late', { events: { secret } });
    const seen: unknown[] = [];
    late.subscribe('x', (data) => seen.push(data));
    await set.clock.advance(1);
    for (const { channel, message } of [...earlier, ...kept.splice(0)]) set.broker.publish(channel, message);
    await set.clock.advance(2_000);
    expect([heard, seen]).toEqual([[1, 2], []]);
    for (const node of [a, late]) expect(node.presence.list('here').map(({ member }) => member)).toEqual(['anna']);
    expect([second.backplane?.up, second.backplane?.nodes.toSorted()]).toEqual([true, ['a', 'late']]);
    second.publish('x', 3);
    await set.clock.advance(1);
    expect([heard.at(-1), seen]).toEqual([3, [3]]);
  });

  it('an oversized event is reported and not sent; an oversized request fails', async () => {
    await using set = cluster();
    const failed: string[] = [];
    const logger = { ...quiet, error: (_facts: object, message?: string) => void failed.push(message ?? '') };
    const [a, b] = [await set.create('a', { logger }), await set.create('b')];
    const heard: unknown[] = [];
    b.subscribe('x', (data: { length: number }) => heard.push(data.length));
    await set.clock.advance(1);
    a.publish('x', 'y'.repeat(600_000));
    expect(failed).toHaveLength(1);
    expect(await failure(a.emitParallel('x', 'y'.repeat(600_000)))).toMatchObject({ code: 'resource_exhausted' });
    a.publish('x', 'short');
    await set.clock.advance(1);
    expect(heard).toEqual([5]);
  });

  it('at most 16 MiB are queued for a broker that does not read', async () => {
    await using set = cluster();
    let stuck = false;
    const inner = memoryBackplane(set.broker);
    const slow: Backplane = {
      name: 'slow',
      start: (host) => inner.start(host),
      subscribe: (channel) => inner.subscribe(channel),
      unsubscribe: (channel) => inner.unsubscribe(channel),
      publish: (channel, message) => (stuck ? new Promise(() => {}) : inner.publish(channel, message)),
      stop: () => inner.stop(),
    };
    const [a, b] = [await set.create('a', { events: { cluster: slow } }), await set.create('b')];
    b.subscribe('x', () => {});
    await set.clock.advance(1);
    stuck = true;
    for (let n = 0; n < 40; n += 1) a.publish('x', 'y'.repeat(500_000));
    await set.clock.advance(1);
    expect(a.backplane?.dropped).toBe(40 - Math.floor((16 * 1024 * 1024) / 500_040));
    stuck = false;
    await set.clock.settle(a.stop({ timeout: 0 }));
  });

  it('remote handlers get the events that remoteEvents allows, and end with their subscriptions', async () => {
    await using set = cluster();
    const [a, b] = [await set.create('a', { remoteEvents: ['open:*'] }), await set.create('b')];
    const off = b.subscribe('open:x', () => 'b');
    b.subscribe('shut:x', () => 'b');
    b.subscribe('**', () => 'b');
    await set.clock.advance(1);
    expect([a.subscriberCount('open:x'), a.subscriberCount('shut:x')]).toEqual([1, 0]);
    off();
    await set.clock.advance(1);
    expect(a.subscriberCount()).toBe(0);
    expect(await a.emitParallel('open:x', 1)).toEqual([]);
  });

  it('refuses invalid options', async () => {
    await using set = cluster();
    expect(await failure(set.create('x', { remoteEvents: false }))).toBeInstanceOf(TypeError);
    expect(await failure(set.create('x', { events: { secret: 'short' } }))).toBeInstanceOf(RangeError);
    expect(await failure(set.create('x', { events: { cluster: 'gopher://x' } }))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(set.create('x', { events: { cluster: {} as never } }))).toBeInstanceOf(TypeError);
  });
});
