/** B17: connections whose platform cannot stop reading keep no more than 128 MiB, and a message, of what nobody takes. */
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { MemoryTransport } from '../../src/transport/memory.js';
import { MessagePortTransport } from '../../src/transport/message-port.js';
import { WebSocketTransport as NodeTransport } from '../../src/transport/node/websocket.js';
import type { Connection, Server } from '../../src/transport/transport.js';
import { WebSocketTransport } from '../../src/transport/websocket-client.js';
import { Probe } from '../contract/probe.js';
import { settled } from '../integration/nodes.js';

// Node 20 has no WebSocket of its own; that of `ws` has the same face.
globalThis.WebSocket ??= NodeWebSocket as unknown as typeof WebSocket;

const memory = new MemoryTransport();
const ports = new MessagePortTransport();

/** A server, and a connection to it. */
const ways: Record<string, () => Promise<readonly [Server, Promise<Connection>]>> = {
  async 'a WebSocket of the platform'() {
    const server = await new NodeTransport().listen(0);
    return [server, new WebSocketTransport().connect(server.address)];
  },
  async memory() {
    const server = await memory.listen();
    return [server, memory.connect(server.address)];
  },
  async 'a message port'() {
    const { port1, port2 } = new MessageChannel();
    return [await ports.listen(0, { on: port1 }), ports.connect(port2)];
  },
};

const MiB = 2 ** 20;

describe.each(Object.keys(ways))('%s', (way) => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** Two ends; the near one has stopped to read. */
  async function paused(): Promise<{ near: Connection; nearProbe: Probe; far: Connection; farProbe: Probe }> {
    const [server, connecting] = await (ways[way] as (typeof ways)[string])();
    const accepted = new Promise<Connection>((resolve) => server.accept(resolve));
    const near = await connecting;
    const far = await accepted;
    closing.push(
      () => near.terminate(),
      () => far.terminate(),
      () => server.close(),
    );
    const [nearProbe, farProbe] = [new Probe(), new Probe()];
    nearProbe.countOnly = true;
    near.start(nearProbe);
    far.start(farProbe);
    near.pause();
    return { near, nearProbe, far, farProbe };
  }

  it.each<readonly [string, number, number]>([
    ['of 1 MiB', MiB, 131],
    ['of 2 KiB', 2_048, 60_000],
    // What a message takes besides its bytes is counted too, by the code that all ways share.
    ...(way === 'memory' ? [['of one byte', 1, 600_000] as const] : []),
  ])('ends with resource_exhausted when too many messages %s wait', async (_what, size, count) => {
    const { nearProbe, far, farProbe } = await paused();
    const message = new Uint8Array(size).fill(7);
    for (let number = 0; number < count; number += 1) far.send(message);
    expect(await nearProbe.end()).toMatchObject({ code: 'resource_exhausted', details: { closeCode: 1008 } });
    expect(nearProbe.count).toBe(0);
    expect(await farProbe.end()).toMatchObject({ details: { closeCode: 1008 } });
  });

  it('delivers all queued messages when the queue is exactly full, and again after that', async () => {
    const count = 128;
    const { near, nearProbe, far } = await paused();
    const message = new Uint8Array(MiB).fill(7);
    for (let round = 1; round <= 2; round += 1) {
      near.pause();
      for (let number = 0; number < count; number += 1) far.send(message);
      await settled(100);
      near.resume();
      await nearProbe.take(count * round);
    }
    expect(nearProbe.errors).toEqual([]);
  });
});
