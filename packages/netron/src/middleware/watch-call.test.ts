import { expect, it } from 'vitest';
import { defineService, MemoryNetwork, MemoryTransport, type Middleware, Netron } from '../index.js';
import { breaker } from './breaker.js';
import { bulkhead } from './bulkhead.js';

it('policies of one call share one reaction to its promise, and all of them are notified of its end', async () => {
  let reactions = 0;
  /** Counts the reactions to the promise of a call. */
  const counting: Middleware = (next) => (call) => {
    const result = next(call) as Promise<unknown>;
    const { then } = result;
    const counted: typeof then = (...handlers) => {
      reactions += 1;
      return then.apply(result, handlers) as never;
    };
    return Object.defineProperty(result, 'then', { value: counted });
  };
  const network = new MemoryNetwork();
  await using server = await Netron.create({
    transports: { memory: { name: 'server' } },
    additionalTransports: [new MemoryTransport(network)],
  });
  let broken = false;
  await server.peer.exposeService(
    defineService({
      name: 'echo@1.0.0',
      methods: {
        say: (text: string) => {
          if (broken) throw new TypeError('broken');
          return text;
        },
      },
    }),
  );
  await using client = await Netron.create({
    transports: {},
    additionalTransports: [new MemoryTransport(network)],
    middleware: { outgoing: [bulkhead({ concurrent: 1, queue: 0 }), breaker({ consecutive: 2 }), counting] },
  });
  const peer = await client.connect(server.addresses[0] as string);
  const echo = await peer.queryInterface<{ say(text: string): Promise<string> }>('echo');
  reactions = 0;
  for (let call = 1; call <= 3; call += 1) {
    expect(await echo.say('a')).toBe('a');
    expect(reactions).toBe(call);
  }
  broken = true;
  // The bulkhead has room again after each call, and the breaker has counted both.
  for (let call = 0; call < 2; call += 1) await expect(echo.say('a')).rejects.toMatchObject({ code: 'unknown' });
  await expect(echo.say('a')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('circuit') });
});
