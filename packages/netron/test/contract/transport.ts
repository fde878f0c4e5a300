import { afterEach, describe, expect, it } from 'vitest';
import type { NetronError } from '../../src/errors/netron-error.js';
import {
  type Connection,
  type ConnectOptions,
  highWaterMark,
  type ListenOptions,
  type Server,
} from '../../src/transport/transport.js';
import { Probe, pattern, sameBytes, turn } from './probe.js';

/** How the suite reaches one transport, or one way through something between its ends. */
export interface TransportFixture {
  /** A server at an address of its own. */
  listen(options?: ListenOptions): Promise<Server>;
  /** Connects to `server`, as directly as the fixture wants. */
  connect(server: Server, options?: ConnectOptions): Promise<Connection>;
  /** Listens where `server` does. Absent where an address cannot be chosen. */
  listenAgain?(server: Server): Promise<Server>;
  /** Connects to where nobody listens. Absent where there is no such address. */
  connectToNobody?(): Promise<Connection>;
  /** Connects to what is no address. */
  connectToNonsense?(): Promise<Connection>;
  /** Connects to somebody who does not answer. Absent where that cannot be. */
  connectToSilence?(options: ConnectOptions): Promise<Connection>;
  /** Bytes that the way between holds before a sender feels it. Default 32 MiB. */
  buffered?: number;
  /** One end learns of the other's sudden end. Default `true`. */
  sudden?: boolean;
  /** Divides the number and the size of messages, for slow ways. Default 1. */
  slowness?: number;
  /** Ends what `listen` and `connect` have started. */
  cleanup?(): Promise<void> | void;
}

interface End {
  connection: Connection;
  probe: Probe;
}

