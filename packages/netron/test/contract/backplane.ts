/** Promises of every backplane, to those who use it directly and to nodes with events over it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backplane } from '../../src/discovery.js';
import { EmitError, Netron, type NetronOptions } from '../../src/index.js';
import { gate, quiet, until } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';

/** A broker under test. */
export interface BackplaneFixture {
  readonly name: string;
  /** Starts the broker. */
  begin(): Promise<void>;
  end(): Promise<void>;
  backplane(): Backplane;
  /** Sends a message past every node. */
  plant(namespace: string, channel: string, message: Uint8Array): Promise<void>;
  /** Lets the broker fail, and work again. */
  fail(): Promise<void>;
  mend(): Promise<void>;
}

let namespaces = 0;

export function describeBackplane(fixture: BackplaneFixture): void {
  const ends: (() => Promise<void>)[] = [];
  const freshNamespace = (): string => {
    namespaces += 1;
    return `n${process.pid}-${namespaces}`;
  };

  /** A backplane alone, and the messages that it has received. */
  const start = async (namespace: string, ...channels: string[]) => {
    const backplane = fixture.backplane();
    const heard: string[] = [];
    for (const channel of channels) await backplane.subscribe(channel);
    const up = gate();
    const receive = (channel: string, message: Uint8Array): void => {
      heard.push(`${channel} ${new TextDecoder().decode(message)}`);
    };
    await backplane.start({
      clock: new VirtualClock(),
      random: () => 0.5,
      namespace,
      receive,
      up: () => up.open(),
      down: () => {},
    });
    ends.push(() => backplane.stop());
    await up.opened;
    return { backplane, heard };
  };

  const node = async (namespace: string, id: string, options: NetronOptions = {}): Promise<Netron> => {
    const made = await Netron.create({
      id,
      logger: quiet,
      remoteEvents: true,
      stopTimeout: 0,
      ...options,
      events: { cluster: fixture.backplane(), namespace, ...options.events },
    });
    ends.push(() => made.stop());
    return made;
  };

  /** Resolves when a node asks so many handlers. */
  const asks = (by: Netron, event: string, count: number): Promise<void> => until(() => by.subscriberCount(event) === count);

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  describe(`backplane: ${fixture.name}`, () => {
    beforeAll(() => fixture.begin());
    afterAll(() => fixture.end());
    afterEach(async () => {
      await Promise.all(ends.splice(0).map((end) => end()));
    });

    it('delivers to each subscriber once and in order, within its namespace only', async () => {
      const namespace = freshNamespace();
      const one = await start(namespace, 'a', 'all', 'pattern:*:>.^ ä');
      const two = await start(namespace, 'all');
      const other = await start(freshNamespace(), 'all');
      await one.backplane.subscribe('late');
      for (let n = 0; n < 100; n += 1) await two.backplane.publish('all', bytes(`${n}`));
      await two.backplane.publish('b', bytes('nobody'));
      await two.backplane.publish('pattern:*:>.^ ä', bytes('odd'));
      await two.backplane.publish('late', bytes('1'));
      await until(() => one.heard.includes('late 1'));
      await one.backplane.unsubscribe('late');
      await two.backplane.publish('late', bytes('2'));
      await two.backplane.publish('a', bytes('end'));
      const all = Array.from({ length: 100 }, (_, n) => `all ${n}`);
      const others = ['a end', 'late 1', 'pattern:*:>.^ ä odd'];
      await until(() => one.heard.length >= 103 && two.heard.length >= 100);
      // Across channels there is no order.
      expect(one.heard.filter((line) => line.startsWith('all'))).toEqual(all);
      expect(one.heard.filter((line) => !line.startsWith('all')).sort()).toEqual(others);
      expect(two.heard).toEqual(all);
      expect(other.heard).toEqual([]);
    });

    it('belongs to one node and may be ended twice', async () => {
      const { backplane } = await start(freshNamespace());
      await backplane.stop();
      await backplane.stop();
      const first = fixture.backplane();
      const options = { events: { cluster: first, namespace: freshNamespace() } };
      await node('', 'a', options);
      await expect(node('', 'b', options)).rejects.toMatchObject({ code: 'failed_precondition' });
    });

    it('NC-31, EV-03–EV-06: the four emit patterns call handlers of all nodes; each failure is reported', async () => {
      const namespace = freshNamespace();
      const [a, b, c] = [await node(namespace, 'a'), await node(namespace, 'b'), await node(namespace, 'c')];
      a.subscribe('count:*', (data) => 1 + Number(data));
      b.subscribe('count:*', (data) => 20 + Number(data));
      b.subscribe('count:x', (data) => 300 + Number(data));
      const off = c.subscribe('count:x', () => {
        throw new RangeError('no');
      });
      for (const each of [a, b, c]) await asks(each, 'count:x', 4);
      const failed = await a.emitParallel('count:x', 0).catch((error: unknown) => error as EmitError);
      if (!(failed instanceof EmitError)) throw new Error('it did not fail');
      expect(failed.failures.map(({ pattern, error }) => [pattern, (error as Error).message])).toEqual([['count:x', 'no']]);
      expect([...failed.results].sort()).toEqual([1, 20, 300]);
      off();
      for (const each of [a, b, c]) await asks(each, 'count:x', 3);
      expect((await b.emitSerial('count:x', 1)).sort()).toEqual([2, 21, 301]);
      expect(await c.emitReduce('count:x', 0, (sum: number, value: number) => sum + value, 0)).toBe(321);
      expect(await c.emitReduceRight('count:x', 0, (sum: number, value: number) => sum + value, 0)).toBe(321);
    });

    it('EV-10, EV-11, F4: published events reach each handler of other nodes once and in order', async () => {
      const namespace = freshNamespace();
      const nodes = [await node(namespace, 'a'), await node(namespace, 'b'), await node(namespace, 'c')] as const;
      const heard: Record<string, unknown[]> = { a: [], b: [], c: [] };
      for (const each of nodes) {
        each.subscribe('audit:*', (data) => heard[each.id]?.push(data));
        each.subscribe('audit:login', (data) => heard[each.id]?.push(`login ${String(data)}`));
      }
      for (const each of nodes) await asks(each, 'audit:login', 6);
      for (let n = 0; n < 100; n += 1) nodes[0].publish('audit:login', n);
      await until(() => Object.values(heard).every(({ length }) => length === 200));
      const all = Array.from({ length: 100 }, (_, n) => n);
      for (const list of Object.values(heard)) {
        expect(list.filter((data) => typeof data === 'number')).toEqual(all);
        expect(list.filter((data) => typeof data === 'string')).toEqual(all.map((n) => `login ${n}`));
      }
    });

    it('a node that stops finishes the questions it was asked, and is asked no more', async () => {
      const namespace = freshNamespace();
      const one = await node(namespace, 'one');
      const two = await node(namespace, 'two');
      const leaves = await node(namespace, 'leaves', { stopTimeout: 60_000 });
      const begun = gate();
      const held = gate();
      two.subscribe('asked', () => 'two');
      leaves.subscribe('asked', async () => {
        begun.open();
        await held.opened;
        return 'leaves';
      });
      await asks(one, 'asked', 2);
      const asked = one.emitParallel('asked', 0);
      await begun.opened;
      const stopping = leaves.stop();
      let answers: unknown[] = [];
      // Whoever asks before it has heard of it is answered, too.
      const all = [asked];
      while (answers.length === 0) {
        const next = one.emitParallel('asked', 0);
        all.push(next);
        answers = await Promise.race([next, new Promise<unknown[]>((resolve) => setTimeout(resolve, 100, []))]);
      }
      expect(answers).toEqual(['two']);
      expect(await one.emitSerial('asked', 0)).toEqual(['two']);
      held.open();
      await stopping;
      for (const each of all.slice(0, -1)) expect((await each).toSorted()).toEqual(['leaves', 'two']);
      expect(leaves.unfinished).toBe(0);
    });

    it('NC-32, NC-33: rooms and presence span all nodes; a stopped node leaves at once', async () => {
      const namespace = freshNamespace();
      const [a, b] = [await node(namespace, 'a'), await node(namespace, 'b')];
      const heard: unknown[] = [];
      a.rooms.join('lobby', 'anna', { listener: (event, data) => heard.push([event, data]), data: { level: 3 } });
      await until(() => b.rooms.members('lobby').length === 1);
      expect(b.rooms.members('lobby')).toEqual([{ member: 'anna', data: { level: 3 }, node: 'a' }]);
      await asks(b, 'netron:room:lobby', 1);
      b.rooms.publish('lobby', 'start', 1);
      await until(() => heard.length === 1);
      expect(heard).toEqual([['start', 1]]);
      const late = await node(namespace, 'late');
      await until(() => late.rooms.members('lobby').length === 1);
      await a.stop();
      await until(() => b.rooms.members('lobby').length === 0 && late.rooms.members('lobby').length === 0);
      expect(b.backplane?.nodes).toEqual(['late']);
    });

    it('garbage, messages of 1 MB, foreign keys and forged senders are dropped and counted', async () => {
      const namespace = freshNamespace();
      const secret = 'a secret of the cluster';
      const a = await node(namespace, 'a', { events: { secret } });
      const b = await node(namespace, 'b', { events: { secret } });
      const heard: unknown[] = [];
      a.subscribe('x', (data) => heard.push(data));
      await asks(b, 'x', 1);
      const refused = (): number => a.backplane?.refused ?? 0;
      const before = refused();
      await fixture.plant(namespace, 'event:x', bytes('garbage that is no message at all'));
      await fixture.plant(namespace, 'event:x', new Uint8Array(1_000_000));
      await fixture.plant(namespace, 'node:a', new Uint8Array(0));
      await until(() => refused() >= before + 3);
      // One without the key poses as b, another one has a key of its own.
      const forger = await node(namespace, 'b2', { events: { cluster: fixture.backplane(), secret: 'not that of the cluster' } });
      const open = await node(namespace, 'b3');
      await until(() => refused() > before + 4);
      expect(a.backplane?.refusal).toMatch(/not signed/);
      forger.publish('x', 'forged');
      expect([forger.backplane?.nodes, open.backplane?.nodes, a.backplane?.nodes]).toEqual([[], [], ['b']]);
      b.publish('x', 'true');
      await until(() => heard.length > 0);
      expect(heard).toEqual(['true']);
    });

    it('works locally without the broker, fails requests to others, and recovers with the broker', async () => {
      const namespace = freshNamespace();
      const [a, b] = [await node(namespace, 'a'), await node(namespace, 'b')];
      b.subscribe('x', () => 'b');
      a.subscribe('x', () => 'a');
      await asks(a, 'x', 2);
      expect(a.backplane).toMatchObject({ name: fixture.name, up: true, error: undefined, nodes: ['b'] });
      await fixture.fail();
      await until(() => a.backplane?.up === false && b.backplane?.up === false);
      expect(a.backplane?.error?.message).toMatch(/\S/);
      expect(JSON.parse(JSON.stringify(a.backplane))).toMatchObject({ error: { message: a.backplane?.error?.message } });
      const outcomes = await a.emitParallel('x', 0, { onError: 'collect' });
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'unavailable' } });
      // Of the broker, not of the options of its client.
      const failed: unknown = outcomes.find(({ status }) => status === 'rejected');
      expect((failed as PromiseRejectedResult).reason.message).toMatch(
        /^(?:cannot reach Redis: |the connection to NATS was lost$|the broker is gone$)/,
      );
      expect((failed as PromiseRejectedResult).reason.message).not.toMatch(/enableOfflineQueue|writeable/);
      a.publish('x', 0);
      expect(a.backplane?.dropped).toBeGreaterThan(0);
      const late = await node(namespace, 'late', { connectTimeout: 1_000 });
      expect(late.backplane?.up).toBe(false);
      const required = { events: { cluster: fixture.backplane(), required: true } };
      await expect(node(namespace, 'required', { connectTimeout: 1_000, ...required })).rejects.toThrow(/\S/);
      late.subscribe('x', () => 'late');
      // A start that was refused may be tried again.
      const again = Netron.prepare({
        id: 'again',
        logger: quiet,
        remoteEvents: true,
        connectTimeout: 1_000,
        events: { namespace, cluster: fixture.backplane(), required: true },
      });
      again.subscribe('x', () => 'again');
      await expect(again.startListening()).rejects.toThrow(/\S/);
      await fixture.mend();
      for (const each of [a, b, late]) await asks(each, 'x', 3);
      for (const each of [a, b, late]) expect((await each.emitParallel('x', 0)).sort()).toEqual(['a', 'b', 'late']);
      try {
        await vi.waitFor(() => again.startListening(), { timeout: 60_000 });
        for (const each of [a, again]) await asks(each, 'x', 4);
        expect((await again.emitParallel('x', 0)).sort()).toEqual(['a', 'again', 'b', 'late']);
      } finally {
        await again.stop();
      }
    });
  });
}
