/** A9: what peers learn of errors is what was declared: no stack, path, source or inner message. */
import { expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { writeCall, writeHello } from '../../src/wire/packets.js';
import { Log, target } from './attacked.js';
import { greeting, MemoryTransport, Stranger, system, visit } from './stranger.js';
import { expectNothingIn, path, secret, thrown } from './thrown.js';

/** Hears bytes as they come. */
class Listener extends Stranger {
  text = '';

  override message(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1');
    super.message(bytes);
  }
}

it.each(['production', 'development', 'test'])(
  'A9: errors of methods contain no stack, path or secret with NODE_ENV %s',
  async (environment) => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = environment;
    try {
      const transport = new MemoryTransport();
      await using attacked = await target(transport);
      await attacked.node.peer.exposeService(
        defineService({ name: 'thrower@1.0.0', methods: thrown as Record<string, () => unknown> }),
      );
      const listener = new Listener(await transport.connect(attacked.node.addresses[0] as string));
      await listener.greet();
      const handle = await listener.query('thrower');
      for (const [number, name] of Object.keys(thrown).entries()) {
        const answer = await listener.call(handle, number, []);
        expectNothingIn(JSON.stringify(answer.fields), name);
        expect(answer.kind, name).toBe(name.toLowerCase().endsWith('stream') ? 'result' : 'error');
      }
      await listener.until(() => listener.heard.filter(({ kind }) => kind === 'fail').length === 2);
      expectNothingIn(listener.text, 'an answer');
      listener.leave();
    } finally {
      process.env.NODE_ENV = before;
    }
  },
);

it('A9: errors of authentication, middleware, tasks and event handlers contain no stack, path or secret', async () => {
  const transport = new MemoryTransport();
  const fail = (): never => {
    throw new Error(`${secret} of ${path} is wrong`, { cause: new Error(secret) });
  };
  const node = await Netron.create({
    logger: new Log(),
    stopTimeout: 0,
    transports: { memory: true },
    additionalTransports: [transport],
    authenticate: (given) => given === 'right' || fail(),
    allowRemoteTasks: true,
  });
  node.addTask('task', fail);
  const refused = new Listener(await transport.connect(node.addresses[0] as string));
  refused.say(greeting({ credentials: 'wrong' }));
  const end = await refused.end();
  expect(refused.heard.map(({ kind, fields }) => [kind, fields[0], fields[1]])).toEqual([
    ['goodbye', 'unauthenticated', 'authentication failed'],
  ]);
  expectNothingIn(`${refused.text}${end?.message}`, 'a refusal');
  const listener = new Listener(await transport.connect(node.addresses[0] as string));
  await listener.greet({ credentials: 'right' });
  await listener.call(0, system.task, ['task', []]);
  // What a method's own error says is what it declares; only paths go.
  expect(listener.text.includes(path)).toBe(false);
  expect(listener.text.includes('\n    at ')).toBe(false);
  await node.stop();
});

const nonsense: Record<string, (stranger: Stranger) => void> = {
  'bytes that are no packet': (stranger) => stranger.send(new Uint8Array([0, 1, 2])),
  'a second hello': (stranger) => stranger.say(greeting()),
  'a call that ends too early': (stranger) => stranger.send(new Uint8Array([2, 1, 0])),
  'levels without end': (stranger) => stranger.send(new Uint8Array(100_000).fill(0x91).fill(2, 0, 1)),
  'a chunk of another length': (stranger) => {
    stranger.send(new Uint8Array([10, 1, 5]));
    stranger.send(new Uint8Array(4));
  },
  'a compressed message': (stranger) => stranger.send(new Uint8Array([23, 4, 1, 2, 3])),
  'another version': (stranger) => stranger.say((to) => writeHello(to, 9, { id: 'x' })),
};

it.each(Object.keys(nonsense))('A9: the close reason after %s contains no internals', async (what) => {
  const transport = new MemoryTransport();
  await using attacked = await target(transport);
  const listener = new Listener(await transport.connect(attacked.node.addresses[0] as string));
  if (what !== 'another version') await listener.greet();
  (nonsense[what] as (stranger: Stranger) => void)(listener);
  const end = await listener.end();
  expect(listener.heard.map(({ kind }) => kind)).toContain('goodbye');
  expect(end?.message).toMatch(/code 100[28]/);
  expectNothingIn(`${listener.text}${end?.message}`, 'a goodbye');
});

it('A9: an internal error closes the connection with "internal error"; its details are only logged', async () => {
  const transport = new MemoryTransport();
  const log = new Log();
  await using attacked = await target(transport, { logger: log });
  const stranger = await visit(attacked.node);
  const [peer] = [...attacked.node.peers.values()];
  Object.defineProperty(peer?.link?.incoming, 'call', {
    value: () => {
      throw new Error(`${secret} ${path}`);
    },
  });
  stranger.say((to) => writeCall(to, 1, 0, 0, 0, undefined, ['x']));
  const end = await stranger.end();
  expect(end?.message).toMatch(/1011: internal error$/);
  expectNothingIn(JSON.stringify(stranger.heard), 'a goodbye');
  expect(log.lines.join()).toContain(secret);
});