/** What every transport promises. A new transport is finished when this passes unchanged. */
export function testTransport(name: string, fixture: TransportFixture): void {
  const open: { terminate(): void }[] = [];
  const servers: Server[] = [];
  const slowness = fixture.slowness ?? 1;
  const limit = Math.ceil((1024 * 1024) / slowness);

  const listen = async (options?: ListenOptions) => {
    const server = await fixture.listen(options);
    servers.push(server);
    return server;
  };
  const connect = async (server: Server, options?: ConnectOptions) => {
    const connection = await fixture.connect(server, options);
    open.push(connection);
    return connection;
  };
  const started = (connection: Connection): End => {
    const probe = new Probe();
    connection.start(probe);
    return { connection, probe };
  };
  const nextConnection = (server: Server) =>
    new Promise<Connection>((resolve) =>
      server.accept((connection) => {
        open.push(connection);
        resolve(connection);
      }),
    );
  /** Two ends, neither started. */
  const pair = async (options: { listen?: ListenOptions; connect?: ConnectOptions } = {}) => {
    const server = await listen(options.listen);
    const accepted = nextConnection(server);
    const near = await connect(server, options.connect);
    return { server, near, far: await accepted };
  };
  const link = async (options: { listen?: ListenOptions; connect?: ConnectOptions } = {}) => {
    const { server, near, far } = await pair(options);
    return { server, near: started(near), far: started(far) };
  };

  describe(`transport contract: ${name}`, () => {
    afterEach(async () => {
      for (const connection of open.splice(0)) connection.terminate();
      for (const server of servers.splice(0)) await server.close();
      await fixture.cleanup?.();
    });

    it('delivers messages whole and in order, both ways at once', async () => {
      const { near, far } = await link();
      const sent = [1, 5, 125, 126, 127, 2047, 2048, 2049, 16_384, 65_535, 65_536, 65_537, 100_001, 3, 1]
        .map((length) => Math.max(1, Math.floor(length / slowness)))
        .map((length, index) => pattern(length, index));
      for (const message of sent) {
        near.connection.send(message);
        far.connection.send(message);
      }
      for (const { probe } of [near, far]) {
        const got = await probe.take(sent.length);
        expect(got.map((message, index) => sameBytes(message, sent[index] as Uint8Array))).toEqual(sent.map(() => true));
      }
    });

    it('carries every byte value unchanged', async () => {
      const { near, far } = await link();
      const all = Uint8Array.from({ length: 512 }, (_, index) => index & 255);
      near.connection.send(all);
      far.connection.send(all.subarray(100, 356));
      expect(sameBytes((await far.probe.take(1))[0], all)).toBe(true);
      expect(sameBytes((await near.probe.take(1))[0], all.subarray(100, 356))).toBe(true);
    });

    it('delivers bytes that later messages do not change', async () => {
      const { near, far } = await link();
      const buffer = pattern(3000);
      for (let seed = 0; seed < 20; seed++) {
        while (near.connection.pending > 0) await turn();
        buffer.fill(seed);
        near.connection.send(buffer.subarray(0, 100 + seed * 100));
        await far.probe.take(seed + 1);
      }
      expect(far.probe.messages.map((message, seed) => message.every((byte) => byte === seed))).toEqual(Array(20).fill(true));
    });

    it('delivers 10,000 small messages in order', async () => {
      const { near, far } = await link();
      const count = Math.ceil(10_000 / slowness);
      for (let i = 0; i < count; i++) near.connection.send(Uint8Array.of(i >> 8, i & 255, 7));
      const got = await far.probe.take(count);
      expect(got.findIndex((message, i) => message.length !== 3 || message[0] !== i >> 8 || message[1] !== (i & 255))).toBe(-1);
    });

    it('refuses an empty message', async () => {
      const { near } = await link();
      expect(() => near.connection.send(new Uint8Array(0))).toThrow(RangeError);
    });

    it("accepts a message of the limit's length and closes on a longer one", async () => {
      const { near, far } = await link({ listen: { maxMessage: limit } });
      const longest = pattern(limit);
      near.connection.send(longest);
      expect(sameBytes((await far.probe.take(1))[0], longest)).toBe(true);
      near.connection.send(pattern(limit + 1));
      const refused = (await far.probe.end()) as NetronError;
      expect(refused).toMatchObject({ code: 'resource_exhausted', details: { closeCode: 1009 } });
      expect(far.probe.count).toBe(1);
      expect(await near.probe.end()).toMatchObject({ code: 'resource_exhausted', details: { closeCode: 1009 } });
    });

    it('limits messages to the connecting end, too', async () => {
      const { near, far } = await link({ connect: { maxMessage: 1000 } });
      far.connection.send(pattern(1000));
      far.connection.send(pattern(1001));
      expect(await near.probe.end()).toMatchObject({ code: 'resource_exhausted' });
      expect(near.probe.messages.map((message) => message.length)).toEqual([1000]);
    });

    it('calls back from the event loop only', async () => {
      const { near, far } = await pair();
      far.send(Uint8Array.of(1));
      await turn();
      const probe = new Probe();
      let inside = true;
      probe.onMessage = () => expect(inside).toBe(false);
      near.start(probe);
      near.send(Uint8Array.of(1));
      inside = false;
      await probe.take(1);
      inside = true;
      near.close();
      expect(probe.errors).toEqual([]);
      near.terminate();
      expect(probe.errors).toEqual([]);
      inside = false;
      await probe.end();
    });

    it('delivers what arrived before the start, then the end', async () => {
      const { near, far } = await pair();
      const { probe } = started(near);
      for (let i = 1; i <= 50; i++) near.send(Uint8Array.of(i));
      near.close();
      await turn();
      const late = started(far);
      expect((await late.probe.take(50)).map(([first]) => first)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      expect(await late.probe.end()).toBeUndefined();
      expect(await probe.end()).toBeUndefined();
    });

    it('keeps connections until they are accepted', async () => {
      const server = await listen();
      const near = started(await connect(server));
      near.connection.send(Uint8Array.of(1));
      await turn();
      const far = started(await nextConnection(server));
      await far.probe.take(1);
    });

    it('reports when it is full, waits for a paused reader, and reports room', async () => {
      const { near, far } = await link();
      far.probe.countOnly = true;
      far.connection.pause();
      const message = pattern(Math.ceil(64 * 1024));
      const most = (fixture.buffered ?? 32 * 1024 * 1024) / message.length;
      let sent = 0;
      let room = true;
      while (room && sent < most) {
        room = near.connection.send(message);
        sent++;
        if (room && sent % 16 === 0) await turn();
      }
      expect(room).toBe(false);
      expect(near.connection.pending).toBeGreaterThanOrEqual(highWaterMark);
      expect(near.connection.pending).toBeLessThanOrEqual(highWaterMark + message.length + 64);
      expect(near.probe.drains).toBe(0);
      far.connection.resume();
      await near.probe.until(() => near.probe.drains === 1);
      expect(near.connection.pending).toBeLessThan(highWaterMark);
      await far.probe.until(() => far.probe.count === sent);
      expect(far.probe.bytes).toBe(sent * message.length);
      while (near.connection.pending > 0) await turn();
    });

    it('keeps the order across pauses', async () => {
      const { near, far } = await link();
      const count = Math.ceil(2_000 / slowness);
      far.probe.onMessage = (bytes) => {
        if ((bytes[1] as number) % 16 !== 0) return;
        far.connection.pause();
        setTimeout(() => far.connection.resume(), 0);
      };
      for (let i = 0; i < count; i++) near.connection.send(Uint8Array.of(i >> 8, i & 255));
      const got = await far.probe.take(count);
      expect(got.findIndex((message, i) => message[0] !== i >> 8 || message[1] !== (i & 255))).toBe(-1);
    });

    it('sends what is queued before it closes', async () => {
      const { near, far } = await link();
      const count = 40;
      for (let i = 0; i < count; i++) near.connection.send(pattern(Math.ceil(50_000 / slowness), i));
      near.connection.close();
      await far.probe.take(count);
      expect(await far.probe.end()).toBeUndefined();
      expect(await near.probe.end()).toBeUndefined();
      expect(far.probe.count).toBe(count);
    });

    it('passes the reason of a close to the other end', async () => {
      const { near, far } = await link();
      far.connection.close(1008, 'not today');
      expect(await near.probe.end()).toMatchObject({
        code: 'permission_denied',
        details: { closeCode: 1008, reason: 'not today' },
      });
      expect(await far.probe.end()).toBeUndefined();
    });

    it('treats code 1001 as a clean close', async () => {
      const { near, far } = await link();
      far.connection.close(1001, 'going away');
      expect(await near.probe.end()).toBeUndefined();
      expect(await far.probe.end()).toBeUndefined();
    });

    it('cuts a long reason between two characters', async () => {
      const { near, far } = await link();
      near.connection.close(1011, '€'.repeat(100));
      expect(await far.probe.end()).toMatchObject({ code: 'internal', details: { reason: '€'.repeat(41) } });
    });

    it('may be closed twice, by both ends, and terminated afterwards', async () => {
      const { near, far } = await link();
      near.connection.close();
      near.connection.close(1008, 'again');
      far.connection.close();
      near.connection.terminate();
      near.connection.terminate();
      await Promise.all([near.probe.end(), far.probe.end()]);
      near.connection.close();
      far.connection.terminate();
      near.connection.pause();
      near.connection.resume();
      await turn();
      expect([near.probe.errors.length, far.probe.errors.length]).toEqual([1, 1]);
    });

    it('ignores a message after close', async () => {
      const { near, far } = await link();
      near.connection.send(Uint8Array.of(1));
      near.connection.close();
      expect(near.connection.send(Uint8Array.of(2))).toBe(true);
      await far.probe.end();
      expect(far.probe.messages.map(([first]) => first)).toEqual([1]);
      expect(far.connection.send(Uint8Array.of(3))).toBe(true);
      await near.probe.end();
      expect(near.connection.send(Uint8Array.of(4))).toBe(true);
      expect(near.connection.pending).toBe(0);
    });

    it('delivers nothing after its own close', async () => {
      const { near, far } = await link();
      near.connection.close();
      for (let i = 0; i < 10; i++) far.connection.send(pattern(100));
      expect(await near.probe.end()).toBeUndefined();
      expect(near.probe.count).toBe(0);
    });

    it('terminates at once; the other end sees no clean end', async () => {
      const { near, far } = await link();
      near.connection.terminate();
      expect(await near.probe.end()).toBeUndefined();
      if (fixture.sudden !== false) expect(await far.probe.end()).toMatchObject({ code: 'unavailable' });
    });

    it('can be terminated while a message is delivered, and delivers none after it', async () => {
      const { near, far } = await link();
      far.probe.onMessage = () => far.connection.terminate();
      for (let i = 0; i < 100; i++) near.connection.send(Uint8Array.of(i));
      expect(await far.probe.end()).toBeUndefined();
      expect(far.probe.count).toBe(1);
    });

    it('can be paused while a message is delivered, and closed while paused', async () => {
      const { near, far } = await link();
      far.probe.onMessage = () => {
        far.connection.pause();
        far.connection.close();
      };
      for (let i = 0; i < 100; i++) near.connection.send(Uint8Array.of(i));
      expect(await far.probe.end()).toBeUndefined();
      expect(await near.probe.end()).toBeUndefined();
      expect(far.probe.count).toBe(1);
    });

    it('can be closed while messages wait for a paused reader', async () => {
      const { near, far } = await link();
      near.connection.send(Uint8Array.of(1));
      await far.probe.take(1);
      far.connection.pause();
      for (let i = 0; i < 20; i++) near.connection.send(Uint8Array.of(i));
      for (let i = 0; i < 5; i++) await turn();
      far.connection.close();
      expect(await far.probe.end()).toBeUndefined();
      expect(await near.probe.end()).toBeUndefined();
    });

    it('the server can be closed twice and keeps its connections open', async () => {
      const { server, near, far } = await link();
      await server.close();
      await server.close();
      near.connection.send(Uint8Array.of(1));
      await far.probe.take(1);
      expect(near.probe.errors).toEqual([]);
    });

    it('refuses connections over the limit until one closes', async () => {
      const server = await listen({ maxConnections: 2 });
      let heard: () => void = () => {};
      const greeted = new Promise<void>((resolve) => {
        heard = resolve;
      });
      server.accept((connection) => {
        open.push(connection);
        started(connection).probe.onMessage = heard;
      });
      const first = started(await connect(server));
      const second = started(await connect(server));
      const third = connect(server).then((connection) => started(connection).probe.end());
      expect(await third.catch((error: unknown) => error)).toMatchObject({ code: 'unavailable' });
      first.connection.close();
      await first.probe.end();
      await turn();
      for (;;) {
        const again = await connect(server).catch(() => undefined);
        if (again === undefined) {
          await turn();
          continue;
        }
        const { probe } = started(again);
        again.send(Uint8Array.of(9));
        await Promise.race([probe.end(), greeted]);
        if (probe.errors.length === 0) break;
      }
      expect(second.probe.errors).toEqual([]);
    });

    it('rejects when canceled before it begins', async () => {
      const server = await listen();
      await expect(fixture.connect(server, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
    });

    const { connectToNobody, connectToNonsense, connectToSilence, listenAgain } = fixture;
    if (connectToNobody) {
      it('rejects with unavailable when nobody listens', async () => {
        await expect(connectToNobody()).rejects.toMatchObject({ name: 'NetronError', code: 'unavailable' });
      });
    }
    if (connectToNonsense) {
      it('rejects an invalid address', async () => {
        await expect(connectToNonsense()).rejects.toMatchObject({ name: 'NetronError', code: 'invalid_argument' });
      });
    }
    if (connectToSilence) {
      it('stops connecting at the timeout or when the signal aborts', async () => {
        await expect(connectToSilence({ timeout: 50 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
        const controller = new AbortController();
        const attempt = connectToSilence({ signal: controller.signal });
        setTimeout(() => controller.abort(), 20);
        await expect(attempt).rejects.toMatchObject({ code: 'canceled' });
      });
    }
    if (listenAgain) {
      it('C5: listening on a used address fails with a cause, and the address is free after close', async () => {
        const server = await listen();
        const error = await listenAgain(server).then(
          () => undefined,
          (refusal: unknown) => refusal,
        );
        expect(error).toMatchObject({ name: 'NetronError', code: 'unavailable' });
        await server.close();
        const next = await listenAgain(server);
        servers.push(next);
        const accepted = nextConnection(next);
        const near = started(await connect(next));
        const far = started(await accepted);
        near.connection.send(Uint8Array.of(1));
        await far.probe.take(1);
      });
    }
  });
}
