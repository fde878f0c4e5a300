/** What belongs to one peer, and what a peer may hear. */
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { failure, nodes, quiet } from './nodes.js';

const calc = () => defineService({ name: 'calc', methods: { add: (a: number, b: number) => a + b } });

describe('releaseInterface', () => {
  it('refuses the interface of another peer and does not release it', async () => {
    await using first = await nodes({ server: { id: 'first' }, services: [calc()] });
    await using second = await nodes({ server: { id: 'second' }, services: [calc()] });
    const mine = await first.peer.queryInterface<ReturnType<typeof calc>>('calc');
    const problem = await failure(() => second.peer.releaseInterface(mine));
    expect(problem).toMatchObject({
      code: 'invalid_argument',
      message: "expected an interface of peer 'second', got one of peer 'first'",
    });
    expect((await failure(() => first.client.peer.releaseInterface(mine))).code).toBe('invalid_argument');
    expect(await mine.add(1, 2)).toBe(3);
    first.peer.releaseInterface(mine);
    expect(await failure(mine.add(1, 2))).toMatchObject({ code: 'failed_precondition' });
  });
});

describe('remoteEvents', () => {
  it('allows every pattern that an allowed pattern covers', async () => {
    await using pair = await nodes({ server: { remoteEvents: ['order:**'] } });
    const heard: unknown[] = [];
    await pair.peer.subscribe('order:*', (...args: unknown[]) => void heard.push(args));
    expect(await failure(pair.peer.subscribe('**', () => {}))).toMatchObject({ code: 'permission_denied' });
    pair.server.publish('order:paid', 1);
    await pair.peer.subscribe('order:*:item', () => {});
    expect(heard).toEqual([[1, 'order:paid']]);
  });
});

describe('connecting to a server that is too busy', () => {
  it('reports retryAfterMs', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = await Netron.create({ logger: quiet });
    const { port } = server.address() as { port: number };
    expect(await failure(client.connect(`ws://127.0.0.1:${port}`))).toMatchObject({
      code: 'unavailable',
      retryAfterMs: 7_000,
      details: { status: 503 },
    });
    await client.stop();
    server.close();
  });
});
