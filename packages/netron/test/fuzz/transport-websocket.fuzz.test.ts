import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import { Probe, pattern } from '../contract/probe.js';
import { rawWebSocket, webSocketFrame } from '../transport/raw.js';
import { attack } from './fuzz-server.js';
import { hostileBytes, numbers, runs, seed } from './transport-bytes.js';

const transport = new WebSocketTransport();
const timeout = 60_000 + runs;

function frame(random: (below: number) => number, masked = true): Buffer {
  const first = [0x82, 0x82, 0x82, 0x02, 0x00, 0x80, 0x81, 0x89, 0x8a, 0x88][random(10)] as number;
  return webSocketFrame(first, pattern(1 + random(random(20) === 0 ? 5_000 : 40), random(256)), { masked });
}

describe('A1: hostile bytes over websocket', () => {
  it('are answered with a close or ignored', { timeout }, async () => {
    const server = await transport.listen();
    const port = Number(new URL(server.address).port);
    const random = numbers(seed);
    await attack({
      server,
      runs,
      open: () => rawWebSocket(port),
      input: () => hostileBytes(random, frame),
      async stillWorks(message) {
        const connection = await transport.connect(server.address);
        const probe = new Probe();
        connection.start(probe);
        connection.send(message);
        await probe.take(1);
        connection.terminate();
      },
    });
    await server.close();
  });
});

describe('A11: a hostile server', () => {
  it('does not harm a client', { timeout }, async () => {
    const random = numbers(seed);
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', (request) => {
        const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(request.toString('latin1'))?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        const lines = [
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${accept}`,
        ];
        const upgrade =
          random(10) === 0 ? hostileBytes(random, () => Buffer.from(lines.join('\r\n'))) : `${lines.join('\r\n')}\r\n\r\n`;
        socket.write(upgrade);
        const bytes = Buffer.concat(Array.from({ length: 20 }, () => hostileBytes(random, (r) => frame(r, false))));
        socket.end(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
    for (let frames = 0; frames < runs; frames += 20) {
      const connection = await transport.connect(url, { timeout: 2_000 }).catch((error: unknown) => error);
      if (connection instanceof Error) {
        expect(connection).toMatchObject({ name: 'NetronError' });
        continue;
      }
      const probe = new Probe();
      (connection as Awaited<ReturnType<typeof transport.connect>>).start(probe);
      await probe.end();
      expect(probe.errors.length).toBe(1);
    }
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
