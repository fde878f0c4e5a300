/** The same key, whatever the network does: one effect, one result. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineService, idempotency } from '../../src/index.js';
import { type Served, serve } from './server.js';

const effects = new Map<string, number>();
const orders = defineService({
  name: 'orders@1.0.0',
  methods: {
    place: async (id: string) => {
      const times = (effects.get(id) ?? 0) + 1;
      effects.set(id, times);
      await new Promise((resolve) => setImmediate(resolve));
      return { id, times };
    },
  },
});

let served: Served;
beforeAll(async () => {
  served = await serve([orders], {}, { middleware: { incoming: [idempotency()] } });
});
afterAll(() => served.close());

const request = (id: string): Buffer => {
  const body = JSON.stringify([id]);
  const lines = ['POST /netron/orders/place HTTP/1.1', 'Host: a', 'Content-Type: application/json', `Idempotency-Key: key-${id}`];
  return Buffer.from([...lines, `Content-Length: ${body.length}`, '', body].join('\r\n'));
};

/** Sends the beginning of a request and leaves; resolves when the connection is gone. */
const cut = (bytes: Buffer, at: number): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(served.port, '127.0.0.1', () => {
      if (at === 0) socket.destroy();
      else socket.write(bytes.subarray(0, at), () => socket.destroy());
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });

/** Sends a request and leaves when so many bytes of the reply have come. */
const cutReply = (bytes: Buffer, at: number): Promise<number> =>
  new Promise((resolve) => {
    let received = 0;
    const socket = connect(served.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received >= at) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });

const place = async (id: string): Promise<unknown> => {
  const reply = await served.post('/orders/place', [id], { 'idempotency-key': `key-${id}` });
  return reply.json();
};

describe('an idempotency key', () => {
  it('sent twice at the same time: one effect and one result', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => place('at once')));
    expect(results).toEqual(results.map(() => ({ id: 'at once', times: 1 })));
  });

  it('of a request that was cut at any byte and sent again: one effect', async () => {
    const { length } = request('000');
    for (let at = 0; at <= length; at++) {
      const id = String(at).padStart(3, '0');
      await cut(request(id), at);
      expect(await place(id)).toEqual({ id, times: 1 });
    }
  });

  it('of a response that was cut at any byte and requested again: one effect', async () => {
    const whole = await cutReply(
      Buffer.from(request('whole').toString().replace('Host: a', 'Host: a\r\nConnection: close')),
      Infinity,
    );
    expect(whole).toBeGreaterThan(100);
    for (let at = 1; at <= whole; at++) {
      const id = `reply ${at}`;
      await cutReply(request(id), at);
      expect(await place(id)).toEqual({ id, times: 1 });
    }
  });
});
